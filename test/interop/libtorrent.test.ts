import { describeClient } from './client-suite.ts'
import { libtorrent } from './drivers/libtorrent.ts'

await describeClient(libtorrent)

import { describeClient } from './client-suite.ts'
import { rtorrent } from './drivers/rtorrent.ts'

await describeClient(rtorrent)

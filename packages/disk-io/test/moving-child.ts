// Moves files until it is killed: `from` and `to` are folders, the rest are paths below them.

import { createDiskIo } from '../src/index.ts'
import { realClock } from './support.ts'

const [from = '', to = '', ...paths] = process.argv.slice(2)
await using disk = createDiskIo({ clock: realClock, workers: 1 })
process.send?.('begun')
await disk.moveFiles(
  paths.map((path) => ({
    from: { directory: from, path: path.split('/') },
    to: { directory: to, path: path.split('/') },
  })),
  AbortSignal.timeout(60_000),
)

// A process with torrents that seed and nobody there, which tells how many bytes of its heap each of them takes: the other
// half of resting-torrents.test.ts. Needs --expose-gc.

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildTorrent } from '@ccbt/metainfo'

import { createSession } from '../src/index.ts'

const LENGTH = 3 * 16_384
/** The first ones bring the code to life. */
const WARM_UP = 20

const [folder, count] = process.argv.slice(2)
const directory = join(folder!, 'data')
await using session = await createSession({
  stateDir: join(folder!, 'state'),
  bind: '127.0.0.1',
})

async function seed(n: number): Promise<void> {
  const name = `torrent ${n}.bin`
  const bytes = Buffer.alloc(LENGTH, n)
  writeFileSync(join(directory, name), bytes)
  const hashes = [0, 1, 2].map((i) =>
    createHash('sha1')
      .update(bytes.subarray(i * 16_384, (i + 1) * 16_384))
      .digest(),
  )
  const files = [{ path: [name], length: LENGTH }]
  const parts = { name, files, isMultiFile: false, pieceLength: 16_384, pieceHashes: Buffer.concat(hashes) }
  const torrent = await session.add(buildTorrent({ ...parts, trackers: [] }), { directory })
  await torrent.complete
}

function heapBytes(): number {
  globalThis.gc!()
  return process.memoryUsage().heapUsed
}

for (let n = 0; n < WARM_UP; n++) await seed(n)
const before = heapBytes()
for (let n = WARM_UP; n < WARM_UP + Number(count); n++) await seed(n)
const each = (heapBytes() - before) / Number(count)
process.stdout.write(JSON.stringify({ bytesEach: Math.round(each) }))

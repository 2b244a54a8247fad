// A process that downloads a torrent and saves resume records until it is killed: the other half of crash.test.ts.

import { Bitfield } from '@ccbt/primitives'

import { createResumeStore } from '../src/index.ts'
import { allBlocks, makeTorrent, receive, shuffled, storeOptions, TempFolder, testDisk } from './support.ts'
import { CRASH_PIECE, CRASH_PLANS } from './crash-plan.ts'

const [base, seed] = [process.argv[2]!, Number(process.argv[3])]
const torrent = makeTorrent(CRASH_PLANS, CRASH_PIECE)
const folder = new TempFolder(base)
const options = storeOptions(torrent, folder, {
  directory: `${base}/data`,
  partFilePath: `${base}/part`,
  preallocate: 'sparse',
})
const key = { infoHash: new Uint8Array(20).fill(7), directory: options.directory }
const records = createResumeStore(`${base}/state`)
const disk = testDisk()
const store = await disk.openStore(options)
const verified = new Bitfield(torrent.layout.pieces)
// One byte for each step: that it has begun, that a record was saved.
process.stdout.write('.')
for (let round = 0; ; round++) {
  // Each piece is received over and over, so that a kill always finds something half-written.
  for (const piece of shuffled([...Array(torrent.layout.pieces).keys()], seed + round)) {
    const blocks = allBlocks(torrent.layout).filter((block) => block.piece === piece)
    await receive(store, torrent, shuffled(blocks, piece))
    verified.set(piece)
    const claimed = verified.clone()
    await store.flush({ sync: true })
    const files = await store.fileStates()
    const counts = { uploadedBytes: 0, downloadedBytes: round, addedAtMs: 1 }
    await records.save({ ...key, verified: claimed, files, ...counts })
    if (round === 0) process.stdout.write('.')
  }
}

// What a disk worker does for each kind of job.

import type { JobHandlers } from '@ccbt/worker-pool/serve'

import type { DiskJobs, WorkerSettings } from '../jobs.ts'
import { FileCache } from './file-cache.ts'
import { cloneFile } from './clone-file.ts'
import { copySpan, fileStates, fillFile, finishFile } from './file-care.ts'
import { makeLink, removeLink } from './file-links.ts'
import { LeafHasher } from './leaf-hasher.ts'
import { PieceHasher } from './piece-hasher.ts'
import { imitate, isSameSpan, placeFile, surveyMove } from './move-file.ts'
import { removeFiles, removeFolders } from './remove-files.ts'
import { SegmentWriter } from './segment-writer.ts'
import { readSpans, writeSpans } from './span-io.ts'

/** The handlers of one worker, with descriptors and hash state of their own. */
export function diskHandlers(settings: WorkerSettings): JobHandlers<DiskJobs> {
  const files = new FileCache(settings)
  const segments = new SegmentWriter(files)
  const hasher = new PieceHasher(files)
  const leaves = new LeafHasher(files)
  return {
    segment: (job, context) => {
      const result = segments.add(job)
      context.transfer(result.buffer)
      return result
    },
    forget: ({ pieceKey }) => segments.forget(pieceKey),
    adopt: (job) => segments.adopt(job),
    write: ({ spans, buffer }) => {
      writeSpans(files, new Uint8Array(buffer), spans)
      return { created: files.takeCreated() }
    },
    read: ({ spans, buffer }, context) => {
      readSpans(files, new Uint8Array(buffer), spans)
      context.transfer(buffer)
      return { buffer }
    },
    check: (job) => hasher.run(job),
    leaves: (job) => leaves.run(job),
    fill: ({ file, length, maxBytes }) => {
      const missing = fillFile(files, file, length, maxBytes)
      return { missing, created: files.takeCreated() }
    },
    states: (job) => fileStates(job.files),
    finish: (job) => {
      for (const final of job.files) finishFile(files, final)
    },
    link: (job) => job.links.forEach(makeLink),
    unlink: (job) => job.links.forEach(removeLink),
    clone: (job) => cloneFile(job),
    copy: ({ from, to }) => copySpan(files, from, to),
    remove: (job) => {
      removeFiles(job.files)
      removeFolders(job.folders)
    },
    survey: ({ moves }) => ({ found: moves.map(surveyMove) }),
    place: (move) => placeFile(move),
    compare: ({ a, b }) => isSameSpan(files, a, b),
    imitate: (move) => imitate(files, move),
    close: ({ firstId, endId }) => files.closeRange(firstId, endId),
  }
}

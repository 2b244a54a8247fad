// Entry file of the chunk workers.

import { workerData } from 'node:worker_threads'

import { createChunkEngine } from '@ccbt/chunker'
import { serveJobs } from '@ccbt/worker-pool/serve'

import type { ChunkJobs, WorkerSettings } from './jobs.ts'
import { RangeChunker } from './range-chunker.ts'
import { loadHashSuite } from './suites.ts'

// Made by `createFileChunker`, which alone starts this file.
const settings = workerData as WorkerSettings
const suite = await loadHashSuite(settings.suite)
const chunker = new RangeChunker(createChunkEngine(), suite)
serveJobs<ChunkJobs>({
  chunkRange: (job) => chunker.run(job),
  fileHash: (list) => suite.fileHash(list),
})

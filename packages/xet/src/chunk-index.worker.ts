// Entry file of the worker that owns the index.

import { workerData } from 'node:worker_threads'

import { serveJobs } from '@ccbt/worker-pool/serve'

import { indexFailed } from './errors.ts'
import { IndexDatabase } from './index-database.ts'
import type { IndexJobs, IndexSettings } from './index-jobs.ts'
import { loadHashSuite } from './suites.ts'
import { readVerified } from './verified-read.ts'

// Made by `createChunkIndex`, which alone starts this file.
const settings = workerData as IndexSettings
const suite = await loadHashSuite(settings.suite)
let opened: IndexDatabase | undefined

/** Opens the database with the first job, so that a failure is that job's. */
function withDatabase<T>(work: (database: IndexDatabase) => T): T {
  try {
    opened ??= new IndexDatabase(settings)
    return work(opened)
  } catch (error) {
    throw indexFailed(settings.path, error)
  }
}

serveJobs<IndexJobs>({
  put: ({ file, list }) => withDatabase((database) => database.put(file, list)),
  find: (hashes) => withDatabase((database) => database.find(hashes)),
  findFiles: (queries) => withDatabase((database) => database.findFiles(queries)),
  read: ({ place, hash }, context) => {
    const data = readVerified(place, hash, suite)
    if (data?.buffer instanceof ArrayBuffer) context.transfer(data.buffer)
    return data
  },
  fileHash: (list) => suite.fileHash(list),
  move: (moves) => withDatabase((database) => database.move(moves)),
  forget: (paths) => withDatabase((database) => database.forget(paths)),
  clear: () => withDatabase((database) => database.clear()),
  files: () => withDatabase((database) => database.files()),
  size: () => withDatabase((database) => database.size()),
  sample: (sample) => withDatabase((database) => database.sample(sample)),
  close: () => opened?.[Symbol.dispose](),
})

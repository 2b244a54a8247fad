// Entry file of the disk workers: hashing, reading and writing for all torrents. Every job runs to its end before the next
// starts. It imports only node: builtins and files of this folder, so that a worker starts in a few milliseconds.

import { workerData } from 'node:worker_threads'

import { serveJobs } from '@ccbt/worker-pool/serve'

import type { DiskJobs, WorkerSettings } from './jobs.ts'
import { diskHandlers } from './worker/handlers.ts'

// Made by `createDiskIo`, which alone starts this file.
serveJobs<DiskJobs>(diskHandlers(workerData as WorkerSettings))

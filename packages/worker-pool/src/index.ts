import './errors.ts'

export { createWorkerPool } from './pool.ts'
export type { RunOptions, WorkerPool, WorkerPoolOptions } from './pool.ts'
export type { Job, JobContext, JobHandlers, JobTable } from './job.ts'

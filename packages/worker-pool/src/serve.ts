// The worker's side of the pool: the only import a `*.worker.ts` file needs besides node: builtins.

import { isMainThread, parentPort } from 'node:worker_threads'

import { execute, handlerMap } from './job.ts'
import type { JobHandlers, JobMessage, JobTable } from './job.ts'

export type { Job, JobContext, JobHandlers, JobTable } from './job.ts'

/**
 * Answers the pool's jobs with these handlers; called once, at the top level of a worker's entry file.
 * On the main thread it does nothing, so that a test may import the entry file.
 * @example
 * serveJobs<Jobs>({ hash: (bytes) => createHash('sha1').update(bytes).digest() })
 */
export function serveJobs<Jobs extends JobTable<Jobs>>(handlers: JobHandlers<Jobs>): void {
  if (isMainThread || parentPort === null) return
  const port = parentPort
  const table = handlerMap(handlers)
  port.on('message', (message: JobMessage) => {
    void execute(table, message, (reply, transfer) => port.postMessage(reply, transfer))
  })
}

// Long work in many jobs on all cores, behind what is received: a few jobs are with each worker at any time.

import type { RunOptions, WorkerPool } from '@ccbt/worker-pool'

import { aborted } from './errors.ts'
import type { DiskJobs } from './jobs.ts'

/** Jobs for each worker: one that runs, one that is next. */
const JOBS_PER_WORKER = 2

/** How a job is to be run. */
export type JobPlace = Pick<RunOptions, 'affinity' | 'priority' | 'signal'>

/** What is done with each item. */
export interface BackgroundWork<T> {
  readonly signal: AbortSignal
  readonly action: (item: T, place: JobPlace) => Promise<void>
}

/**
 * Does `action` with every item, in any order; waits until all of them have ended. Each worker is given its jobs by
 * name, because the pool starts no worker as long as one more job fits into the queues of the others; little work still
 * starts few. Rejects with ABORTED, or with the first error of an action, after which no other item is begun.
 */
export async function onAllWorkers<T>(
  pool: Pick<WorkerPool<DiskJobs>, 'size'>,
  items: Iterator<T>,
  { signal, action }: BackgroundWork<T>,
): Promise<void> {
  const failures: unknown[] = []
  const work = async (affinity: number): Promise<void> => {
    try {
      for (let item = items.next(); item.done !== true && failures.length === 0; item = items.next()) {
        if (signal.aborted) throw aborted()
        await action(item.value, { affinity, priority: 'background', signal })
      }
    } catch (error) {
      failures.push(error)
    }
  }
  const lanes = Array.from({ length: pool.size * JOBS_PER_WORKER }, (_, n) => Math.floor(n / JOBS_PER_WORKER))
  await Promise.all(lanes.map(work))
  if (failures.length > 0) throw failures[0]
}

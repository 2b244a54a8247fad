// Looks at files for all stores of a session. What is asked in one turn of the event loop goes to the workers together: a
// start asks for thousands of torrents, and a job for each would cost more than looking.

import type { WorkerPool } from '@ccbt/worker-pool'

import { FILES_PER_JOB } from './file-refs.ts'
import type { DiskJobs, FileRef, FileState } from './jobs.ts'

interface Request {
  readonly files: readonly FileRef[]
  readonly resolve: (states: FileState[]) => void
  readonly reject: (reason: unknown) => void
}

/** Asks the workers for size and time of files. */
export class FileStates {
  readonly #pool: Pick<WorkerPool<DiskJobs>, 'run'>
  #waiting: Request[] = []

  constructor(pool: Pick<WorkerPool<DiskJobs>, 'run'>) {
    this.#pool = pool
  }

  /**
   * Each file as it is from now on, in this order; {@link FILES_PER_JOB} at most. Rejects with DISK_UNSAFE_PATH,
   * DISK_READ_FAILED and the like.
   */
  read(files: readonly FileRef[]): Promise<FileState[]> {
    const { promise, resolve, reject } = Promise.withResolvers<FileState[]>()
    this.#waiting.push({ files, resolve, reject })
    if (this.#waiting.length === 1) setImmediate(() => this.#send())
    return promise
  }

  #send(): void {
    const requests = this.#waiting
    this.#waiting = []
    let group: Request[] = []
    let count = 0
    for (const request of requests) {
      if (group.length > 0 && count + request.files.length > FILES_PER_JOB) {
        void this.#look(group)
        group = []
        count = 0
      }
      group.push(request)
      count += request.files.length
    }
    void this.#look(group)
  }

  async #look(group: readonly Request[]): Promise<void> {
    try {
      const states = await this.#pool.run('states', { files: group.flatMap(({ files }) => files) })
      let at = 0
      for (const { files, resolve } of group) resolve(states.slice(at, (at += files.length)))
    } catch (error) {
      // One of them is in the way: each is asked for alone, and only that one's store is told.
      if (group.length > 1) for (const request of group) void this.#look([request])
      else group[0]?.reject(error)
    }
  }
}

/** Jobs under way. */
export class JobSet {
  readonly #jobs = new Set<Promise<unknown>>()

  /** Keeps a job here until it is done. */
  track<T>(job: Promise<T>): Promise<T> {
    const forget = (): boolean => this.#jobs.delete(job)
    this.#jobs.add(job)
    job.then(forget, forget)
    return job
  }

  /** When those that are under way now are done; never rejects. */
  settled(): Promise<unknown> {
    return Promise.allSettled(this.#jobs)
  }
}

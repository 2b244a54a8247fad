// The folders that the daemon publishes and follows: what the state database has, worked on from the start to the end.

import type { DaemonPublications, Publication, PublicationView } from '@ccbt/rpc-client'

import { invalidRequest } from '../errors.ts'
import type { PublicationTable } from '../state/publication-table.ts'
import { PublicationJob } from './job.ts'
import type { JobParts } from './job.ts'
import type { PublicationRunner } from './runner.ts'

/** Each has connections of its own, and a thread that looks for changes. */
const MAX_PUBLICATIONS = 100

/** What they work with. */
export interface PublicationsParts extends Omit<JobParts, 'runner'> {
  readonly table: PublicationTable
  /** Absent = this daemon can do none. */
  readonly runner: PublicationRunner | undefined
}

/** All publications of a daemon. */
export class Publications implements AsyncDisposable, DaemonPublications {
  readonly #parts: PublicationsParts
  readonly #jobs = new Map<number, PublicationJob>()
  /** The change that is being made; those after it wait. */
  #working: Promise<unknown> = Promise.resolve()

  constructor(parts: PublicationsParts) {
    this.#parts = parts
  }

  /** Takes all of the database. */
  start(): void {
    const { runner, table } = this.#parts
    if (runner === undefined) return
    for (const { id, publication } of table.all()) {
      const job = new PublicationJob(publication, { ...this.#parts, runner })
      this.#jobs.set(id, job)
      job.keepTrying()
    }
  }

  async publications(): Promise<readonly PublicationView[]> {
    return Array.from(this.#jobs, ([id, job]) => ({ id, ...job.view() }))
  }

  async addPublication(publication: Publication): Promise<PublicationView> {
    return await this.#inTurn(() => this.#add(publication))
  }

  async removePublication(id: number): Promise<boolean> {
    return await this.#inTurn(async () => {
      const job = this.#jobs.get(id)
      if (job === undefined) return false
      this.#parts.table.remove(id)
      this.#jobs.delete(id)
      await job.remove()
      return true
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#working
    await Promise.all(Array.from(this.#jobs.values(), (job) => job.stop()))
  }

  async #add(publication: Publication): Promise<PublicationView> {
    const { runner, table } = this.#parts
    if (runner === undefined) throw invalidRequest('this daemon publishes and follows no folders')
    const [id, old] = this.#of(publication.directory) ?? []
    if (old === undefined && this.#jobs.size >= MAX_PUBLICATIONS) {
      throw invalidRequest(`a daemon publishes and follows ${MAX_PUBLICATIONS} folders at most`)
    }
    if (old !== undefined && old.publication.kind !== publication.kind) {
      throw invalidRequest(`${publication.directory} is one of its folders already, in the other direction`)
    }
    await old?.remove()
    const job = new PublicationJob(publication, { ...this.#parts, runner })
    try {
      await job.begin()
    } catch (error) {
      if (id !== undefined && old !== undefined)
        this.#restart(id, new PublicationJob(old.publication, { ...this.#parts, runner }))
      throw error
    }
    const kept = id ?? table.insert(publication)
    if (id !== undefined) table.update(id, publication)
    this.#jobs.set(kept, job)
    return { id: kept, ...job.view() }
  }

  #restart(id: number, job: PublicationJob): void {
    this.#jobs.set(id, job)
    job.keepTrying()
  }

  #of(directory: string): [number, PublicationJob] | undefined {
    return [...this.#jobs].find(([, { publication }]) => publication.directory === directory)
  }

  async #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#working.then(change)
    // Whoever asked for it hears of its failure; the next one only waits.
    this.#working = turn.catch(() => undefined)
    return await turn
  }
}

// The tracker client of a session. It is loaded with the first torrent that has trackers: node's HTTP and TLS modules
// come with it, and a download from known peers need not wait the 25 ms that they take.

import type { createAnnouncer, TrackerClient, TrackerClientOptions } from '@ccbt/discovery'

import { observedTrackers } from '../stats/observer.ts'
import type { SessionObserver } from '../stats/observer.ts'

/** What a torrent needs to announce itself. */
export interface TrackerParts {
  readonly client: TrackerClient
  readonly createAnnouncer: typeof createAnnouncer
}

/** Opens the client once, when it is first needed. */
export class TrackerAccess implements AsyncDisposable {
  readonly #options: TrackerClientOptions
  readonly #observer: SessionObserver | undefined
  #opened: Promise<TrackerParts & AsyncDisposable> | undefined

  constructor(options: TrackerClientOptions, observer?: SessionObserver) {
    this.#options = options
    this.#observer = observer
  }

  open(): Promise<TrackerParts> {
    this.#opened ??= this.#load()
    return this.#opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened
    await opened?.[Symbol.asyncDispose]()
  }

  async #load(): Promise<TrackerParts & AsyncDisposable> {
    const { createAnnouncer, createTrackerClient } = await import('@ccbt/discovery')
    const own = createTrackerClient(this.#options)
    const client = this.#observer === undefined ? own : observedTrackers(own, this.#observer, this.#options.clock)
    return { client, createAnnouncer, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
  }
}

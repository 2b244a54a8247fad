// The tracker client of a session. It is loaded with the first torrent that has trackers: node's HTTP and TLS modules
// come with it, and a download from known peers need not wait the 25 ms that they take.

import type { createAnnouncer, TrackerClient, TrackerClientOptions } from '@ccbt/discovery'

/** What a torrent needs to announce itself. */
export interface TrackerParts {
  readonly client: TrackerClient
  readonly createAnnouncer: typeof createAnnouncer
}

/** Opens the client once, when it is first needed. */
export class TrackerAccess implements AsyncDisposable {
  readonly #options: TrackerClientOptions
  #opened: Promise<TrackerParts & { readonly client: AsyncDisposable }> | undefined

  constructor(options: TrackerClientOptions) {
    this.#options = options
  }

  open(): Promise<TrackerParts> {
    this.#opened ??= this.#load()
    return this.#opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened
    await opened?.client[Symbol.asyncDispose]()
  }

  async #load(): Promise<TrackerParts & { readonly client: TrackerClient & AsyncDisposable }> {
    const { createAnnouncer, createTrackerClient } = await import('@ccbt/discovery')
    return { client: createTrackerClient(this.#options), createAnnouncer }
  }
}

// The two promises of a torrent's handle: that it becomes complete, and that its run ends.

import { CcbtError } from '@ccbt/primitives'

/** What becomes of one torrent; of each promise the first word counts. */
export class TorrentOutcome {
  readonly #complete = Promise.withResolvers<void>()
  readonly #finished = Promise.withResolvers<void>()

  constructor() {
    // Whoever holds the handle may look at one promise only; the other must not count as unhandled.
    this.#complete.promise.catch(() => {})
    this.#finished.promise.catch(() => {})
  }

  get complete(): Promise<void> {
    return this.#complete.promise
  }

  get finished(): Promise<void> {
    return this.#finished.promise
  }

  completed(): void {
    this.#complete.resolve()
  }

  /** It will not become complete; its run may go on. */
  incomplete(reason: unknown): void {
    this.#complete.reject(reason)
  }

  ended(): void {
    this.#finished.resolve()
  }

  failed(reason: unknown): void {
    this.#complete.reject(reason)
    this.#finished.reject(reason)
  }

  /** Its run ends by will. */
  stopped(infoHash: string, name: string): void {
    const context = { infoHash }
    this.incomplete(new CcbtError('TORRENT_STOPPED', `${name} was stopped`, { blame: 'input', context }))
    this.ended()
  }
}

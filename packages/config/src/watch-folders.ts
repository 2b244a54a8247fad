// Tells that settings in folders may have changed. The system's notices make it fast; where there are none, a look now and
// then finds what happened.

import { watch } from 'node:fs'

/** What is watched, and who is told. */
export interface FolderWatchOptions {
  /** They need not be there. */
  readonly folders: readonly string[]
  /** `names` of files that were noticed, without their folders. Empty = nobody noticed anything. Must not reject. */
  onChange(names: ReadonlySet<string>): Promise<void>
  /** Time from the first notice to the call. Default 200 ms. */
  readonly settleMs?: number
  /** Time between two calls when the system says nothing. Default 60 s. */
  readonly pollMs?: number
}

/** Watches files whose names end with `.toml` until it is disposed. Calls do not overlap. */
export function watchFolders(options: FolderWatchOptions): Disposable {
  return new FolderWatch(options)
}

class FolderWatch implements Disposable {
  readonly #options: FolderWatchOptions
  #names = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #notices = new DisposableStack()
  #isTelling = false
  #isStopped = false

  constructor(options: FolderWatchOptions) {
    this.#options = options
    this.#listen()
    this.#wait()
  }

  [Symbol.dispose](): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#notices.dispose()
  }

  #listen(): void {
    this.#notices.dispose()
    this.#notices = new DisposableStack()
    for (const folder of this.#options.folders) {
      try {
        const watcher = watch(folder, { persistent: false }, (_, name) => {
          if (name?.endsWith('.toml') !== false) this.#notice(name ?? '')
        })
        watcher.on('error', () => watcher.close())
        this.#notices.defer(() => watcher.close())
      } catch {
        // No such folder, or no notices to be had: the regular look finds what appears there.
      }
    }
  }

  /** However many notices there are, the call comes in time. */
  #notice(name: string): void {
    const isFirst = this.#names.size === 0
    this.#names.add(name)
    if (isFirst && !this.#isTelling && !this.#isStopped) this.#wait()
  }

  #wait(): void {
    clearTimeout(this.#timer)
    const { settleMs = SETTLE_MS, pollMs = POLL_MS } = this.#options
    this.#timer = setTimeout(() => void this.#tell(), this.#names.size === 0 ? pollMs : settleMs)
    this.#timer.unref()
  }

  async #tell(): Promise<void> {
    const names = this.#names
    this.#names = new Set()
    this.#isTelling = true
    // A folder may have appeared, or have been replaced by another one.
    if (names.size === 0) this.#listen()
    await this.#options.onChange(names)
    this.#isTelling = false
    if (!this.#isStopped) this.#wait()
  }
}

const SETTLE_MS = 200
const POLL_MS = 60_000

// Hot reload: looks whether the files of a configuration changed, reads them anew when they have settled, and says what
// is different. A configuration that cannot be used changes nothing.
// The system's notice of a change only makes it fast; on file systems that give none, a look every few seconds finds it.

import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { isCcbtError } from '@ccbt/primitives'
import { changes } from './settings.ts'
import type { Change, Settings } from './settings.ts'
import { fileSignature } from './torrent-folder.ts'

/** What a reload came to. */
export type Reload<T extends Watched> =
  | { readonly kind: 'changed'; readonly changes: readonly Change[]; readonly now: T }
  /** The last good configuration stays; each problem is one line that says where and what. */
  | { readonly kind: 'rejected'; readonly problems: readonly string[] }

/** A configuration and the files that it depends on. */
export interface Watched {
  readonly settings: Settings
  readonly files: readonly string[]
}

/** What is watched, and who is told. */
export interface WatchOptions<T extends Watched> {
  readonly now: T
  /** Reads everything again; rejects with CONFIG_INVALID when it cannot be used. */
  load(): Promise<T>
  onReload(reload: Reload<T>): void
  /** Also when no setting is different: `load` reads more than settings. */
  readonly tellsAlways?: boolean
  /** Gets what nobody expects: an error of `load` that is not CONFIG_INVALID. Watching has ended then. */
  onFailure(error: unknown): void
  /** Time without a change after which a file counts as written. Default 200 ms. */
  readonly settleMs?: number
  /** Time between two looks at the files when the system says nothing. Default 3 s. */
  readonly pollMs?: number
}

/** Watches until it is disposed. */
export function watchConfig<T extends Watched>(options: WatchOptions<T>): Disposable {
  return new ConfigWatch(options)
}

class ConfigWatch<T extends Watched> implements Disposable {
  readonly #options: WatchOptions<T>
  readonly #settleMs: number
  #now: T
  /** Of the files as they were last read or refused. The first look reads them once more: nobody saw them before. */
  #seen = ''
  #timer: NodeJS.Timeout | undefined
  #notices = new DisposableStack()
  #isLooking = false
  #isNoticed = false
  #isStopped = false

  constructor(options: WatchOptions<T>) {
    this.#options = options
    this.#settleMs = options.settleMs ?? 200
    this.#now = options.now
    this.#listen()
    this.#wait(this.#settleMs)
  }

  [Symbol.dispose](): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#notices.dispose()
  }

  /** Editors replace files, so it is their folders that are watched. */
  #listen(): void {
    const names = new Set(this.#now.files.map((file) => basename(file)))
    for (const folder of new Set(this.#now.files.map((file) => dirname(file)))) {
      try {
        const watcher = watch(folder, { persistent: false }, (_, name) => {
          if (name === null || names.has(name)) this.#notice()
        })
        watcher.on('error', () => watcher.close())
        this.#notices.defer(() => watcher.close())
      } catch {
        // No such folder, or no notices to be had: the regular look finds what appears there.
      }
    }
  }

  /** However many notices there are, the look comes in time. */
  #notice(): void {
    if (this.#isNoticed || this.#isStopped) return
    this.#isNoticed = true
    if (!this.#isLooking) this.#wait(this.#settleMs)
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look().catch((error: unknown) => this.#fail(error)), ms)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    this.#isNoticed = false
    const found = await signatures(this.#now.files)
    const isNew = found !== this.#seen
    // What is still being written is left for the next look.
    const isSettled = !isNew || (await this.#hasSettled(found))
    if (isNew && isSettled && !this.#isStopped) await this.#reload()
    if (isSettled) this.#seen = found
    this.#isLooking = false
    if (!this.#isStopped) this.#wait(isSettled && !this.#isNoticed ? (this.#options.pollMs ?? 3000) : this.#settleMs)
  }

  async #hasSettled(found: string): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, this.#settleMs).unref())
    return found === (await signatures(this.#now.files))
  }

  async #reload(): Promise<void> {
    try {
      const now = await this.#options.load()
      const found = changes(this.#now.settings, now.settings)
      this.#now = now
      const isTold = found.length > 0 || this.#options.tellsAlways === true
      if (isTold && !this.#isStopped) this.#options.onReload({ kind: 'changed', changes: found, now })
    } catch (error) {
      if (!isCcbtError(error, 'CONFIG_INVALID')) throw error
      if (!this.#isStopped) this.#options.onReload({ kind: 'rejected', problems: error.context.problems })
    }
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return
    this[Symbol.dispose]()
    this.#options.onFailure(error)
  }
}

async function signatures(files: readonly string[]): Promise<string> {
  return (await Promise.all(files.map(fileSignature))).join(' ')
}

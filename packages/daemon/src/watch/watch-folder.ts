// Adds the torrents that appear in a folder. The system's notice of a change makes it fast; on file systems that give none,
// and when there are no notices left to be had, the folder is looked at every few seconds all the same. A file is added when
// it has not changed for a moment, and given another name then, so that it is added once.

import { watch } from 'node:fs'
import { lstat, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Report } from '../automation-note.ts'
import type { Engine } from '../engine/engine.ts'
import { errnoOf } from '../errors.ts'
import { addUnattended } from '../unattended.ts'
import type { Destination } from '../unattended.ts'
import { isSourceName, readSources } from './source-file.ts'

const SCAN_MS = 5000
const SETTLE_MS = 1000
/** What cannot be used may be the beginning of a slow copy: it is given up when it has not changed for this many times as long. */
const PATIENCE = 10
const MAX_NAMES_TRIED = 1000

/** A folder whose torrents are added. */
export interface WatchedFolder extends Destination {
  readonly path: string
  /** What happens to a file that was added. */
  readonly after: 'rename' | 'delete'
}

/** What a {@link WatchFolder} works with. */
export interface WatchFolderParts {
  readonly folder: WatchedFolder
  readonly engine: Pick<Engine, 'add' | 'preferences'>
  readonly report: Report
  /** Time between two looks when the system says nothing. Default 5 s. */
  readonly scanMs?: number
  /** Time without a change after which a file counts as written. Default 1 s. */
  readonly settleMs?: number
}

/** A file as it was when it was looked at last. */
interface Seen {
  readonly signature: string
  /** Since when it has been that way. */
  readonly sinceMs: number
  /** Nothing more is to be done with it as it is. */
  isOver: boolean
}

/** Watches until it is disposed. */
export class WatchFolder implements AsyncDisposable {
  readonly #parts: WatchFolderParts
  readonly #scanMs: number
  readonly #settleMs: number
  #seen = new Map<string, Seen>()
  #notices: Disposable | undefined
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #isLooking = false
  #isNoticed = false
  #isStopped = false
  #problem = ''

  constructor(parts: WatchFolderParts) {
    this.#parts = parts
    this.#scanMs = parts.scanMs ?? SCAN_MS
    this.#settleMs = parts.settleMs ?? SETTLE_MS
    this.#wait(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#notices?.[Symbol.dispose]()
    await this.#looking
  }

  /** However many notices there are, the look comes in time. */
  #notice(): void {
    if (this.#isNoticed || this.#isStopped) return
    this.#isNoticed = true
    if (!this.#isLooking) this.#wait(this.#settleMs)
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
    }, ms)
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    this.#isNoticed = false
    this.#notices ??= this.#listen()
    try {
      const isSettled = await this.#scan()
      this.#tell('')
      if (!this.#isStopped) this.#wait(isSettled && !this.#isNoticed ? this.#scanMs : this.#settleMs)
    } catch (error) {
      this.#notices?.[Symbol.dispose]()
      this.#notices = undefined
      this.#tell(`cannot look at the watched folder ${this.#parts.folder.path}: ${errnoOf(error) ?? String(error)}`)
      if (!this.#isStopped) this.#wait(this.#scanMs)
    }
    this.#isLooking = false
  }

  #listen(): Disposable | undefined {
    try {
      const watcher = watch(this.#parts.folder.path, { persistent: false }, () => this.#notice())
      watcher.on('error', () => watcher.close())
      return { [Symbol.dispose]: () => watcher.close() }
    } catch {
      // No such folder, or no notices left to be had: the regular look finds what appears.
      return undefined
    }
  }

  /** Looks at every file; false while one has still to settle. */
  async #scan(): Promise<boolean> {
    const names = (await readdir(this.#parts.folder.path)).filter(isSourceName)
    const seen = new Map<string, Seen>()
    let isSettled = true
    for (const name of names) {
      if (this.#isStopped) return true
      const now = await this.#stateOf(name)
      if (now === undefined) continue
      seen.set(name, now)
      const ageMs = performance.now() - now.sinceMs
      if (!now.isOver && ageMs >= this.#settleMs) now.isOver = await this.#take(name, ageMs)
      isSettled &&= now.isOver
    }
    this.#seen = seen
    return isSettled
  }

  /** What is known of a file; undefined for what is none. */
  async #stateOf(name: string): Promise<Seen | undefined> {
    const stats = await lstat(join(this.#parts.folder.path, name)).catch(() => undefined)
    if (stats === undefined || !stats.isFile()) return undefined
    const signature = `${stats.size} ${stats.mtimeMs} ${stats.ino}`
    const before = this.#seen.get(name)
    if (before?.signature === signature) return before
    return { signature, sinceMs: performance.now(), isOver: false }
  }

  /** Adds what the file holds; false when that is to be tried again. */
  async #take(name: string, ageMs: number): Promise<boolean> {
    const { folder, engine, report } = this.#parts
    const path = join(folder.path, name)
    const origin = { watchFolder: folder.path, ...(/\.torrent$/i.test(name) ? { file: path } : {}) }
    try {
      for (const source of await readSources(path)) await addUnattended(engine, source, { ...folder, origin })
    } catch (error) {
      if (ageMs < PATIENCE * this.#settleMs) return false
      const reason = error instanceof Error ? error.message : String(error)
      report({ level: 'warning', area: 'daemon', text: `cannot add ${path}: ${reason}` })
      await this.#finish(path, '.failed')
      return true
    }
    report({ level: 'info', area: 'daemon', text: `added ${path}` })
    await this.#finish(path, folder.after === 'delete' ? undefined : '.added')
    return true
  }

  /** Gives the file another ending, or deletes it; when neither can be done it stays, and is not added again. */
  async #finish(path: string, ending: '.added' | '.failed' | undefined): Promise<void> {
    try {
      if (ending === undefined) await rm(path, { force: true })
      else await rename(path, await freeName(path + ending))
    } catch (error) {
      const text = `cannot rename or delete ${path}: ${errnoOf(error) ?? String(error)}`
      this.#parts.report({ level: 'warning', area: 'daemon', text })
    }
  }

  /** Once, until something else is the case. */
  #tell(problem: string): void {
    if (problem !== '' && problem !== this.#problem) {
      this.#parts.report({ level: 'warning', area: 'daemon', text: problem })
    }
    this.#problem = problem
  }
}

/** A name that no file has: what is there is the user's. */
async function freeName(path: string): Promise<string> {
  for (let n = 0; n < MAX_NAMES_TRIED; n++) {
    const name = n === 0 ? path : `${path}.${n}`
    const isTaken = await lstat(name).then(
      () => true,
      () => false,
    )
    if (!isTaken) return name
  }
  throw new Error('there are too many files of this name')
}

// Where a torrent lives: its folder and the names of its files there, what is kept about it between two runs, and how it
// gets to another place. A move that a kill has cut off is finished before the torrent is opened, or given up.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { lockSavePath } from '@ccbt/disk-io'
import type { DiskIo, MoveItem, StorePlace } from '@ccbt/disk-io'
import { isCcbtError, toHex } from '@ccbt/primitives'

import { loadNames, MoveJournal, parseRecord, saveNames } from './move-journal.ts'
import type { Move } from './move-journal.ts'
import { partFileOf, Persistence } from './persistence.ts'
import type { PersistenceOptions } from './persistence.ts'
import type { AddOptions } from '../options.ts'
import type { SessionShared } from '../session/shared.ts'
import type { Contents } from './contents.ts'
import { areNames, pathsOf } from './placement.ts'
import type { PlacedFile, Placement } from './placement.ts'

/** What a {@link Home} is for. */
export interface HomeParts extends PersistenceOptions {
  readonly files: readonly PlacedFile[]
  readonly disk: Pick<DiskIo, 'moveFiles'>
}

/** What is said of a torrent that may have been here, or elsewhere, before. */
type HomeOptions = Pick<AddOptions, 'record' | 'addedAtMs'>

/** The place of a torrent with these contents. */
export function homeOf(
  { metainfo, layout, space }: Contents,
  directory: string,
  { stateDir, locks, disk }: Pick<SessionShared, 'stateDir' | 'locks' | 'disk'>,
): Home {
  const { infoHash } = metainfo
  return new Home({ stateDir, locks, disk, infoHash, directory, pieces: layout.pieces, files: space.files })
}

/** The place of one torrent. */
export class Home {
  readonly persistence: Persistence
  readonly #parts: HomeParts
  readonly #journal: MoveJournal
  #placement: Placement

  constructor(parts: HomeParts) {
    this.#parts = parts
    this.#placement = { directory: parts.directory, names: new Map() }
    this.persistence = new Persistence(parts)
    this.#journal = new MoveJournal(parts.stateDir, toHex(parts.infoHash))
  }

  get placement(): Placement {
    return this.#placement
  }

  /** Of all files as they are now. Only while it is open. */
  get place(): StorePlace {
    return this.#placeOf(this.#placement, this.persistence.partFilePath)
  }

  /** Takes the save path, and finishes a move. Rejects with DISK_SAVE_PATH_LOCKED. */
  async open(signal: AbortSignal, { record, addedAtMs }: HomeOptions): Promise<void> {
    const { directory } = this.#parts
    const move = await this.#journal.load(directory, addedAtMs)
    const isLed = move !== undefined && resolve(move.to.directory) !== resolve(directory)
    await this.persistence.lock(isLed ? move.to.directory : directory)
    const names = await loadNames(this.#namesPath)
    this.#placement = { directory, names }
    if (move === undefined) return this.#adopt(record)
    const isFinished = await this.#finish(move, signal)
    const isThere = isFinished && this.place.paths.some((path) => existsSync(join(move.to.directory, ...path)))
    if (isLed && !isThere) {
      // Nothing came of it, or it is gone: the torrent is where it was asked for.
      await this.persistence.unlock()
      await this.persistence.lock(directory)
      this.#placement = { directory, names: await loadNames(this.#namesPath) }
    }
    if (!isLed || this.#placement.directory === directory) await this.#journal.forget()
  }

  /**
   * Makes another place that of the torrent; `relocate` moves the files. When that rejects, all is as before and this
   * rejects with the same, or with DISK_SAVE_PATH_LOCKED.
   */
  async move(to: Placement, relocate: (place: StorePlace) => Promise<void>): Promise<void> {
    const from = this.#placement
    const entered = await this.persistence.enter(to.directory)
    try {
      await this.#journal.save({ from, to })
      await relocate(this.#placeOf(to, entered.partFilePath))
    } catch (error) {
      await this.#journal.forget()
      await entered.leave()
      throw error
    }
    await entered.settle()
    this.#placement = to
    await saveNames(this.#namesPath, to.names)
    // Whoever opens the torrent at its old folder is led to the new one; a new name is found in its folder.
    if (resolve(from.directory) === resolve(to.directory)) await this.#journal.forget()
  }

  /** Makes another folder that of the torrent without touching a file. The store is closed. */
  async switchTo(directory: string): Promise<void> {
    const entered = await this.persistence.enter(directory)
    await entered.settle()
    this.#placement = { directory, names: await loadNames(this.#namesPath) }
    await this.#journal.forget()
  }

  /** All that is kept of the torrent in its folder, for a state directory that knows nothing of it. */
  async record(): Promise<string | undefined> {
    const data = await this.persistence.record()
    return data === undefined ? undefined : JSON.stringify({ data, names: [...this.#placement.names] })
  }

  async #adopt(record: string | undefined): Promise<void> {
    const { data, names } = parseRecord(record)
    const isWhole = data !== undefined && areNames(this.#parts.files, names)
    if (!isWhole || !(await this.persistence.adopt(data))) return
    this.#placement = { ...this.#placement, names }
    await saveNames(this.#namesPath, names)
  }

  /** Forgets all that is kept, and gives the save path back. */
  async forget(): Promise<void> {
    await this.persistence.forget()
    await saveNames(this.#namesPath, new Map())
    await this.#journal.forget()
    await this.persistence.unlock()
  }

  /** False: it cannot be done, and everything is where it was. Nobody was told that it had been moved. */
  async #finish(move: Move, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#relocate(move, signal)
    } catch (error) {
      if (isCcbtError(error, 'DISK_FILE_EXISTS') || (isCcbtError(error) && error.blame === 'disk')) return false
      throw error
    }
    this.#placement = move.to
    await saveNames(this.#namesPath, move.to.names)
    return true
  }

  async #relocate({ from, to }: Move, signal: AbortSignal): Promise<void> {
    const { stateDir, infoHash, disk, files } = this.#parts
    const [old, next] = [from, to].map((placement) => pathsOf(files, placement))
    const items = files.flatMap(({ isPad, symlinkTarget }, i): MoveItem[] => {
      const [source, target] = [old?.[i], next?.[i]]
      if (isPad || symlinkTarget !== undefined || source === undefined || target === undefined) return []
      const place = { directory: resolve(from.directory), path: source }
      return [{ from: place, to: { directory: resolve(to.directory), path: target } }]
    })
    if (resolve(from.directory) !== resolve(to.directory)) {
      const resume = resolve(stateDir, 'resume')
      await using lock = await lockSavePath(resume, { infoHash, directory: from.directory })
      const [oldPart, newPart] = [partFileOf(lock.path), this.persistence.partFilePath]
      const inState = (path: string): MoveItem['to'] => ({ directory: resume, path: [path.slice(resume.length + 1)] })
      await disk.moveFiles([...items, { from: inState(oldPart), to: inState(newPart) }], signal)
    } else await disk.moveFiles(items, signal)
  }

  get #namesPath(): string {
    return this.persistence.partFilePath.replace(/\.part$/, '.names')
  }

  #placeOf(placement: Placement, partFilePath: string): StorePlace {
    return { directory: placement.directory, paths: pathsOf(this.#parts.files, placement), partFilePath }
  }
}

// The files of one store as a whole: which of them were written since the last sync, space that is reserved before writing,
// moves between the part-file and the files. While a move runs, nothing else of the store touches its files.

import type { WorkerPool } from '@ccbt/worker-pool'

import { batches, pathOf } from './file-refs.ts'
import type { FileStates } from './file-states.ts'
import { FileTable } from './file-table.ts'
import type { TableEntry } from './file-table.ts'
import type { DiskJobs, FileLink, FileRef, FileState, FinalFile, Span } from './jobs.ts'
import { foldersOf, moveFiles } from './move-files.ts'
import type { MoveParts } from './move-files.ts'
import type { CloneSource, StoreOptions, StorePlace } from './store-types.ts'
import { syncFiles } from './sync-files.ts'

/** Zeros written, or bytes copied, by one job: a live job behind it waits some 30 ms. */
const RUN_BYTES = 33_554_432
const NO_FILE: FileState = { exists: false, size: 0, mtimeNs: 0 }

/** What the files of a store are handled with. */
export interface FilesParts {
  readonly pool: WorkerPool<DiskJobs>
  /** Of the session. */
  readonly states: FileStates
  /** First of the file ids of the store. */
  readonly firstFileId: number
}

export class StoreFiles {
  readonly table: FileTable
  readonly #pool: WorkerPool<DiskJobs>
  readonly #states: FileStates
  readonly #isFull: boolean
  readonly #fills = new Map<number, Promise<void>>()
  readonly #filled = new Set<number>()
  #unsynced = new Set<FileRef>()
  #move: Promise<void> = Promise.resolve()
  #isMoving = false
  #isLinked = false

  constructor({ pool, states, firstFileId }: FilesParts, options: StoreOptions) {
    this.table = new FileTable(options, firstFileId)
    this.#pool = pool
    this.#states = states
    this.#isFull = options.preallocate === 'full'
  }

  /** Something to wait for before the files may be touched. Asked again afterwards. */
  get moving(): Promise<void> | undefined {
    return this.#isMoving ? this.#move : undefined
  }

  /** Something to wait for before these spans may be written: their files are being filled with zeros. */
  filling(spans: readonly Span[]): Promise<unknown> | undefined {
    if (!this.#isFull) return undefined
    const fills = spans.flatMap(({ file }) =>
      file === undefined || this.#filled.has(file.id) ? [] : [this.#fill(file)],
    )
    return fills.length === 0 ? undefined : Promise.all(fills)
  }

  /** Notes that these spans are written. Not before: a sync that runs meanwhile would count as theirs. */
  wrote(spans: readonly Span[], created: readonly number[]): void {
    this.created(created)
    for (const { file } of spans) if (file !== undefined) this.#unsynced.add(file)
  }

  /** Notes files that a worker has made. */
  created(ids: readonly number[]): void {
    for (const id of ids) {
      const file = this.table.byId(id)
      if (file !== undefined) file.isOurs = true
    }
  }

  /** Makes everything written so far durable. What failed is tried again by the next call. */
  async sync(): Promise<void> {
    const files = this.#unsynced
    this.#unsynced = new Set()
    try {
      await syncFiles([...files])
    } catch (error) {
      for (const file of files) this.#unsynced.add(file)
      throw error
    }
  }

  async states(): Promise<FileState[]> {
    const { entries, part } = this.table
    const files = entries.filter(hasState).map((entry) => (entry.isInPart ? part : entry.ref))
    const answers = await Promise.all(batches(files).map((batch) => this.#states.read(batch)))
    const states = answers.flat().values()
    return entries.map((entry) => (hasState(entry) ? states.next().value : undefined) ?? NO_FILE)
  }

  /** Makes a file of its own share its blocks with another one. */
  async clone(fileIndex: number, source: CloneSource): Promise<boolean> {
    const entry = this.table.entries[fileIndex]
    if (entry === undefined || entry.isInPart || entry.file.isPad) return false
    const isCloned = await this.#pool.run('clone', { file: entry.ref, ...source })
    if (isCloned) this.#unsynced.add(entry.ref)
    return isCloned
  }

  /** Exact sizes and modes of the wanted files, and the links. */
  async finish(): Promise<void> {
    const finals = this.table.real.filter(({ isWanted }) => isWanted).map(finalFile)
    await Promise.all(batches(finals).map((files) => this.#pool.run('finish', { files })))
    await this.#link()
    this.#isLinked = true
    for (const { file } of finals) this.#unsynced.add(file)
  }

  /** Changes the selection; `whenQuiet` resolves when no job of the store is under way. */
  setWanted(fileIndex: number, wanted: boolean, whenQuiet: () => Promise<unknown>): Promise<void> {
    const entry = this.table.entries[fileIndex]
    if (entry === undefined || entry.file.isPad) return Promise.resolve()
    return this.#alone(async () => {
      await whenQuiet()
      entry.isWanted = wanted
      if (wanted && entry.isInPart) await this.#moveOut(entry)
      // A file that was never made is not made now.
      if (!wanted) entry.isInPart = !this.table.isOnDisk(entry)
    })
  }

  /** Moves all that there is to another place; when that fails everything is where it was. */
  relocate(place: StorePlace, parts: MoveParts, whenQuiet: () => Promise<unknown>): Promise<void> {
    return this.#alone(async () => {
      await whenQuiet()
      await this.sync()
      await this.close()
      await this.#unlink(this.table.links(true))
      try {
        await moveFiles(this.table.movesTo(place), parts)
        this.table.relocate(place)
      } finally {
        if (this.#isLinked) await this.#link()
      }
    })
  }

  /** Runs a change when those before have ended; what touches files waits for it. */
  #alone(change: () => Promise<void>): Promise<void> {
    const before = this.#move
    const result = before.then(change)
    // Whoever waits for it goes on, however it has ended: its own caller is told.
    const settled = result.catch(() => undefined)
    this.#isMoving = true
    this.#move = settled
    void settled.then(() => {
      if (this.#move === settled) this.#isMoving = false
    })
    return result
  }

  /** Absolute paths of what the store keeps in files of their own, or would. */
  paths(): string[] {
    return this.table.entries.filter(({ file }) => !file.isPad).map(({ ref }) => pathOf(ref))
  }

  /** Deletes what `isKept` is false for, and the part-file. */
  async remove(isKept: (path: string) => boolean): Promise<void> {
    await this.close()
    const entries = this.table.real.filter(({ ref }) => !isKept(pathOf(ref)))
    const files = [this.table.part, ...entries.map(({ ref }) => ref)]
    for (const batch of batches(files)) await this.#pool.run('remove', { files: batch, folders: [] })
    await this.#unlink(this.table.links(true).filter(({ file }) => !isKept(pathOf(file))))
    await this.#pool.run('remove', { files: [], folders: foldersOf(entries.map(({ ref }) => ref)) })
  }

  /** Closes all descriptors of the store. */
  async close(): Promise<void> {
    const { firstId, endId } = this.table
    await this.#pool.runOnStarted('close', { firstId, endId })
  }

  async #link(): Promise<void> {
    for (const links of batches(this.table.links(false))) await this.#pool.run('link', { links })
  }

  async #unlink(all: readonly FileLink[]): Promise<void> {
    for (const links of batches(all)) await this.#pool.run('unlink', { links })
    const folders = foldersOf(all.map(({ file }) => file))
    if (folders.length > 0) await this.#pool.run('remove', { files: [], folders })
  }

  async #moveOut(entry: TableEntry): Promise<void> {
    const { offset, length } = entry.file
    for (let at = 0; at < length; at += RUN_BYTES) {
      const run = { length: Math.min(RUN_BYTES, length - at), at: 0 }
      const from = { ...run, file: this.table.part, fileOffset: offset + at }
      const isWritten = await this.#pool.run('copy', { from, to: { ...run, file: entry.ref, fileOffset: at } })
      // Of nothing no file is made, and there is none to be synced.
      if (isWritten) this.#unsynced.add(entry.ref)
    }
    entry.isInPart = false
  }

  #fill(file: FileRef): Promise<void> {
    const running = this.#fills.get(file.id)
    if (running !== undefined) return running
    const fill = this.#writeZeros(file)
    this.#fills.set(file.id, fill)
    return fill
  }

  /** Writes zeros up to the size of the file. After a failure the next write tries again. */
  async #writeZeros(file: FileRef): Promise<void> {
    const entry = this.table.entries[file.id - this.table.firstId]
    try {
      for (let missing = entry?.ref === file ? entry.file.length : 0; missing > 0;) {
        const done = await this.#pool.run('fill', { file, length: entry!.file.length, maxBytes: RUN_BYTES })
        this.created(done.created)
        missing = done.missing
      }
      this.#filled.add(file.id)
    } finally {
      this.#fills.delete(file.id)
    }
  }
}

/** A link is never looked at. */
function hasState({ file }: TableEntry): boolean {
  return file.symlinkTarget === undefined
}

function finalFile(entry: TableEntry): FinalFile {
  return { file: entry.ref, length: entry.file.length, isExecutable: entry.file.isExecutable ?? false }
}

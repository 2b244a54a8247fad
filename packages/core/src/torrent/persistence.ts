// What one torrent keeps between two runs: its resume record, its part-file and the lock on its save path, all in the
// state directory. A record claims a piece only after its bytes were synced, so it holds after a power loss; after a
// crash of the process alone, files that are newer than the record are hashed, blocks of pieces that were not complete
// are listed apart, and nothing that was written is lost.

import { join, resolve } from 'node:path'

import { createResumeStore, decodeResumeRecord, encodeResumeRecord } from '@ccbt/disk-io'
import type { PartialPiece, PieceStore, ResumeRecord, ResumeStore, SavePathLock, SavePathLocks } from '@ccbt/disk-io'
import { bug } from '@ccbt/primitives'
import type { Bitfield } from '@ccbt/primitives'

import type { KnownData } from './check-data.ts'

/** Payload bytes over all runs. */
export interface Totals {
  readonly downloaded: number
  readonly uploaded: number
}

/** Names the torrent whose state is kept. */
export interface PersistenceOptions {
  readonly stateDir: string
  readonly locks: SavePathLocks
  readonly infoHash: Uint8Array
  readonly directory: string
  readonly pieces: number
}

/** A save path that was taken besides the present one. */
export interface EnteredPath {
  readonly partFilePath: string
  /** Gives it back. */
  leave(): Promise<void>
  /** Makes it the only one; the record of the other is deleted. */
  settle(): Promise<void>
}

/** What a record is made of. */
export type SavedStore = Pick<PieceStore, 'flush' | 'checkpoint' | 'fileStates'>

/** The part-file that belongs to a lock. */
export function partFileOf(lockPath: string): string {
  return lockPath.replace(/\.lock$/, '.part')
}

/** The kept state of one torrent. */
export class Persistence {
  #options: PersistenceOptions
  readonly #records: ResumeStore
  #lock: SavePathLock | undefined
  #totals: Totals = { downloaded: 0, uploaded: 0 }
  #addedAtMs = Date.now()
  #completedAtMs: number | undefined
  #isLoaded = false
  /** What the record on disk says. */
  #recorded: (Totals & { readonly pieces: number }) | undefined
  #saving: Promise<void> | undefined
  #checkpointing: Promise<void> | undefined
  #doubting: Promise<void> | undefined
  /** The list that is on disk, to write only what is new. */
  #listed = ''

  constructor(options: PersistenceOptions) {
    this.#options = options
    this.#records = createResumeStore(join(options.stateDir, 'resume'))
  }

  /** Totals of the runs that have ended and of the one that is live. */
  totalsWith(live: Totals | undefined): Totals {
    const { downloaded, uploaded } = this.#totals
    return { downloaded: downloaded + (live?.downloaded ?? 0), uploaded: uploaded + (live?.uploaded ?? 0) }
  }

  /** Where bytes of unselected files are kept. Only while locked. */
  get partFilePath(): string {
    if (this.#lock === undefined) throw bug('the part-file of an unlocked torrent')
    return partFileOf(this.#lock.path)
  }

  /** Takes the save path in this folder for this process. Rejects with DISK_SAVE_PATH_LOCKED. */
  async lock(directory: string): Promise<void> {
    this.#options = { ...this.#options, directory }
    this.#lock = await this.#options.locks.lock(this.#options)
  }

  /** Takes one more save path, which becomes the only one or is left again. Rejects with DISK_SAVE_PATH_LOCKED. */
  async enter(directory: string): Promise<EnteredPath> {
    const old = this.#options
    const oldLock = this.#lock
    if (resolve(old.directory) === resolve(directory)) {
      return { partFilePath: this.partFilePath, leave: async () => {}, settle: async () => {} }
    }
    const lock = await old.locks.lock({ ...old, directory })
    return {
      partFilePath: partFileOf(lock.path),
      leave: async () => lock[Symbol.asyncDispose](),
      settle: async () => {
        await this.settled()
        this.#options = { ...old, directory }
        this.#lock = lock
        this.#listed = ''
        await this.#records.remove(old)
        await oldLock?.[Symbol.asyncDispose]()
      },
    }
  }

  async unlock(): Promise<void> {
    await this.#lock?.[Symbol.asyncDispose]()
    this.#lock = undefined
  }

  /** What an earlier run knew of the data. */
  async load(): Promise<KnownData | undefined> {
    await Promise.allSettled([this.#doubting]) // whoever asked for it is told
    const record = await this.#records.load(this.#options)
    if (record === undefined) return undefined
    if (!this.#isLoaded) this.#restore(record)
    this.#recorded = recordedBy(record)
    return record.verified.size === this.#options.pieces ? { pieces: record.verified, files: record.files } : undefined
  }

  /** Waits for what is being written; whoever asked for it is told how it went. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#saving, this.#checkpointing, this.#doubting])
  }

  /** Files could not be read: nothing of them is believed any more, and they are hashed when the torrent starts again. */
  doubt(isDoubted: (fileIndex: number) => boolean): Promise<void> {
    this.#doubting = this.#doubt(isDoubted)
    return this.#doubting
  }

  /** The record on disk as text. */
  async record(): Promise<string | undefined> {
    await this.#saving
    const record = await this.#records.load(this.#options)
    return record === undefined ? undefined : encodeResumeRecord(record).toString()
  }

  /** Takes such a text when there is no record. False: there is one, or it is of another torrent or folder. */
  async adopt(text: string): Promise<boolean> {
    const record = decodeResumeRecord(Buffer.from(text), this.#options)
    if (record === undefined || (await this.#records.load(this.#options)) !== undefined) return false
    await this.#records.save(record)
    return true
  }

  /** Whether the record on disk says as much as one of now would, when nothing was written since. */
  isRecorded(have: Bitfield, totals: Totals): boolean {
    const { pieces, uploaded, downloaded } = this.#recorded ?? {}
    return pieces === have.count && uploaded === totals.uploaded && downloaded === totals.downloaded
  }

  /** The live phase has ended: its bytes become part of the totals. */
  addTotals(live: Totals): void {
    this.#totals = this.totalsWith(live)
  }

  /** Syncs the data and writes a record of it. A call during another one waits for that and does nothing more. */
  save(store: SavedStore, have: Bitfield, totals: Totals): Promise<void> {
    this.#saving ??= this.#save(store, have, totals).finally(() => {
      this.#saving = undefined
    })
    return this.#saving
  }

  /**
   * Writes blocks of pieces that are not complete and lists them, without a sync: after a kill they are not asked for
   * again. A call during another one, or during a save, does nothing more.
   */
  checkpoint(store: PieceStore): Promise<void> {
    if (this.#saving !== undefined) return this.#saving
    this.#checkpointing ??= this.#checkpoint(store).finally(() => {
      this.#checkpointing = undefined
    })
    return this.#checkpointing
  }

  /** The blocks that are listed. */
  partials(): Promise<PartialPiece[]> {
    return this.#records.loadPartials(this.#options)
  }

  /** Deletes the record. */
  async forget(): Promise<void> {
    await Promise.allSettled([this.#checkpointing]) // whoever asked for it is told
    await this.#records.remove(this.#options)
  }

  async #doubt(isDoubted: (fileIndex: number) => boolean): Promise<void> {
    await Promise.allSettled([this.#saving, this.#checkpointing, this.#doubting]) // whoever asked for it is told
    const record = await this.#records.load(this.#options)
    if (record === undefined) return
    const files = record.files.map((file, index) => (isDoubted(index) ? { ...file, mtimeNs: 0 } : file))
    await this.#records.save({ ...record, files })
    this.#recorded = undefined
  }

  #restore(record: ResumeRecord): void {
    this.#isLoaded = true
    this.#totals = { downloaded: record.downloadedBytes, uploaded: record.uploadedBytes }
    this.#addedAtMs = record.addedAtMs
    this.#completedAtMs = record.completedAtMs
  }

  async #save(store: SavedStore, have: Bitfield, totals: Totals): Promise<void> {
    await Promise.allSettled([this.#checkpointing]) // whoever asked for it is told
    await store.flush()
    const partials = await store.checkpoint({ all: true })
    // The files as they were before the pieces are counted: one that is written from here on makes its file newer than the
    // record, so that it is hashed after a kill. What was written until here is verified when all is flushed.
    const files = await store.fileStates()
    await store.flush()
    const verified = have.clone()
    await store.flush({ sync: true })
    await this.#list(partials, true)
    if (verified.isFull) this.#completedAtMs ??= Date.now()
    const record: ResumeRecord = {
      infoHash: this.#options.infoHash,
      directory: this.#options.directory,
      verified,
      files,
      uploadedBytes: totals.uploaded,
      downloadedBytes: totals.downloaded,
      addedAtMs: this.#addedAtMs,
      ...(this.#completedAtMs === undefined ? {} : { completedAtMs: this.#completedAtMs }),
    }
    await this.#records.save(record)
    this.#recorded = recordedBy(record)
  }

  async #checkpoint(store: PieceStore): Promise<void> {
    const partials = await store.checkpoint()
    if (keyOf(partials) !== this.#listed) await this.#list(partials, false)
  }

  async #list(partials: readonly PartialPiece[], isSynced: boolean): Promise<void> {
    const { infoHash, directory } = this.#options
    await this.#records.savePartials({ infoHash, directory, partials, isSynced })
    this.#listed = keyOf(partials)
  }
}

function recordedBy({ verified, uploadedBytes, downloadedBytes }: ResumeRecord): Totals & { readonly pieces: number } {
  return { pieces: verified.count, uploaded: uploadedBytes, downloaded: downloadedBytes }
}

function keyOf(partials: readonly PartialPiece[]): string {
  return partials.map(({ piece, blocks }) => `${piece}:${Buffer.from(blocks).toString('base64')}`).join()
}

// Keeps resume records through crashes: a record is written beside the old one, synced and then renamed over it; the one before
// stays as `.bak`. At every moment one whole generation is on disk, and a damaged one costs no more than a recheck. Blocks of
// partial pieces have a file of their own, which is written often and not synced.

import { readFileSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { decodePartialRecord, encodePartialRecord } from './partial-record.ts'
import type { PartialRecord } from './partial-record.ts'
import { resumeName } from './resume-key.ts'
import type { ResumeKey } from './resume-key.ts'
import { decodeResumeRecord, encodeResumeRecord } from './resume-record.ts'
import type { ResumeRecord } from './resume-record.ts'
import type { PartialPiece } from './store-types.ts'
import { writeFailed, errnoOf } from './errors.ts'

/** The resume records of a state directory. */
export interface ResumeStore {
  /** The newest whole record; `undefined` when there is none. Damaged ones are passed over; it never throws. */
  load(key: ResumeKey): Promise<ResumeRecord | undefined>
  /** Replaces the record. Calls for one torrent run one after the other. Rejects with DISK_NO_SPACE or DISK_WRITE_FAILED. */
  save(record: ResumeRecord): Promise<void>
  /** The blocks of partial pieces that were saved last; none when that was before the last power loss. It never throws. */
  loadPartials(key: ResumeKey): Promise<PartialPiece[]>
  /** Replaces the list of these blocks: atomically, and durably only when they are. Rejects like `save`. */
  savePartials(record: PartialRecord): Promise<void>
  /** Deletes the record, the one before and the partial pieces. */
  remove(key: ResumeKey): Promise<void>
}

/**
 * Opens the records in a folder, which is made by the first save.
 * @example const record = await createResumeStore('/var/lib/ccbt/resume').load({ infoHash, directory: '/data' })
 */
export function createResumeStore(directory: string): ResumeStore {
  return new FileResumeStore(directory)
}

class FileResumeStore implements ResumeStore {
  readonly #directory: string
  /** The last change of each record that is under way. */
  readonly #changes = new Map<string, Promise<void>>()

  constructor(directory: string) {
    this.#directory = directory
  }

  async load(key: ResumeKey): Promise<ResumeRecord | undefined> {
    const path = this.#path(key)
    await this.#changes.get(path)?.catch(() => undefined) // whoever saved was told
    return readRecord(path, key) ?? readRecord(`${path}.bak`, key)
  }

  save(record: ResumeRecord): Promise<void> {
    const path = this.#path(record)
    const bytes = encodeResumeRecord(record)
    return this.#change(path, () => replaceFile(this.#directory, path, bytes))
  }

  async loadPartials(key: ResumeKey): Promise<PartialPiece[]> {
    const path = this.#path(key)
    await this.#changes.get(path)?.catch(() => undefined) // whoever saved was told
    try {
      return decodePartialRecord(await readFile(partialPath(path)), key)
    } catch {
      // Missing or unreadable: these blocks are fetched again.
      return []
    }
  }

  savePartials(record: PartialRecord): Promise<void> {
    const path = this.#path(record)
    const bytes = encodePartialRecord(record)
    return this.#change(path, () => replacePartials(this.#directory, partialPath(path), { ...record, bytes }))
  }

  remove(key: ResumeKey): Promise<void> {
    const path = this.#path(key)
    return this.#change(path, async () => {
      // The older one first: what is left by a crash in between is the newer.
      await rm(`${path}.bak`, { force: true })
      await rm(path, { force: true })
      await rm(partialPath(path), { force: true })
    })
  }

  #path(key: ResumeKey): string {
    return join(this.#directory, `${resumeName(key)}.resume`)
  }

  #change(path: string, action: () => Promise<void>): Promise<void> {
    const change = this.#after(path, action)
    this.#changes.set(path, change)
    return change.finally(() => {
      if (this.#changes.get(path) === change) this.#changes.delete(path)
    })
  }

  async #after(path: string, action: () => Promise<void>): Promise<void> {
    await this.#changes.get(path)?.catch(() => undefined) // whoever made that change was told
    try {
      await action()
    } catch (error) {
      throw writeFailed(path, error)
    }
  }
}

/** At once: of thousands that a start reads, each is a small file, and waiting for it costs ten times as much as reading it. */
function readRecord(path: string, key: ResumeKey): ResumeRecord | undefined {
  try {
    return decodeResumeRecord(readFileSync(path), key)
  } catch {
    // Missing or unreadable: the same as no record, which costs a recheck and no data.
    return undefined
  }
}

async function replaceFile(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  await writeWhole(temporary, bytes, true)
  await renameIfThere(path, `${path}.bak`)
  await rename(temporary, path)
  await syncFolder(directory)
}

interface PartialFile {
  readonly bytes: Uint8Array
  readonly partials: readonly PartialPiece[]
  readonly isSynced: boolean
}

/** No partial pieces, no file. */
async function replacePartials(directory: string, path: string, file: PartialFile): Promise<void> {
  if (file.partials.length === 0) return rm(path, { force: true })
  await mkdir(directory, { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  await writeWhole(temporary, file.bytes, file.isSynced)
  await rename(temporary, path)
}

function partialPath(path: string): string {
  return path.replace(/\.resume$/, '.partial')
}

async function writeWhole(path: string, bytes: Uint8Array, isSynced: boolean): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(bytes)
  if (isSynced) await file.sync()
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}

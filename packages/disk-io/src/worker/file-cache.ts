// The open descriptors of one worker, least recently used first. Each worker has its own: a descriptor that one thread
// closes while another uses it could become a different file in between, so they are never shared.
// At the limit the oldest is closed; when the system has none left, all of them are, and the other workers are asked to do
// the same.

import { closeSync, ftruncateSync } from 'node:fs'
import { join } from 'node:path'

import type { FileRef, WorkerSettings } from '../jobs.ts'
import { DescriptorShortage, isShortage } from './descriptor-shortage.ts'
import { hardlinked, systemFailure } from './failure.ts'
import { openBelow, openNamed } from './open-below.ts'
import type { OpenedFile, OpenMode } from './open-below.ts'

interface Entry {
  readonly fd: number
  readonly isWritable: boolean
}

/** Opens files on demand and keeps them open for the next job. */
export class FileCache {
  readonly #limit: number
  readonly #shortage: DescriptorShortage
  readonly #open = new Map<number, Entry>()
  readonly #created: number[] = []

  constructor({ maxOpenFiles, channel }: WorkerSettings) {
    this.#limit = Math.max(1, maxOpenFiles)
    this.#shortage = new DescriptorShortage(channel, () => this.#evict(0))
  }

  /** A descriptor to read with. It is valid until the next call. */
  forReading(file: FileRef): number {
    return this.#use(file)?.fd ?? this.#add(file, { isWritable: false, isCreated: false })
  }

  /** A descriptor to read and write with; makes the file, its folders and its size. It is valid until the next call. */
  forWriting(file: FileRef): number {
    const entry = this.#use(file)
    if (entry?.isWritable === true) return entry.fd
    if (entry !== undefined) this.#close(file.id, entry)
    return this.#add(file, { isWritable: true, isCreated: true })
  }

  /** Ids of the files made since the last call. */
  takeCreated(): number[] {
    return this.#created.splice(0)
  }

  closeRange(firstId: number, endId: number): void {
    for (const [id, entry] of this.#open) if (id >= firstId && id < endId) this.#close(id, entry)
  }

  #use(file: FileRef): Entry | undefined {
    const entry = this.#open.get(file.id)
    if (entry === undefined) return undefined
    this.#open.delete(file.id)
    this.#open.set(file.id, entry)
    return entry
  }

  #add(file: FileRef, mode: OpenMode): number {
    this.#evict(this.#limit - 1)
    const opened = this.#openRetrying(file, mode)
    try {
      if (mode.isWritable) this.#prepare(file, opened)
    } catch (error) {
      closeSync(opened.fd)
      throw error
    }
    this.#open.set(file.id, { fd: opened.fd, isWritable: mode.isWritable })
    return opened.fd
  }

  #openRetrying(file: FileRef, mode: OpenMode): OpenedFile {
    try {
      return openFile(file, mode)
    } catch (error) {
      if (!isShortage(error)) throw error
      this.#evict(0)
      return this.#shortage.retry(() => openFile(file, mode))
    }
  }

  #prepare(file: FileRef, opened: OpenedFile): void {
    if (opened.isNew) this.#created.push(file.id)
    else if (opened.stats.nlink > 1 && !file.isOurs) throw hardlinked(pathOf(file))
    // Another worker may do the same at the same time: both only ever grow the file to the same size.
    if (opened.stats.size < file.reserveBytes) ftruncateSync(opened.fd, file.reserveBytes)
  }

  #evict(keep: number): void {
    for (const [id, entry] of this.#open) {
      if (this.#open.size <= keep) return
      this.#close(id, entry)
    }
  }

  #close(id: number, entry: Entry): void {
    this.#open.delete(id)
    closeSync(entry.fd)
  }
}

/** The whole path of a file, for messages and plain system calls. */
export function pathOf(file: FileRef): string {
  return file.root === null ? file.relative : join(file.root, file.relative)
}

/** Runs `action` and gives a system's error the path and a code of ours. */
export function guarded<T>(operation: 'read' | 'write', file: FileRef, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw systemFailure(operation, pathOf(file), error)
  }
}

function openFile(file: FileRef, mode: OpenMode): OpenedFile {
  return file.root === null ? openNamed(file.relative) : openBelow(file.root, file.relative, mode)
}

// Where each byte of a torrent is stored: which file, at which offset, or the part-file for files that are not wanted.
// Paths are checked here once; after that every FileRef names a place below the store's directory.

import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

import { bug } from '@ccbt/primitives'

import { unsafePath } from './errors.ts'
import type { FileLink, FileRef, Span } from './jobs.ts'
import type { FilePlace, MoveItem } from './move-files.ts'
import { spansBetween } from './spans.ts'
import type { Extent, Place } from './spans.ts'
import type { StoreFile, StoreOptions, StorePlace } from './store-types.ts'

/** A file of the torrent and where its bytes are kept now. */
export interface TableEntry extends Extent {
  readonly file: StoreFile
  ref: FileRef
  isWanted: boolean
  /** Whether its bytes are in the part-file. */
  isInPart: boolean
}

export class FileTable {
  readonly entries: readonly TableEntry[]
  part: FileRef
  /** Ids of this table: `firstId <= id < endId`. */
  readonly firstId: number
  readonly endId: number
  /** Entries with bytes, in the order of the torrent. */
  readonly #filled: readonly TableEntry[]

  constructor(options: StoreOptions, firstId: number) {
    const { files, wanted, partFilePath } = options
    checkCoverage(files, options.layout.totalLength)
    const root = resolve(options.directory)
    this.entries = files.map((file, i) => {
      const path = safeRelative(file.path)
      const reserveBytes = options.preallocate === 'sparse' ? file.length : 0
      const isWanted = wanted?.(i) ?? true
      // A file that is there is used even when it is not wanted: its bytes may be good.
      const isInPart = !isWanted && !file.isPad && !existsSync(join(root, path))
      return {
        offset: file.offset,
        length: file.length,
        file,
        ref: { id: firstId + i, root, relative: path, reserveBytes, isOurs: false },
        isWanted,
        isInPart,
      }
    })
    this.#filled = this.entries.filter((entry) => entry.file.length > 0)
    this.firstId = firstId
    this.endId = firstId + files.length + 1
    this.part = partRef(this.endId - 1, partFilePath)
  }

  /** Files of their own, which are neither padding nor links. */
  get real(): readonly TableEntry[] {
    return this.entries.filter(isReal)
  }

  /** Symbolic links that are wanted, or all, with what they say as long as everything is where it is. */
  links(areAll: boolean): FileLink[] {
    const links = this.entries.filter(({ file, isWanted }) => file.symlinkTarget !== undefined && (isWanted || areAll))
    if (links.length === 0) return []
    const places = this.#placesNow()
    return links.map(({ file, ref }) => {
      const target = file.symlinkTarget?.join('/') ?? ''
      return { file: ref, text: relative(dirname(ref.relative), places.get(target) ?? target) }
    })
  }

  /** The files that are to get another place, the part-file among them. */
  movesTo({ directory, paths, partFilePath }: StorePlace): MoveItem[] {
    const files = this.entries.flatMap((entry, i) => {
      const { file, ref } = entry
      if (!isReal(entry)) return []
      const to = { directory: resolve(directory), path: safeRelative(paths[i] ?? file.path).split('/') }
      return [{ from: placeOf(ref), to }]
    })
    return [...files, { from: placeOf(this.part), to: placeOf(partRef(this.part.id, partFilePath)) }]
  }

  /** All files are at their new places; no descriptor of the old ones is open. */
  relocate({ directory, paths, partFilePath }: StorePlace): void {
    const root = resolve(directory)
    for (const [i, entry] of this.entries.entries())
      if (!entry.file.isPad) entry.ref = { ...entry.ref, root, relative: safeRelative(paths[i] ?? entry.file.path) }
    this.part = partRef(this.part.id, partFilePath)
  }

  /** The spans of `length` bytes at `offset` of the torrent. */
  spans(offset: number, length: number): Span[] {
    return spansBetween(this.#filled, { offset, length }, (entry, at) => this.#place(entry, at))
  }

  /** Whether the file itself exists. */
  isOnDisk(entry: TableEntry): boolean {
    return existsSync(join(entry.ref.root ?? '/', entry.ref.relative))
  }

  /** The file with this id, if it is one of this table. */
  byId(id: number): FileRef | undefined {
    return id === this.part.id ? this.part : this.entries[id - this.firstId]?.ref
  }

  /** Where each file and folder of the torrent is now, by its path in the torrent. */
  #placesNow(): Map<string, string> {
    const places = new Map<string, string>()
    for (const { file, ref } of this.real) {
      const now = ref.relative.split('/')
      for (let depth = 1; depth <= file.path.length; depth++)
        places.set(file.path.slice(0, depth).join('/'), now.slice(0, depth).join('/'))
    }
    return places
  }

  #place(entry: TableEntry, offset: number): Place {
    if (entry.file.isPad) return { file: undefined, fileOffset: 0 }
    if (entry.isInPart) return { file: this.part, fileOffset: offset }
    return { file: entry.ref, fileOffset: offset - entry.file.offset }
  }
}

function isReal({ file }: TableEntry): boolean {
  return !file.isPad && file.symlinkTarget === undefined
}

function partRef(id: number, path: string): FileRef {
  // It belongs to ccbt, whoever made it.
  return { id, root: dirname(resolve(path)), relative: basename(path), reserveBytes: 0, isOurs: true }
}

function placeOf(file: FileRef): FilePlace {
  return { directory: file.root ?? '/', path: file.relative.split('/') }
}

function safeRelative(path: readonly string[]): string {
  const isSafe =
    path.length > 0 && path.every((part) => part !== '' && part !== '.' && part !== '..' && !hasBadByte(part))
  if (!isSafe) throw unsafePath(path.join('/'))
  return path.join('/')
}

function hasBadByte(part: string): boolean {
  return part.includes('/') || part.includes('\\') || part.includes('\0')
}

function checkCoverage(files: readonly StoreFile[], totalLength: number): void {
  let end = 0
  for (const file of files) {
    if (file.offset !== end) throw bug(`a file starts at ${file.offset} instead of ${end}`)
    end += file.length
  }
  if (end !== totalLength) throw bug(`files of ${end} bytes in a torrent of ${totalLength}`)
}

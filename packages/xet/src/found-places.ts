// Collects where the chunks of a search lie, for each of them in one file: the newest that has it and is as it was.

import { statSync } from 'node:fs'
import type { SQLOutputValue } from 'node:sqlite'

import type { IndexedFile } from './chunk-place.ts'
import type { FoundPlaces } from './index-jobs.ts'

/** An entry of the index: its key, the number of the file, offset, length. */
export type Row = readonly SQLOutputValue[]

/** The answers of one search. */
export class Places {
  readonly #fileOf: (id: number) => IndexedFile | undefined
  readonly #files: IndexedFile[] = []
  /** The number in `#files` of each file that was met, -1 for one that is forgotten. */
  readonly #numbers = new Map<number, number>()
  /** Which of them are as they were, as far as that was asked. */
  readonly #states = new Map<number, boolean>()
  readonly #columns: { fileOf: Int32Array; offsets: Float64Array; lengths: Uint32Array }

  constructor(count: number, fileOf: (id: number) => IndexedFile | undefined) {
    this.#fileOf = fileOf
    this.#columns = {
      fileOf: new Int32Array(count).fill(-1),
      offsets: new Float64Array(count),
      lengths: new Uint32Array(count),
    }
  }

  /** Takes the newer of two entries, unless its file is not what it was. */
  set(index: number, [even, odd]: readonly [Row | undefined, Row | undefined]): void {
    const isOddNewer = odd !== undefined && (even === undefined || Number(odd[1]) > Number(even[1]))
    const [newer, older] = isOddNewer ? [odd, even] : [even, odd]
    const [first, second] = [this.#numberOf(newer), this.#numberOf(older)]
    if (first >= 0 && (second < 0 || this.#isThere(first))) this.#take(index, first, newer)
    else this.#take(index, second, older)
  }

  columns(): FoundPlaces {
    return { files: this.#files, ...this.#columns }
  }

  #take(index: number, number: number, row: Row | undefined): void {
    if (row === undefined) return
    this.#columns.fileOf[index] = number
    this.#columns.offsets[index] = Number(row[2])
    this.#columns.lengths[index] = Number(row[3])
  }

  #numberOf(row: Row | undefined): number {
    if (row === undefined) return -1
    const id = Number(row[1])
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const file = this.#fileOf(id)
    const number = file === undefined ? -1 : this.#files.push(file) - 1
    this.#numbers.set(id, number)
    return number
  }

  #isThere(number: number): boolean {
    const known = this.#states.get(number)
    if (known !== undefined) return known
    const isThere = isUnchanged(this.#files[number])
    this.#states.set(number, isThere)
    return isThere
  }
}

function isUnchanged(file: IndexedFile | undefined): boolean {
  try {
    const found = file && statSync(file.path)
    return found !== undefined && found.size === file?.size && found.mtimeMs === file.mtimeMs
  } catch {
    // A file that cannot be looked at is as good as gone.
    return false
  }
}

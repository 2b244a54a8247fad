// How much each file of a torrent is wanted, and each piece because of that: as much as the file that is wanted most of
// those with a byte in it. May change while the torrent runs.

import { CcbtError } from '@ccbt/primitives'
import type { Layout, PieceIndex } from '@ccbt/primitives'
import type { Metainfo } from '@ccbt/metainfo'
import type { PiecePicker, Priority } from '@ccbt/piece-picker'

import { prioritiesInvalid } from '../errors.ts'

/** What matters of a file here. */
export type SelectableFile = Pick<Metainfo['files'][number], 'offset' | 'length' | 'isPad'>

/** What is wanted to begin with. */
export interface Wish {
  /** Indexes of the files to download; absent = all. */
  readonly select?: readonly number[]
  /** One for each file; goes before `select`. */
  readonly priorities?: readonly number[]
  /** Whether the first and the last pieces of each wanted file come before all others. */
  readonly firstLastFirst?: boolean
}

const NORMAL: Priority = 4
const HIGHEST: Priority = 7
/** The part of a file at either end that players look at first: indexes of containers have been seen to take as much. */
const ENDS_SHARE = 0.01

/** What is wanted of a torrent. */
export class Selection {
  readonly #files: readonly SelectableFile[]
  readonly #layout: Layout
  #raisesEnds: boolean
  #priorities: readonly Priority[]
  #pieces: Uint8Array
  #length: number

  /** @throws TORRENT_SELECTION_INVALID, TORRENT_PRIORITIES_INVALID */
  constructor(files: readonly SelectableFile[], layout: Layout, wish: Wish = {}) {
    this.#files = files
    this.#layout = layout
    this.#raisesEnds = wish.firstLastFirst === true
    this.#priorities =
      wish.priorities === undefined ? selected(files, wish.select) : checked(wish.priorities, files.length)
    this.#pieces = this.#pricePieces()
    this.#length = this.#measure()
  }

  /** Bytes of all wanted pieces. */
  get length(): number {
    return this.#length
  }

  /** Of each file: 0 = not wanted, 4 = normal, 7 = most. */
  get priorities(): readonly Priority[] {
    return this.#priorities
  }

  hasFile(index: number): boolean {
    return (this.#priorities[index] ?? 0) > 0
  }

  isWanted(piece: PieceIndex): boolean {
    return this.#pieces[piece] !== 0
  }

  /**
   * Replaces the priorities of all files, and gives the indexes of those that are wanted now and were not, or the other
   * way round. @throws TORRENT_PRIORITIES_INVALID
   */
  change(priorities: readonly number[]): number[] {
    const before = this.#priorities
    this.#priorities = checked(priorities, this.#files.length)
    this.#pieces = this.#pricePieces()
    this.#length = this.#measure()
    return before.flatMap((priority, index) => (priority > 0 === this.hasFile(index) ? [] : [index]))
  }

  /** Whether the first and the last pieces of each wanted file come before all others from now on. */
  raiseEnds(isOn: boolean): void {
    this.#raisesEnds = isOn
    this.#pieces = this.#pricePieces()
  }

  /** Lets a picker want the pieces as much. */
  tell(picker: Pick<PiecePicker, 'setPriority'>): void {
    // Only a Priority is ever stored.
    for (const [piece, priority] of this.#pieces.entries())
      picker.setPriority(piece as PieceIndex, priority as Priority)
  }

  #pricePieces(): Uint8Array {
    const pieces = new Uint8Array(this.#layout.pieces)
    const { nominalPieceLength } = this.#layout
    for (const [index, file] of this.#files.entries()) {
      const priority = this.#priorities[index] ?? 0
      if (priority === 0 || file.length === 0 || file.isPad) continue
      const first = Math.floor(file.offset / nominalPieceLength)
      const last = Math.floor((file.offset + file.length - 1) / nominalPieceLength)
      for (let piece = first; piece <= last; piece++) pieces[piece] = Math.max(pieces[piece]!, priority)
      if (!this.#raisesEnds) continue
      const count = Math.ceil((file.length * ENDS_SHARE) / nominalPieceLength)
      pieces.fill(HIGHEST, first, Math.min(first + count, last + 1))
      pieces.fill(HIGHEST, Math.max(first, last + 1 - count), last + 1)
    }
    return pieces
  }

  #measure(): number {
    let length = 0
    for (let piece = 0; piece < this.#pieces.length; piece++) {
      if (this.#pieces[piece] !== 0) length += this.#layout.pieceLength(piece as PieceIndex)
    }
    return length
  }
}

/** What is wrong with priorities for so many files; `undefined` = nothing. */
export function problemOf(priorities: readonly number[], files: number): string | undefined {
  if (priorities.length !== files) return `there are ${priorities.length} priorities for ${files} files`
  const wrong = priorities.find((priority) => !isPriority(priority))
  return wrong === undefined ? undefined : `${wrong} is no priority: they are 0 to 7`
}

function isPriority(value: number): value is Priority {
  return Number.isInteger(value) && value >= 0 && value <= HIGHEST
}

function checked(priorities: readonly number[], files: number): readonly Priority[] {
  const problem = problemOf(priorities, files)
  if (problem !== undefined) throw prioritiesInvalid(problem)
  return priorities.filter(isPriority)
}

function selected(files: readonly SelectableFile[], select: readonly number[] | undefined): readonly Priority[] {
  if (select === undefined) return files.map(() => NORMAL)
  const chosen = new Set(select)
  for (const index of chosen) {
    if (files[index] !== undefined) continue
    throw new CcbtError('TORRENT_SELECTION_INVALID', `there is no file ${index}; the torrent has ${files.length}`, {
      blame: 'input',
      context: { index, files: files.length },
    })
  }
  return files.map((_, index) => (chosen.has(index) ? NORMAL : 0))
}

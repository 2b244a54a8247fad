// The books of a reuse: which pieces are held back from peers, which were supplied and have no verdict yet, which files
// have proven right, whether guessing pays.

import type { Bitfield, Clock, Layout, PieceIndex } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { PiecePlan } from './piece-plan.ts'

/** How long nothing may become of pieces that wait for peers before the rest is left to the ordinary download. */
const STALL_MS = 10_000
/** How often it is looked at again what no event tells of. */
const LOOK_AGAIN_MS = 50
/** Guessed blocks after which it is asked whether guessing pays: one right block in eight. */
const GUESSES_TO_JUDGE = 64
const LEAST_RIGHT = 1 / 8
/** A file of which more of the pieces are wrong is not the one it was taken for. */
const MOST_WRONG = 1 / 8

/** What the states are about. */
export interface PieceStatesParts {
  readonly layout: Layout
  readonly picker: Pick<PiecePicker, 'have' | 'priority' | 'setHeld'>
  readonly clock: Clock
  readonly onReleased: () => void
  readonly onReused: (path: string, bytes: number) => void
}

/** A piece without a verdict. */
interface Supplied {
  /** Bytes and file of each block that came from one. */
  readonly blocks: Map<number, { readonly path: string; readonly bytes: number }>
  readonly isGuessed: boolean
  /** Peers have to send the rest. */
  isPartial: boolean
}

/** What became of a file's pieces. */
interface TrackRecord {
  right: number
  wrong: number
  isDoubted: boolean
}

/** Held and supplied pieces. */
export class PieceStates {
  readonly #parts: PieceStatesParts
  readonly #held = new Set<PieceIndex>()
  readonly #supplied = new Map<PieceIndex, Supplied>()
  readonly #records = new Map<string, TrackRecord>()
  readonly #guesses = { right: 0, wrong: 0 }
  #changed: () => void = () => {}
  #isStopped = false

  constructor(parts: PieceStatesParts) {
    this.#parts = parts
  }

  /** In the order of the torrent. */
  get held(): PieceIndex[] {
    return [...this.#held]
  }

  /** Pieces whose block hashes peers may have to tell. */
  get guessed(): number {
    return [...this.#supplied.values()].filter(({ isGuessed }) => isGuessed).length
  }

  /** Bytes of pieces that peers have to complete. */
  get partialBytes(): number {
    const partial = [...this.#supplied.values()].filter(({ isPartial }) => isPartial)
    return partial.length * this.#parts.layout.nominalPieceLength
  }

  /** Whether all of a piece without a verdict came from here, and nothing of it was a guess. */
  isWhole(piece: PieceIndex): boolean {
    const supplied = this.#supplied.get(piece)
    return supplied !== undefined && !supplied.isPartial && !supplied.isGuessed
  }

  /** Whether a piece without a verdict is a guess, or came from here alone. */
  isOurs(piece: PieceIndex): boolean {
    const supplied = this.#supplied.get(piece)
    return supplied !== undefined && (supplied.isGuessed || !supplied.isPartial)
  }

  /** Bytes of a piece without a verdict that came from here. */
  bytesOf(piece: PieceIndex): number {
    const blocks = this.#supplied.get(piece)?.blocks.values() ?? []
    return [...blocks].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get guessesPay(): boolean {
    const { right, wrong } = this.#guesses
    return right + wrong < GUESSES_TO_JUDGE || right >= (right + wrong) * LEAST_RIGHT
  }

  holdMissing(): void {
    const { layout, picker } = this.#parts
    for (let n = 0; n < layout.pieces; n++) {
      const piece = n as PieceIndex
      if (!picker.have.has(piece) && picker.priority(piece) !== 0) this.hold(piece)
    }
  }

  isReleased(piece: PieceIndex): boolean {
    return !this.#held.has(piece)
  }

  /** Lets peers be asked for them. */
  release(pieces: Iterable<PieceIndex>): void {
    let isAny = false
    for (const piece of pieces) {
      if (!this.#held.delete(piece)) continue
      this.#parts.picker.setHeld(piece, false)
      isAny = true
    }
    if (isAny) this.#parts.onReleased()
  }

  /** A file is read for one piece at a time until one was right. */
  isTrusted({ blocks }: PiecePlan): boolean {
    if (this.#supplied.size === 0) return true
    for (const extents of blocks.values()) {
      if (extents.some(({ file, isGuess }) => !isGuess && file !== undefined && this.#recordOf(file.path).right === 0))
        return false
    }
    return true
  }

  /** These blocks of a piece are with the store. */
  supplied(plan: PiecePlan, read: ReadonlyMap<number, Uint8Array>): void {
    const blocks: Supplied['blocks'] = new Map()
    for (const block of read.keys()) {
      const fromFiles = plan.blocks.get(block)?.filter(({ file }) => file !== undefined) ?? []
      const path = fromFiles[0]?.file?.path
      const bytes = fromFiles.reduce((sum, { start, end }) => sum + end - start, 0)
      if (path !== undefined) blocks.set(block, { path, bytes })
    }
    const isPartial = read.size < this.#parts.layout.blocksIn(plan.piece)
    this.#supplied.set(plan.piece, { blocks, isGuessed: plan.isGuessed, isPartial })
  }

  /** Whole pieces from here have no verdict yet. */
  get awaitsWhole(): boolean {
    return [...this.#supplied.keys()].some((piece) => this.isWhole(piece))
  }

  /** Holds a piece back, unless nobody is left to release it. */
  hold(piece: PieceIndex): void {
    if (this.#isStopped) return
    this.#held.add(piece)
    this.#parts.picker.setHeld(piece, true)
  }

  /** A verdict; gives the files that are doubted from now on. */
  settled(piece: PieceIndex, isRight: boolean): ReadonlySet<string> {
    const supplied = this.#supplied.get(piece)
    if (supplied === undefined) return new Set()
    const paths = new Set(Array.from(supplied.blocks.values(), ({ path }) => path))
    // The blocks of a guess are judged one by one, and then the piece has to be completed.
    if (!isRight && supplied.isGuessed) supplied.isPartial = true
    else this.#supplied.delete(piece)
    if (isRight) this.#count(supplied, paths)
    this.#changed()
    return isRight || supplied.isGuessed ? new Set() : this.#doubted(paths)
  }

  /** Which blocks of a wrong piece were right; gives how many of the others came from here. */
  judged(piece: PieceIndex, good: Bitfield): number {
    const supplied = this.#supplied.get(piece)
    if (supplied === undefined) return 0
    const before = this.#guesses.wrong
    for (const block of supplied.blocks.keys()) {
      if (good.has(block)) this.#guesses.right++
      else {
        this.#guesses.wrong++
        supplied.blocks.delete(block)
      }
    }
    return this.#guesses.wrong - before
  }

  /** So many guessed blocks were right, and so many were not. */
  compared({ right, wrong }: { readonly right: number; readonly wrong: number }): void {
    this.#guesses.right += right
    this.#guesses.wrong += wrong
  }

  /** Waits for something to become true; false when nothing has happened for too long, or it was stopped. */
  async until(isTrue: () => boolean): Promise<boolean> {
    for (let quietMs = 0; !isTrue(); quietMs += LOOK_AGAIN_MS) {
      if (this.#isStopped || quietMs >= STALL_MS) return false
      if (await this.#change()) quietMs = 0
    }
    return !this.#isStopped
  }

  /** Releases everything, and holds nothing any more. */
  stop(): void {
    this.#isStopped = true
    this.release(this.held)
    this.#changed()
  }

  /** Waits a moment; true when a piece was settled meanwhile. */
  async #change(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#changed = () => resolve(true)
    const cancel = this.#parts.clock.after(LOOK_AGAIN_MS, () => resolve(false))
    const isSettled = await promise
    cancel()
    return isSettled
  }

  /** Each of these files had a part in a wrong piece: gives those that had in too many, once. */
  #doubted(paths: ReadonlySet<string>): ReadonlySet<string> {
    const doubted = new Set<string>()
    for (const path of paths) {
      const record = this.#recordOf(path)
      record.wrong++
      if (record.isDoubted || record.wrong <= (record.right + record.wrong) * MOST_WRONG) continue
      record.isDoubted = true
      doubted.add(path)
    }
    return doubted
  }

  #recordOf(path: string): TrackRecord {
    const record = this.#records.get(path) ?? { right: 0, wrong: 0, isDoubted: false }
    this.#records.set(path, record)
    return record
  }

  #count({ blocks }: Supplied, paths: ReadonlySet<string>): void {
    for (const path of paths) {
      this.#recordOf(path).right++
      let bytes = 0
      for (const block of blocks.values()) if (block.path === path) bytes += block.bytes
      this.#parts.onReused(path, bytes)
    }
  }
}

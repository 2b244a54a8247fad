// One of the fetches that a web seed makes at a time: asks for ranges, one after the other, and makes blocks of the bytes
// that come.
//
// Room for a block is taken when its first byte arrives; where there is none the server is held up, and what it has sent
// already, at most two reads, is kept here. So a lane binds no more memory than it fills, and always has a segment that
// moves on.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import type { BlockId, BlockSpan, Layout, PeerSlot, PieceIndex } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import type { FetchHandle, FetchOutcome, RangeSink, WebSeed } from '@ccbt/web-seed'

import { LimitTaker } from '../../limit/rate-limit.ts'
import type { RateLimit } from '../../limit/rate-limit.ts'
import type { BlockIntake, BlockSender } from '../block-intake.ts'
import type { BlockRange } from './block-ranges.ts'

/** What a lane works with and tells. */
export interface LaneParts {
  readonly slot: PeerSlot
  readonly seed: Pick<WebSeed, 'fetch'>
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly intake: BlockIntake
  readonly limit: RateLimit
  /** Called for all that comes. */
  readonly onBytes: (bytes: number) => void
}

/** A fetch at a time. */
export class Lane implements BlockSender, RangeSink {
  readonly slot: PeerSlot
  receiving: BlockId | -1 = -1
  receivingInto: 'segment' | 'scratch' | 'nowhere' = 'nowhere'
  scratch: Uint8Array | undefined
  readonly #parts: LaneParts
  readonly #limit: LimitTaker
  readonly #span: BlockSpan = { piece: 0 as PieceIndex, begin: 0, length: 0 }
  #isRunning = false
  /** Of the fetch under way. */
  #handle: FetchHandle | undefined
  #abort: AbortController | undefined
  #isUseless = false
  /** The block whose bytes come next, and the one after the last. */
  #next = 0
  #end = 0
  /** Bytes of the block that are there, and where the others go. */
  #filled = 0
  #target: Uint8Array | undefined
  /** Bytes that came while there was no room. */
  #held: Uint8Array[] = []
  #emptied: PromiseWithResolvers<void> | undefined
  #isLimited = false
  #isStopped = false

  constructor(parts: LaneParts) {
    this.#parts = parts
    this.slot = parts.slot
    this.#limit = new LimitTaker(parts.limit, () => this.#onTurn())
  }

  /** Whether it has something to fetch. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Whether there is room for what comes. */
  get isReceiving(): boolean {
    return this.#isRunning && this.#held.length === 0
  }

  /**
   * Fetches blocks that the picker has given to this slot; those that do not come are released. `done` also when nobody
   * needs the rest any more. Rejects for bugs only.
   */
  async run(ranges: readonly BlockRange[]): Promise<FetchOutcome> {
    this.#isRunning = true
    try {
      for (const range of ranges) {
        const outcome = await this.#fetch(range)
        if (outcome.kind !== 'done') return outcome
      }
      return { kind: 'done' }
    } finally {
      this.#isRunning = false
      this.#end = 0
      this.#held = []
      this.#parts.intake.gone(this)
      // After a stop the slot may belong to another one.
      if (!this.#isStopped) this.#release(ranges)
    }
  }

  /** Ends the fetch for good. */
  stop(): void {
    this.#isStopped = true
    this.#held = []
    this.#emptied?.resolve()
    this.#abort?.abort()
    this.#limit.leave()
  }

  /** There may be room again. */
  writable(): void {
    if (this.#held.length === 0) return
    for (let bytes = this.#held[0]; bytes !== undefined; bytes = this.#held[0]) {
      const used = this.#take(bytes)
      if (used < bytes.length) {
        this.#held[0] = bytes.subarray(used)
        return
      }
      this.#held.shift()
    }
    this.#emptied?.resolve()
    this.#resume()
  }

  data(bytes: Uint8Array): void {
    this.#parts.onBytes(bytes.length)
    const used = this.#held.length === 0 ? this.#take(bytes) : 0
    if (used < bytes.length) {
      this.#held.push(bytes.slice(used))
      this.#handle?.pause()
    }
    this.#keepToLimit(bytes.length)
  }

  divert(): void {
    this.receivingInto = 'nowhere'
    this.#target = undefined
  }

  async #fetch({ first, count }: BlockRange): Promise<FetchOutcome> {
    if (this.#isStopped) return { kind: 'aborted' }
    this.#next = first
    this.#end = first + count
    this.#filled = 0
    this.#isUseless = false
    this.#abort = new AbortController()
    const offset = first * BLOCK_LENGTH
    const length = Math.min(this.#end * BLOCK_LENGTH, this.#parts.layout.totalLength) - offset
    this.#handle = this.#parts.seed.fetch({ offset, length }, this, this.#abort.signal)
    if (this.#isLimited) this.#handle.pause()
    const outcome = await this.#handle.result
    if (this.#isUseless) return { kind: 'done' }
    if (outcome.kind === 'done') await this.#whenEmpty()
    return this.#isStopped ? { kind: 'aborted' } : outcome
  }

  /** Waits until what came without room has found it, or the lane is stopped. */
  async #whenEmpty(): Promise<void> {
    if (this.#held.length === 0) return
    this.#emptied = Promise.withResolvers()
    await this.#emptied.promise
    this.#emptied = undefined
  }

  /** Puts bytes into blocks; returns how many, which are fewer where there is no room. */
  #take(bytes: Uint8Array): number {
    let at = 0
    while (at < bytes.length && this.#next < this.#end) {
      if (this.#filled === 0 && !this.#begin()) return at
      const { begin, length } = this.#span
      const count = Math.min(length - this.#filled, bytes.length - at)
      this.#target?.set(count === bytes.length ? bytes : bytes.subarray(at, at + count), this.#filled)
      at += count
      this.#filled += count
      if (this.#filled < length) break
      this.#parts.intake.end(this, begin, length)
      this.#next++
      this.#filled = 0
    }
    return bytes.length
  }

  /** Finds the place of the next block; false while there is no memory for it. */
  #begin(): boolean {
    const { picker, layout, intake } = this.#parts
    const block = this.#next as BlockId
    const { piece, begin, length } = layout.blockSpan(block, this.#span)
    if (picker.accepts(this.slot, block)) {
      if (!intake.reserve(piece, begin)) return false
    } else if (!this.#isAnythingAsked()) this.#endEarly()
    this.#target = intake.begin(this, block, begin, length)
    return true
  }

  /** Whether anything that is still to come is expected. */
  #isAnythingAsked(): boolean {
    for (let block = this.#next; block < this.#end; block++) {
      if (this.#parts.picker.isRequestedFrom(this.slot, block as BlockId)) return true
    }
    return false
  }

  #endEarly(): void {
    if (this.#isUseless) return
    this.#isUseless = true
    // Not in the middle of a read.
    queueMicrotask(() => this.#abort?.abort())
  }

  #keepToLimit(bytes: number): void {
    this.#limit.take(bytes)
    if (this.#limit.mayTake || this.#isStopped) return
    this.#isLimited = true
    this.#handle?.pause()
    this.#limit.wait()
  }

  #onTurn(): void {
    this.#isLimited = false
    this.#resume()
  }

  #resume(): void {
    if (!this.#isLimited && this.#held.length === 0) this.#handle?.resume()
  }

  #release(ranges: readonly BlockRange[]): void {
    for (const { first, count } of ranges) {
      for (let block = first; block < first + count; block++) this.#parts.picker.released(this.slot, block as BlockId)
    }
  }
}

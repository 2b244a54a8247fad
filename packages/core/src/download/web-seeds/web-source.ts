// One web seed as a peer of a torrent: a slot in the picker, up to four fetches at a time, and what its failures mean.
// It has every piece but those with bytes of files that its server lacks, and none while it may not be asked.

import { Bitfield } from '@ccbt/primitives'
import type { Cancel, Clock, Layout, PeerSlot, PieceIndex } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import type { FetchFailure, SeedFile, WebSeed } from '@ccbt/web-seed'

import type { RateLimit } from '../../limit/rate-limit.ts'
import type { WebSeedSnapshot } from '../../snapshot.ts'
import { RateMeter } from '../../stats/rate-meter.ts'
import type { BlockIntake } from '../block-intake.ts'
import { blockRanges } from './block-ranges.ts'
import { Lane } from './lane.ts'

/** Fetches at a time, as many as the web seed runs. */
const LANES = 4
/** Blocks of the first fetches, of the longest and of the shortest: 256 KiB, 8 MiB, 64 KiB. */
const FIRST_BLOCKS = 16
const MAX_BLOCKS = 512
const MIN_BLOCKS = 4
/** A fetch that takes less is followed by one twice as long, one that takes more by one half as long. */
const SHORT_MS = 500
const LONG_MS = 2000

/** What a source works with and tells. */
export interface WebSourceParts {
  /** The URL as it may be shown. */
  readonly url: string
  readonly slot: PeerSlot
  readonly seed: WebSeed
  readonly files: readonly SeedFile[]
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly intake: BlockIntake
  readonly limit: RateLimit
  readonly clock: Clock
  /** Another fetch could begin. */
  readonly onIdle: () => void
  /** It does not work: for good, or for `retryInMs`. */
  readonly onFailed: (reason: string, retryInMs?: number) => void
  /** Something is broken here. */
  readonly onError: (error: unknown) => void
}

/** A web seed of a live torrent. Disposing it ends its fetches. */
export class WebSource implements Disposable {
  readonly slot: PeerSlot
  readonly #parts: WebSourceParts
  readonly #lanes: readonly Lane[]
  readonly #meter = new RateMeter()
  readonly #pieces: Bitfield
  readonly #picked: Uint32Array
  #state: 'ready' | 'waiting' | 'failed' | 'banned' = 'ready'
  #error: string | undefined
  #retryAtMs = 0
  #cancelRetry: Cancel | undefined
  #runBlocks = FIRST_BLOCKS

  constructor(parts: WebSourceParts) {
    const { slot, layout, picker } = parts
    this.#parts = parts
    this.slot = slot
    this.#pieces = new Bitfield(layout.pieces)
    this.#pieces.fill()
    this.#picked = new Uint32Array(MAX_BLOCKS)
    this.#lanes = Array.from(
      { length: LANES },
      () => new Lane({ ...parts, onBytes: (bytes) => this.#meter.add(bytes) }),
    )
    picker.peerAdded(slot)
    picker.peerHasAll(slot)
  }

  /** Whether it will ever send something again. */
  get isUsable(): boolean {
    return this.#state === 'ready' || this.#state === 'waiting'
  }

  get downloadBps(): number {
    return this.#meter.bps
  }

  get isFetching(): boolean {
    return this.#lanes.some((lane) => lane.isRunning)
  }

  /** Whether it sends something that there is room for. */
  get isReceiving(): boolean {
    return this.#lanes.some((lane) => lane.isReceiving)
  }

  /** Whether it can send a piece now. */
  canSend(piece: PieceIndex): boolean {
    return this.#state === 'ready' && this.#pieces.has(piece)
  }

  /** Begins as many fetches as there are places and something to fetch for. */
  fill(): void {
    for (const lane of this.#lanes) {
      if (this.#state !== 'ready') return
      if (lane.isRunning) continue
      const count = this.#pick()
      if (count === 0) return
      this.#run(lane, count).catch(this.#parts.onError)
    }
  }

  writable(): void {
    for (const lane of this.#lanes) lane.writable()
  }

  tick(elapsedMs: number): void {
    this.#meter.tick(elapsedMs)
  }

  /** It has sent wrong data: it is asked for nothing more. */
  ban(reason: string): void {
    this.#end('banned', reason)
  }

  describe(): WebSeedSnapshot {
    const isWaiting = this.#state === 'waiting'
    const readyState = this.isFetching ? 'fetching' : 'idle'
    return {
      url: this.#parts.url,
      state: this.#state === 'ready' ? readyState : this.#state,
      downloadBps: this.#meter.bps,
      downloaded: this.#meter.total,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      ...(isWaiting ? { nextTryInMs: Math.max(0, this.#retryAtMs - this.#parts.clock.now()) } : {}),
    }
  }

  [Symbol.dispose](): void {
    this.#cancelRetry?.()
    for (const lane of this.#lanes) lane.stop()
    this.#parts.seed[Symbol.dispose]()
    this.#parts.picker.peerRemoved(this.slot)
  }

  /** Whole pieces that nobody has begun, if there are any; fewer blocks at a time the fewer are left. */
  #pick(): number {
    const { picker } = this.#parts
    const share = Math.max(MIN_BLOCKS, Math.ceil(picker.missingBlocks / (2 * LANES)))
    const want = Math.min(this.#runBlocks, share)
    return picker.pickRun(this.slot, want, this.#picked) || picker.pick(this.slot, want, this.#picked)
  }

  async #run(lane: Lane, count: number): Promise<void> {
    const { clock, onIdle } = this.#parts
    const startMs = clock.now()
    const outcome = await lane.run(blockRanges(this.#picked.subarray(0, count)))
    if (outcome.kind === 'failed') this.#failed(outcome)
    if (outcome.kind === 'done') this.#took(clock.now() - startMs, count)
    if (outcome.kind !== 'aborted') onIdle()
  }

  #took(ms: number, blocks: number): void {
    this.#error = undefined
    if (ms < SHORT_MS && blocks * 2 >= this.#runBlocks) this.#runBlocks = Math.min(MAX_BLOCKS, this.#runBlocks * 2)
    if (ms > LONG_MS) this.#runBlocks = Math.max(MIN_BLOCKS, this.#runBlocks >>> 1)
  }

  #failed({ fileIndex, isPermanent, reason, retryAfterMs }: FetchFailure): void {
    if (fileIndex !== undefined) this.#lackFile(fileIndex, reason)
    else if (isPermanent) this.#end('failed', reason)
    else this.#wait(retryAfterMs ?? 0, reason)
  }

  /** Pieces with bytes of this file cannot come from here. */
  #lackFile(fileIndex: number, reason: string): void {
    const { files, layout, picker, onFailed } = this.#parts
    const { offset, length } = files[fileIndex]!
    const last = Math.floor((offset + length - 1) / layout.nominalPieceLength)
    let isNew = false
    for (let n = Math.floor(offset / layout.nominalPieceLength); n <= last; n++) {
      isNew = this.#pieces.clear(n) || isNew
    }
    if (!isNew) return
    if (this.#pieces.isEmpty) return this.#end('failed', reason)
    this.#error = reason
    picker.peerBitfield(this.slot, this.#pieces)
    onFailed(reason)
  }

  /** Fetches that run at once fail at once: that is told once. */
  #wait(ms: number, reason: string): void {
    if (!this.isUsable) return
    const { clock, picker, onFailed } = this.#parts
    const isNew = this.#state === 'ready'
    this.#state = 'waiting'
    this.#error = reason
    this.#retryAtMs = clock.now() + ms
    this.#cancelRetry?.()
    this.#cancelRetry = clock.after(ms, () => this.#retry())
    picker.peerHasNone(this.slot)
    if (isNew) onFailed(reason, ms)
  }

  #retry(): void {
    const { clock, seed } = this.#parts
    // Timers may be a little early.
    const leftMs = seed.state.nextTryInMs
    if (leftMs !== undefined) {
      this.#cancelRetry = clock.after(leftMs, () => this.#retry())
      return
    }
    this.#state = 'ready'
    this.#parts.picker.peerBitfield(this.slot, this.#pieces)
    this.#parts.onIdle()
  }

  /** It stays in the picker as one that has nothing: what it has sent must remain its own. */
  #end(state: 'failed' | 'banned', reason: string): void {
    if (!this.isUsable) return
    const { picker, seed, onFailed } = this.#parts
    this.#state = state
    this.#error = reason
    this.#cancelRetry?.()
    for (const lane of this.#lanes) lane.stop()
    seed[Symbol.dispose]()
    picker.peerHasNone(this.slot)
    picker.releasedAll(this.slot)
    if (state === 'failed') onFailed(reason)
  }
}

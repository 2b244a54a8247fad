// The receiving side: bytes go on in order and at once; packets that came too early, and what the reader does not take
// yet, are kept. Both are bounded by the window that the other side is told; what exceeds it is dropped.
//
// The window follows the rate: it doubles when as many bytes were taken within 200 ms. A sender can therefore make us
// keep much only after it has delivered much.

import { MAX_SACK_BYTES, SACK_FIRST } from './packet.ts'
import { sequenceAfter, sequenceDistance } from './sequence.ts'

/** What a connection may keep at first. */
export const FIRST_WINDOW_BYTES = 524_288
/** 1 Gbit/s for 50 ms, and room for the latency of reading. */
const MAX_WINDOW_BYTES = 8_388_608
const GROWTH_PERIOD_US = 200_000
/** Packets kept out of order: as far ahead as a sender of ours goes. */
const MAX_AHEAD = 8192
const FIRST_CAPACITY = 32
/** What a kept packet counts at least: a flood of tiny ones takes memory too. */
const MIN_COST_BYTES = 256

/** What became of a packet with a sequence number. */
export type Arrival = 'taken' | 'duplicate' | 'dropped'

/** Puts what one connection receives in order. */
export class ReceiveWindow {
  readonly #deliver: (bytes: Uint8Array) => void
  #early: (Uint8Array | undefined)[] = []
  #ack = 0
  #earlyCount = 0
  /** How far the farthest early packet is ahead of the last one in order; only when there is one. */
  #farthest = 0
  #waiting: Uint8Array[] = []
  #keptBytes = 0
  #windowBytes = FIRST_WINDOW_BYTES
  #periodStartUs = 0
  #periodBytes = 0
  #isPaused = true
  /** The sequence number of the last packet there will be. */
  #finAt = -1

  /** `deliver` gets the bytes in order, as views valid until it returns; it may pause. Starts paused. */
  constructor(deliver: (bytes: Uint8Array) => void) {
    this.#deliver = deliver
  }

  /** The last sequence number up to which all has come. */
  get ack(): number {
    return this.#ack
  }

  /** Bytes that the other side may have under way. */
  get freeBytes(): number {
    return Math.max(0, this.#windowBytes - this.#keptBytes)
  }

  /** Whether packets are missing before ones that came. */
  get hasGaps(): boolean {
    return this.#earlyCount > 0
  }

  /** Whether everything up to the other side's last packet has been delivered. */
  get isFinished(): boolean {
    return this.#finAt === this.#ack && this.#waiting.length === 0
  }

  /** Sets the sequence number before the first packet. */
  start(ack: number): void {
    this.#ack = ack
  }

  /** The other side will send nothing after this packet. */
  finish(sequence: number, nowUs: number): Arrival {
    const ahead = sequenceDistance(sequence, this.#ack)
    if (ahead <= 0) return 'duplicate'
    if (this.#finAt !== -1 && this.#finAt !== sequence) return 'dropped'
    this.#finAt = sequence
    return this.take(sequence, new Uint8Array(0), nowUs)
  }

  /** Takes a packet's payload, a view valid until this returns. */
  take(sequence: number, payload: Uint8Array, nowUs: number): Arrival {
    const ahead = sequenceDistance(sequence, this.#ack)
    if (ahead <= 0 || (ahead < this.#early.length && this.#at(ahead) !== undefined)) return 'duplicate'
    if (this.#finAt !== -1 && sequenceDistance(sequence, this.#finAt) > 0) return 'dropped'
    if (ahead > 1) return this.#keep(ahead, payload)
    if (this.#isPaused && payload.length > this.freeBytes) return 'dropped'
    if (nowUs - this.#periodStartUs > GROWTH_PERIOD_US) {
      this.#periodStartUs = nowUs
      this.#periodBytes = 0
    }
    this.#advance(payload)
    return 'taken'
  }

  /** Delivers no more; what comes is kept as far as there is room. */
  pause(): void {
    this.#isPaused = true
  }

  /** Delivers what was kept, and from now on what comes. */
  resume(): void {
    this.#isPaused = false
    while (!this.#isNowPaused()) {
      const bytes = this.#waiting.shift()
      if (bytes === undefined) return
      this.#keptBytes -= costOf(bytes)
      this.#deliver(bytes)
    }
  }

  /** Length of the mask that says what came early; 0: nothing did. */
  get sackBytes(): number {
    if (this.#earlyCount === 0) return 0
    return Math.min(MAX_SACK_BYTES, 4 * Math.ceil((this.#farthest - SACK_FIRST + 1) / 32))
  }

  /** Sets the bits of early packets in a mask of zeros at `at`. */
  writeSack(packet: Uint8Array, at: number, bytes: number): void {
    const bits = Math.min(8 * bytes, this.#farthest - SACK_FIRST + 1)
    for (let bit = 0; bit < bits; bit++) {
      if (this.#at(bit + SACK_FIRST) !== undefined) packet[at + (bit >>> 3)]! |= 1 << (bit & 7)
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#early = []
    this.#earlyCount = 0
    this.#waiting = []
    this.#keptBytes = 0
  }

  /** A handler may pause while it is being called. */
  #isNowPaused(): boolean {
    return this.#isPaused
  }

  #at(ahead: number): Uint8Array | undefined {
    return this.#early[sequenceAfter(this.#ack, ahead) & (this.#early.length - 1)]
  }

  #keep(ahead: number, payload: Uint8Array): Arrival {
    const cost = costOf(payload)
    if (ahead > MAX_AHEAD || cost > this.freeBytes) return 'dropped'
    if (ahead >= this.#early.length) this.#growEarly(ahead)
    this.#early[sequenceAfter(this.#ack, ahead) & (this.#early.length - 1)] = payload.slice()
    this.#farthest = this.#earlyCount === 0 ? ahead : Math.max(this.#farthest, ahead)
    this.#earlyCount++
    this.#keptBytes += cost
    return 'taken'
  }

  /** Delivers the next payload in order and the early ones that follow it. */
  #advance(payload: Uint8Array): void {
    this.#moveOn()
    this.#pass(payload, false)
    while (this.#earlyCount > 0) {
      const next = this.#at(1)
      if (next === undefined) return
      this.#early[sequenceAfter(this.#ack, 1) & (this.#early.length - 1)] = undefined
      this.#earlyCount--
      this.#keptBytes -= costOf(next)
      this.#moveOn()
      this.#pass(next, true)
    }
  }

  #moveOn(): void {
    this.#ack = sequenceAfter(this.#ack, 1)
    this.#farthest--
  }

  #pass(bytes: Uint8Array, isOurs: boolean): void {
    if (bytes.length === 0) return
    if (!this.#isPaused) {
      this.#grow(bytes.length)
      return this.#deliver(bytes)
    }
    this.#waiting.push(isOurs ? bytes : bytes.slice())
    this.#keptBytes += costOf(bytes)
  }

  #grow(bytes: number): void {
    this.#periodBytes += bytes
    if (this.#periodBytes < this.#windowBytes) return
    this.#windowBytes = Math.min(MAX_WINDOW_BYTES, 2 * this.#windowBytes)
    this.#periodBytes = 0
  }

  #growEarly(ahead: number): void {
    let capacity = Math.max(FIRST_CAPACITY, this.#early.length)
    while (capacity <= ahead) capacity *= 2
    const early: (Uint8Array | undefined)[] = Array.from({ length: capacity }, () => undefined)
    for (let i = 1; i <= this.#early.length; i++) {
      const kept = this.#early.length === 0 ? undefined : this.#at(i)
      if (kept !== undefined) early[sequenceAfter(this.#ack, i) & (capacity - 1)] = kept
    }
    this.#early = early
  }
}

function costOf(bytes: Uint8Array): number {
  return Math.max(MIN_COST_BYTES, bytes.length)
}

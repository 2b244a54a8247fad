// Packets that have a sequence number and no acknowledgment yet, in a ring over typed arrays. A packet is under way,
// lost (to be sent again) or held by the receiver out of order; only the first kind counts as bytes under way.
//
// Loss: three packets after it have arrived (BEP 29). One that was sent again is lost again when a packet that was sent
// later, by more than a little reordering explains, has arrived.

import type { PacketPool } from './packet-pool.ts'
import { SACK_FIRST } from './packet.ts'
import { sequenceAfter, sequenceDistance } from './sequence.ts'

/** Most packets without acknowledgment: 1 Gbit/s for 50 ms are 5,100 packets of the least size. */
const MAX_PACKETS = 8192
const FIRST_CAPACITY = 32
/** This many later packets must have arrived (BEP 29). */
const LATER_ARRIVALS = 3

const UNDER_WAY = 1
const LOST = 2
const HELD = 3

/** What one call of {@link SendWindow.acknowledge} found out. */
export interface AckResult {
  /** Payload bytes that were newly acknowledged, in order or not. */
  bytes: number
  packets: number
  /** A round-trip time of a packet that was sent once; -1: none. */
  sampleUs: number
  /** Packets now known to be lost. */
  lost: number
  /** Whether the first packet counted in `lost` belongs to a new loss episode. */
  isNewEpisode: boolean
}

/** The sending side's memory. */
export class SendWindow {
  /** Filled by {@link SendWindow.acknowledge}. */
  readonly result: AckResult = { bytes: 0, packets: 0, sampleUs: -1, lost: 0, isNewEpisode: false }
  readonly #pool: PacketPool
  #buffers: (Uint8Array | undefined)[] = Array.from({ length: FIRST_CAPACITY }, () => undefined)
  #lengths = new Uint16Array(FIRST_CAPACITY)
  #states = new Uint8Array(FIRST_CAPACITY)
  #sends = new Uint8Array(FIRST_CAPACITY)
  #sentUs = new Float64Array(FIRST_CAPACITY)
  #mask = FIRST_CAPACITY - 1
  #first: number
  #count = 0
  #flightBytes = 0
  #lostPackets = 0
  /** When the latest-sent of all acknowledged packets was sent. */
  #newestUs = -Infinity
  /** Losses of packets sent before this moment belong to the episode that goes on. */
  #episodeUs = -Infinity

  /** `first` is the sequence number of the first packet. */
  constructor(first: number, pool: PacketPool) {
    this.#first = first
    this.#pool = pool
  }

  /** Packets without acknowledgment in order. */
  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === MAX_PACKETS
  }

  /** Payload bytes under way. */
  get flightBytes(): number {
    return this.#flightBytes
  }

  /** Packets to be sent again. */
  get lostPackets(): number {
    return this.#lostPackets
  }

  /** The oldest sequence number without acknowledgment. */
  get first(): number {
    return this.#first
  }

  /** The sequence number of the next new packet. */
  get next(): number {
    return sequenceAfter(this.#first, this.#count)
  }

  /** Takes the next packet, as it is being sent: a buffer of the pool, of which `length` bytes are payload. */
  push(buffer: Uint8Array, length: number, nowUs: number): void {
    if (this.#count > this.#mask) this.#grow()
    const at = this.next & this.#mask
    this.#buffers[at] = buffer
    this.#lengths[at] = length
    this.#states[at] = UNDER_WAY
    this.#sends[at] = 1
    this.#sentUs[at] = nowUs
    this.#count++
    this.#flightBytes += length
  }

  /** The buffer of a packet. */
  bufferOf(sequence: number): Uint8Array {
    return this.#buffers[sequence & this.#mask]!
  }

  /** Payload bytes of a packet. */
  lengthOf(sequence: number): number {
    return this.#lengths[sequence & this.#mask]!
  }

  /** Gives a packet another buffer with the same content. */
  replaceBuffer(sequence: number, buffer: Uint8Array): void {
    this.#buffers[sequence & this.#mask] = buffer
  }

  /** Whether a packet waits to be sent again. */
  isLost(sequence: number): boolean {
    const distance = sequenceDistance(sequence, this.#first)
    return distance >= 0 && distance < this.#count && this.#states[sequence & this.#mask] === LOST
  }

  /** The oldest lost packet; only when there is one. */
  firstLost(): number {
    let sequence = this.#first
    while (this.#states[sequence & this.#mask] !== LOST) sequence = sequenceAfter(sequence, 1)
    return sequence
  }

  /** A lost packet is being sent again. */
  sentAgain(sequence: number, nowUs: number): void {
    const at = sequence & this.#mask
    this.#states[at] = UNDER_WAY
    this.#sends[at] = Math.min(255, this.#sends[at]! + 1)
    this.#sentUs[at] = nowUs
    this.#lostPackets--
    this.#flightBytes += this.#lengths[at]!
  }

  /** Whether `ack` and every bit of a selective ACK stand for packets that have been sent, or are old. */
  isPlausible(ack: number, sack: Uint8Array): boolean {
    const ahead = sequenceDistance(ack, sequenceAfter(this.#first, -1))
    if (ahead > this.#count) return false
    for (let i = sack.length - 1; i >= 0; i--) {
      if (sack[i] === 0) continue
      return ahead + SACK_FIRST + 8 * i + 31 - Math.clz32(sack[i]!) <= this.#count
    }
    return true
  }

  /**
   * Takes a plausible acknowledgment: everything up to `ack`, and the bits of `sack` from `ack + 2` on.
   * `reorderUs` is how much later a packet may arrive than one that was sent after it.
   */
  acknowledge(ack: number, sack: Uint8Array, nowUs: number, reorderUs: number): AckResult {
    const { result } = this
    result.bytes = 0
    result.packets = 0
    result.sampleUs = -1
    result.lost = 0
    result.isNewEpisode = false
    const ahead = sequenceDistance(ack, sequenceAfter(this.#first, -1))
    for (let i = 0; i < ahead; i++) this.#removeFirst(nowUs)
    // An old one says less than what is known.
    if (ahead >= 0 && sack.length > 0) this.#hold(ack, sack, nowUs, reorderUs)
    return result
  }

  /** After a timeout everything that the receiver does not hold is to be sent again. */
  loseAll(nowUs: number): void {
    for (let i = 0; i < this.#count; i++) {
      const at = sequenceAfter(this.#first, i) & this.#mask
      if (this.#states[at] === UNDER_WAY) this.#lose(at)
    }
    this.#episodeUs = nowUs
  }

  /** The oldest packet that is under way is lost: told by acknowledgments that do not move on. */
  loseFirst(nowUs: number): boolean {
    const at = this.#first & this.#mask
    if (this.#count === 0 || this.#states[at] !== UNDER_WAY || this.#sends[at]! > 1) return false
    this.#lose(at)
    this.#episodeUs = nowUs
    return true
  }

  /** Gives all buffers back. */
  clear(): void {
    for (let i = 0; i < this.#count; i++) this.#release(sequenceAfter(this.#first, i) & this.#mask)
    this.#count = 0
    this.#flightBytes = 0
    this.#lostPackets = 0
  }

  #removeFirst(nowUs: number): void {
    const at = this.#first & this.#mask
    if (this.#states[at] !== HELD) this.#arrived(at, nowUs)
    this.#release(at)
    this.#first = sequenceAfter(this.#first, 1)
    this.#count--
  }

  #hold(ack: number, sack: Uint8Array, nowUs: number, reorderUs: number): void {
    // Of few packets under way not as many can arrive (RFC 5827).
    const enough = Math.min(LATER_ARRIVALS, Math.max(1, this.#count - 1))
    let later = 0
    for (let bit = 8 * sack.length - 1; bit >= -1; bit--) {
      // The packet before the mask's first bit is the one that is missing.
      const isHeld = bit >= 0 && ((sack[bit >>> 3]! >>> (bit & 7)) & 1) === 1
      const sequence = sequenceAfter(ack, SACK_FIRST + bit)
      const distance = sequenceDistance(sequence, this.#first)
      if (distance < 0 || distance >= this.#count) continue
      const at = sequence & this.#mask
      if (isHeld) {
        later++
        if (this.#states[at] !== HELD) this.#arrived(at, nowUs)
        this.#states[at] = HELD
      } else if (later >= enough && this.#isOverdue(at, reorderUs)) this.#loseNow(at, nowUs)
    }
  }

  #isOverdue(at: number, reorderUs: number): boolean {
    if (this.#states[at] !== UNDER_WAY) return false
    return this.#sends[at] === 1 || this.#newestUs > this.#sentUs[at]! + reorderUs
  }

  #loseNow(at: number, nowUs: number): void {
    const { result } = this
    if (this.#sentUs[at]! >= this.#episodeUs) {
      result.isNewEpisode = true
      this.#episodeUs = nowUs
    }
    result.lost++
    this.#lose(at)
  }

  #lose(at: number): void {
    this.#states[at] = LOST
    this.#lostPackets++
    this.#flightBytes -= this.#lengths[at]!
  }

  /** A packet is with the receiver. */
  #arrived(at: number, nowUs: number): void {
    const { result } = this
    const sentUs = this.#sentUs[at]!
    if (this.#states[at] === LOST) this.#lostPackets--
    else this.#flightBytes -= this.#lengths[at]!
    result.bytes += this.#lengths[at]!
    result.packets++
    // The latest-sent one was answered at once; the others may have waited in the receiver.
    if (this.#sends[at] === 1 && sentUs >= this.#newestUs) result.sampleUs = nowUs - sentUs
    this.#newestUs = Math.max(this.#newestUs, sentUs)
  }

  #release(at: number): void {
    const buffer = this.#buffers[at]
    if (buffer !== undefined) this.#pool.give(buffer)
    this.#buffers[at] = undefined
    this.#states[at] = 0
  }

  #grow(): void {
    const capacity = 2 * (this.#mask + 1)
    const buffers: (Uint8Array | undefined)[] = Array.from({ length: capacity }, () => undefined)
    const lengths = new Uint16Array(capacity)
    const states = new Uint8Array(capacity)
    const sends = new Uint8Array(capacity)
    const sentUs = new Float64Array(capacity)
    for (let i = 0; i < this.#count; i++) {
      const sequence = sequenceAfter(this.#first, i)
      const from = sequence & this.#mask
      const to = sequence & (capacity - 1)
      buffers[to] = this.#buffers[from]
      lengths[to] = this.#lengths[from]!
      states[to] = this.#states[from]!
      sends[to] = this.#sends[from]!
      sentUs[to] = this.#sentUs[from]!
    }
    this.#buffers = buffers
    this.#lengths = lengths
    this.#states = states
    this.#sends = sends
    this.#sentUs = sentUs
    this.#mask = capacity - 1
  }
}

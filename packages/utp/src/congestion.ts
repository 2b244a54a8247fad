// How many bytes may be under way: LEDBAT (RFC 6817) with the multiplicative decrease of LEDBAT++ above the target, and
// slow start. The delay says whether the path is full, so a lost packet need not: on a loss the window falls to what the
// path holds with empty queues. A path without a queue therefore loses nothing to random loss, and a full queue is left
// to others. A loss rate above 2 % is congestion whatever the delay says, and halves the window.

/** The queue that LEDBAT allows itself. */
const TARGET_US = 100_000
/** Slow start ends here, since the queue it sees is one round trip old. */
const SLOW_START_END_US = TARGET_US / 4
/** Weight of one packet in the loss rate. */
const LOSS_WEIGHT = 1 / 512
const MAX_LOSS_RATE = 0.02
/** No loss takes more than half of the window, as with TCP. */
const LEAST_KEPT = 0.5
/** A loss that leaves more than this does not end slow start. */
const SMALL_FALL = 0.9
const MIN_PACKETS = 2
/** A queue below this is none: the path has room, and the window grows by a part of itself instead of by a packet. */
const EMPTY_US = 10_000
const EMPTY_GROWTH = 1 / 16

/** What an acknowledgment says about the path. */
export interface PathSample {
  readonly ackedBytes: number
  readonly ackedPackets: number
  /** How much longer than at its best the path to the other side takes. */
  readonly queuingUs: number
  /** The least of that within a round trip: a queue that stays, not one burst. */
  readonly standingUs: number
  /** Whether the window, and not a lack of data, held us back. */
  readonly isLimited: boolean
}

/** The congestion window of one connection. */
export class Congestion {
  readonly #maxBytes: number
  #packetBytes: number
  #windowBytes: number
  #slowStartBytes = Infinity
  #lossRate = 0
  /** How far the window fell in the loss episode that goes on. */
  #fell = 1

  /** `maxBytes` bounds the window; `packetBytes` is the payload of a full packet. */
  constructor(packetBytes: number, maxBytes: number) {
    this.#packetBytes = packetBytes
    this.#maxBytes = maxBytes
    this.#windowBytes = MIN_PACKETS * 2 * packetBytes
  }

  /** Bytes that may be under way. */
  get windowBytes(): number {
    return this.#windowBytes
  }

  /** The packet size has changed. */
  setPacketBytes(bytes: number): void {
    this.#packetBytes = bytes
    this.#set(this.#windowBytes)
  }

  /** Something new was acknowledged. */
  acknowledged(sample: PathSample): void {
    this.#lossRate *= (1 - LOSS_WEIGHT) ** sample.ackedPackets
    const excess = sample.queuingUs / TARGET_US - 1
    if (this.#windowBytes < this.#slowStartBytes) {
      if (sample.queuingUs > SLOW_START_END_US) this.#slowStartBytes = this.#windowBytes
      else if (sample.isLimited) return this.#set(this.#windowBytes + sample.ackedBytes)
    }
    if (excess > 0) this.#set(this.#windowBytes - sample.ackedBytes * Math.min(excess, 0.5))
    else if (sample.isLimited) this.#set(this.#windowBytes + this.#gain(sample) * -excess)
  }

  /**
   * Packets were lost, on a path whose lowest round-trip time is `lowestUs`. Within one episode (packets sent before the
   * first loss was seen) the window falls once, and what is lost after a fall to the half says nothing new.
   */
  lost(packets: number, path: { standingUs: number; lowestUs: number }, isNewEpisode: boolean): void {
    if (isNewEpisode) this.#fell = 1
    if (this.#fell <= LEAST_KEPT) return
    this.#lossRate += packets * LOSS_WEIGHT * (1 - this.#lossRate)
    const keep = this.#kept(path)
    if (keep >= this.#fell) return
    this.#set((this.#windowBytes / this.#fell) * keep)
    this.#fell = keep
    if (keep < SMALL_FALL) this.#slowStartBytes = this.#windowBytes
  }

  /** Nothing came back for a whole timeout: start from the beginning, up to half of what was. */
  timedOut(): void {
    this.#slowStartBytes = Math.max(this.#windowBytes / 2, MIN_PACKETS * this.#packetBytes)
    this.#fell = LEAST_KEPT
    this.#set(0)
  }

  /** The part of the window that a loss leaves. */
  #kept({ standingUs, lowestUs }: { standingUs: number; lowestUs: number }): number {
    if (this.#lossRate > MAX_LOSS_RATE) {
      // The next fall for this reason needs new evidence.
      this.#lossRate = 0
      return LEAST_KEPT
    }
    return Math.max(LEAST_KEPT, lowestUs === 0 ? 1 : lowestUs / (lowestUs + standingUs))
  }

  /** One packet more per round trip, as TCP; while there is no queue at all, a part of the window. */
  #gain({ ackedBytes, standingUs }: PathSample): number {
    const perWindow = (this.#packetBytes * ackedBytes) / this.#windowBytes
    return standingUs < EMPTY_US ? Math.max(perWindow, ackedBytes * EMPTY_GROWTH) : perWindow
  }

  #set(bytes: number): void {
    this.#windowBytes = Math.min(this.#maxBytes, Math.max(MIN_PACKETS * this.#packetBytes, bytes))
  }
}

// A host's line to the network. Outwards the streams that have something to send take turns, a packet each, at the rate
// of the line; inwards packets queue in the order in which they arrive.

import type { Clock } from '@ccbt/primitives'

/** Bytes on their way to the other end of a stream, or that end's last sign of life. */
export interface Packet {
  readonly bytes: Uint8Array
  readonly kind: 'data' | 'end'
}

/** What sends over a line. */
export interface PacketSource {
  /** The next packet of at most `length` bytes; undefined = nothing to send now. */
  takePacket(length: number): Packet | undefined
  /** The line has sent the packet. */
  sent(packet: Packet): void
}

/** A packet is what the line sends in this time: small ones let messages pass between the blocks of others. */
const PACKET_MS = 10
const MIN_PACKET_BYTES = 1460
const MAX_PACKET_BYTES = 16_384

/** The outward half. */
export class Uplink {
  readonly #clock: Clock
  readonly #bytesPerMs: number
  readonly #packetBytes: number
  readonly #waiting = new Set<PacketSource>()
  #isBusy = false
  sentBytes = 0

  constructor(clock: Clock, rateBps: number) {
    this.#clock = clock
    this.#bytesPerMs = rateBps / 1000
    this.#packetBytes = Math.min(MAX_PACKET_BYTES, Math.max(MIN_PACKET_BYTES, this.#bytesPerMs * PACKET_MS)) >>> 0
  }

  /** A stream has something to send. */
  offer(source: PacketSource): void {
    this.#waiting.add(source)
    this.#next()
  }

  #next(): void {
    if (this.#isBusy) return
    for (const source of this.#waiting) {
      this.#waiting.delete(source)
      const packet = source.takePacket(this.#packetBytes)
      if (packet === undefined) continue
      this.#waiting.add(source)
      this.#send(source, packet)
      return
    }
  }

  #send(source: PacketSource, packet: Packet): void {
    this.#isBusy = true
    this.#clock.after(packet.bytes.length / this.#bytesPerMs, () => {
      this.#isBusy = false
      this.sentBytes += packet.bytes.length
      source.sent(packet)
      this.#next()
    })
  }
}

/** The inward half. */
export class Downlink {
  readonly #clock: Clock
  readonly #bytesPerMs: number
  #freeAtMs = 0

  constructor(clock: Clock, rateBps: number) {
    this.#clock = clock
    this.#bytesPerMs = rateBps / 1000
  }

  /** Something of this length is there: calls `deliver` when the line has let it through. */
  arrive(length: number, deliver: () => void): void {
    const now = this.#clock.now()
    this.#freeAtMs = Math.max(this.#freeAtMs, now) + length / this.#bytesPerMs
    this.#clock.after(this.#freeAtMs - now, deliver)
  }
}

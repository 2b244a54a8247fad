// How large packets can be: found by sending data packets padded to a size with extensions that everybody passes over.
// A padded packet that is lost is sent again without the padding, so that a size that does not fit costs one round trip
// and nothing else. The socket leaves fragments to its system; a receiver that cuts datagrams off counts as a path that
// does not take them.

import { HEADER_BYTES } from './packet.ts'

/** Fits into the least MTU of IPv6, 1280. */
export const SAFE_PACKET_BYTES = 1232

/** UDP payloads of common MTUs: jumbo frames, Ethernet over IPv4 and IPv6, tunnels. */
const PLATEAUS = [16_384, 8952, 1472, 1452, 1400, 1340] as const

/** One loss may be chance. */
const TRIES = 2

/** The packet size of one connection. */
export class PacketSize {
  readonly #sizes: readonly number[]
  #at = 0
  #failures = 0
  #bytes = SAFE_PACKET_BYTES
  #isProbing = false

  /** `maxBytes` is the most that the path may take, by what is known about the interface. */
  constructor(maxBytes: number) {
    this.#sizes = [maxBytes, ...PLATEAUS.filter((size) => size < maxBytes)]
  }

  /** Bytes of a full packet with its header. */
  get bytes(): number {
    return this.#bytes
  }

  /** Payload of a full packet. */
  get payloadBytes(): number {
    return this.#bytes - HEADER_BYTES
  }

  /** The size that the next packet should have to find out whether it fits; 0: none. */
  get probeBytes(): number {
    const size = this.#sizes[this.#at]
    // Two bytes at least are needed to pad with.
    return this.#isProbing || size === undefined || size < this.#bytes + 2 ? 0 : size
  }

  /** A packet of the probed size has been sent. */
  probeSent(): void {
    this.#isProbing = true
  }

  /** It arrived. */
  probeArrived(): void {
    this.#isProbing = false
    this.#bytes = this.#sizes[this.#at] ?? this.#bytes
    this.#at = this.#sizes.length
  }

  /** It was lost. */
  probeLost(): void {
    this.#isProbing = false
    if (++this.#failures < TRIES) return
    this.#failures = 0
    this.#at++
  }

  /** Nothing gets through any more: the path may have changed. Starts again from the safe size. */
  restart(): void {
    this.#isProbing = false
    this.#bytes = SAFE_PACKET_BYTES
    this.#at = 0
    this.#failures = 0
  }
}

// The part of a UDP port that is not uTP: messages of another protocol that can be told apart by their first byte.

import { normalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

/** What a lane is made of. */
export interface UdpLaneParts {
  readonly port: number
  readonly onDatagram: (bytes: Uint8Array, from: Endpoint) => void
  readonly send: (bytes: Uint8Array, to: Endpoint) => void
  readonly onClosed: () => void
}

/** Datagrams of one address family on a port that uTP uses as well. */
export class UdpLane implements AsyncDisposable {
  readonly port: number
  readonly onDatagram: UdpLaneParts['onDatagram']
  readonly #parts: UdpLaneParts
  #isClosed = false

  constructor(parts: UdpLaneParts) {
    this.port = parts.port
    this.onDatagram = parts.onDatagram
    this.#parts = parts
  }

  /** Sends a datagram whose bytes do not change; nobody is told when it cannot be sent. */
  send(bytes: Uint8Array, to: Endpoint): void {
    if (!this.#isClosed) this.#parts.send(bytes, to)
  }

  /** Hands a received one over: as plain bytes, whose `slice` is a copy, from an address in its normal form. */
  datagram(bytes: Uint8Array, from: Endpoint): void {
    const host = normalIp(from.host)
    if (host === undefined || this.#isClosed) return
    this.onDatagram(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), { host, port: from.port })
  }

  /** The port lives on while others use it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#parts.onClosed()
  }
}

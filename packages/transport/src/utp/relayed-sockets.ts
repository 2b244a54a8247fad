// The datagrams of a port that go through a proxy. Whether there is an association now is the relay's business: without
// one, nothing is sent.

import { normalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { Proxy, UdpRelay } from '@ccbt/proxy'

import type { DatagramHandler, DatagramSockets } from './udp-sockets.ts'

/** A port at the proxy, whose number nobody knows. */
export class RelayedSockets implements DatagramSockets {
  readonly port = 0
  readonly #relay: UdpRelay
  readonly #handler: DatagramHandler
  #isReady = true

  constructor(relay: NonNullable<Proxy['relay']>, handler: DatagramHandler) {
    this.#handler = handler
    this.#relay = relay({
      datagram: (bytes, from) => {
        if (normalIp(from.host) !== undefined) handler.datagram(bytes, from)
      },
      // Who sends is told each time.
      failed: () => {},
    })
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** What the proxy cannot reach, it refuses itself. */
  has(): boolean {
    return true
  }

  send(bytes: Uint8Array, length: number, to: Endpoint, sent: (error: Error | null) => void): boolean {
    this.#relay.send(length === bytes.length ? bytes : bytes.subarray(0, length), to, sent)
    if (this.#relay.queuedBytes === 0) return true
    this.#isReady = false
    return false
  }

  noteSent(): void {
    if (this.#isReady || this.#relay.queuedBytes > 0) return
    this.#isReady = true
    this.#handler.ready()
  }

  open(): Promise<void> {
    return this.#relay.ready()
  }

  close(): void {
    this.#relay[Symbol.dispose]()
  }
}

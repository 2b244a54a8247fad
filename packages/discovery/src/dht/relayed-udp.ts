// The DHT's datagrams through a proxy: one association for both families. Names of hosts are not resolved on this
// machine: a question goes to the name, and where its answer comes from is the address.

import { familyOf, normalIp } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'
import { readU32, writeU32 } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy, UdpRelay } from '@ccbt/proxy'

import { ID_BYTES } from './contact.ts'
import { readMessage, writeQuery } from './krpc.ts'
import type { UdpSocket } from './udp.ts'

/** As long as the caretaker of a node gives a resolver, half of it: the proxy resolves, and the host answers. */
const ANSWER_MS = 5000
const TRANSACTION_BYTES = 4

/** What relayed sockets are made with. */
export interface RelayedUdpOptions {
  readonly relay: NonNullable<Proxy['relay']>
  readonly clock: Clock
  readonly random: Random
  /** The proxy gives no association now; told once until there is one again. */
  readonly onFailed: (reason: string) => void
}

interface Asked {
  readonly port: number
  readonly found: (from: Endpoint) => void
}

/** The sockets of a DHT at a proxy. */
export class RelayedUdp implements Disposable {
  readonly #options: RelayedUdpOptions
  readonly #relay: UdpRelay
  readonly #takers = new Map<IpFamily, (bytes: Uint8Array, from: Endpoint) => void>()
  /** Questions to names, by their transaction. Bounded by the callers, who each wait for one. */
  readonly #asked = new Map<number, Asked>()

  constructor(options: RelayedUdpOptions) {
    this.#options = options
    this.#relay = options.relay({
      datagram: (bytes, from) => this.#received(bytes, from),
      failed: (reason) => options.onFailed(reason.message),
    })
  }

  /** Fulfilled when it is known whether the proxy gives an association. */
  async tried(): Promise<void> {
    // The failure is told to `onFailed`, and the relay goes on trying.
    await this.#relay.ready().catch(() => {})
  }

  /** The socket of one family; nobody knows the number of its port. */
  socket(family: IpFamily, onDatagram: (bytes: Uint8Array, from: Endpoint) => void): UdpSocket {
    this.#takers.set(family, onDatagram)
    return {
      port: 0,
      send: (bytes, to) => this.#relay.send(bytes, to),
      [Symbol.asyncDispose]: async () => {
        this.#takers.delete(family)
        if (this.#takers.size === 0) this[Symbol.dispose]()
      },
    }
  }

  /** Addresses of one family; hosts that do not answer are left out. */
  async addresses(hosts: readonly Endpoint[], family: IpFamily): Promise<Endpoint[]> {
    const found = await Promise.all(hosts.map((host) => this.#addressOf(host)))
    return found.filter((address) => address !== undefined).filter(({ host }) => familyOf(host) === family)
  }

  [Symbol.dispose](): void {
    this.#relay[Symbol.dispose]()
  }

  async #addressOf({ host, port }: Endpoint): Promise<Endpoint | undefined> {
    const literal = normalIp(host)
    if (literal !== undefined) return { host: literal, port }
    const { clock, random } = this.#options
    const { promise, resolve } = Promise.withResolvers<Endpoint | undefined>()
    const number = random.u32()
    this.#asked.set(number, { port, found: resolve })
    const cancel = clock.after(ANSWER_MS, () => resolve(undefined))
    this.#relay.send(ping(number, random), { host, port })
    try {
      return await promise
    } finally {
      cancel()
      this.#asked.delete(number)
    }
  }

  #received(buffer: Uint8Array, from: Endpoint): void {
    if (normalIp(from.host) === undefined) return
    // Not a Buffer: `slice` of one is a view, and whoever keeps an id or a key would keep the datagram.
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
    if (this.#asked.size > 0) this.#found(bytes, from)
    this.#takers.get(familyOf(from.host))?.(bytes, from)
  }

  #found(bytes: Uint8Array, from: Endpoint): void {
    const message = readMessage(bytes)
    if (message.kind !== 'answer' || message.transaction.length !== TRANSACTION_BYTES) return
    const asked = this.#asked.get(readU32(message.transaction, 0))
    if (asked?.port === from.port) asked.found(from)
  }
}

/** From nobody in particular: who asks shall not be known by this question. */
function ping(number: number, random: Random): Uint8Array {
  const transaction = new Uint8Array(TRANSACTION_BYTES)
  writeU32(transaction, 0, number)
  const id = new Uint8Array(ID_BYTES)
  for (let at = 0; at < ID_BYTES; at += TRANSACTION_BYTES) writeU32(id, at, random.u32())
  return writeQuery({ transaction, method: 'ping', arguments: { id }, isReadOnly: true })
}

// UDP through a SOCKS5 proxy, for as long as it is wanted: an association that ends is followed by another one, after a
// pause that doubles. Between two associations nothing is sent, neither now nor later.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { Cancel, Clock } from '@ccbt/primitives'

import { Association } from './association.ts'
import { proxyFailed } from './errors.ts'
import { isProxyTarget } from './settings.ts'
import type { Tunnel } from './tunnel.ts'
import { readDatagram, udpHeader } from './udp-header.ts'

const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000

/** Who uses a relay. */
export interface RelayHandler {
  /** Bytes are valid until this returns. `from` is an IP literal in normal form, or a name if the proxy gives one. */
  datagram(bytes: Uint8Array, from: Endpoint): void
  /** There is no association, after there was one or for the first time; told once until there is one again. */
  failed(reason: Error): void
}

/** A UDP port at the proxy. Disposing ends it. */
export interface UdpRelay extends Disposable {
  /** Fulfilled while there is an association; rejects with PROXY_FAILED when it cannot be had now. */
  ready(): Promise<void>
  /**
   * Sends to an IP literal or a name, which the proxy resolves. `bytes` must not change until `sent`; without an
   * association nothing is sent, which `sent` is told.
   */
  send(bytes: Uint8Array, to: Endpoint, sent?: (error: Error | null) => void): void
  /** Bytes that the kernel has not taken yet. */
  readonly queuedBytes: number
}

/** What a relay is made with. */
export interface RelayParts {
  readonly label: string
  readonly clock: Clock
  /** Local address. */
  readonly bind: string | undefined
  /** Begins the handshake for an association; the signal ends it. */
  readonly associate: (signal: AbortSignal) => Tunnel
}

/** See {@link UdpRelay}. The first association is asked for at once. */
export class Relay implements UdpRelay {
  readonly #parts: RelayParts
  readonly #handler: RelayHandler
  readonly #abort = new AbortController()
  #opening: Promise<void>
  #association: Association | undefined
  #cancelNext: Cancel = () => {}
  #pauseMs = FIRST_PAUSE_MS
  #sinceMs = 0
  #isFailureTold = false

  constructor(parts: RelayParts, handler: RelayHandler) {
    this.#parts = parts
    this.#handler = handler
    this.#opening = this.#open()
  }

  get queuedBytes(): number {
    return this.#association?.queuedBytes ?? 0
  }

  ready(): Promise<void> {
    return this.#opening
  }

  send(bytes: Uint8Array, to: Endpoint, sent: (error: Error | null) => void = () => {}): void {
    const association = this.#association
    const problem = association === undefined ? 'there is no UDP association' : 'it cannot be asked for this host'
    if (association === undefined || !isProxyTarget(to)) {
      queueMicrotask(() => sent(this.#failure(`${problem} (${formatEndpoint(to)})`)))
      return
    }
    association.send([udpHeader(to), bytes], sent)
  }

  [Symbol.dispose](): void {
    this.#abort.abort()
    this.#cancelNext()
    this.#association?.[Symbol.dispose]()
    this.#association = undefined
  }

  #open(): Promise<void> {
    const opening = this.#associate()
    // Whoever needs it is told by `ready`.
    opening.catch(() => {})
    return opening
  }

  async #associate(): Promise<void> {
    const { associate, bind, clock } = this.#parts
    try {
      const association = await Association.open(associate(this.#abort.signal), bind, {
        received: (bytes) => this.#received(bytes),
        lost: (reason) => this.#lost(reason),
      })
      if (this.#abort.signal.aborted) association[Symbol.dispose]()
      else this.#association = association
      this.#sinceMs = clock.now()
      this.#isFailureTold = false
    } catch (error) {
      const failure = this.#failure(error)
      this.#failed(failure)
      throw failure
    }
  }

  #received(bytes: Uint8Array): void {
    const datagram = readDatagram(bytes)
    if (datagram !== undefined) this.#handler.datagram(datagram.payload, datagram.from)
  }

  #lost(reason: string): void {
    this.#association = undefined
    // One that was there for a while is no sign that the next will not be.
    if (this.#parts.clock.now() - this.#sinceMs > MAX_PAUSE_MS) this.#pauseMs = FIRST_PAUSE_MS
    const failure = this.#failure(reason)
    this.#opening = Promise.reject(failure)
    this.#opening.catch(() => {})
    this.#failed(failure)
  }

  #failed(failure: Error): void {
    if (this.#abort.signal.aborted) return
    this.#cancelNext = this.#parts.clock.after(this.#pauseMs, () => {
      this.#opening = this.#open()
    })
    this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS)
    if (this.#isFailureTold) return
    this.#isFailureTold = true
    this.#handler.failed(failure)
  }

  #failure(cause: unknown): Error {
    return proxyFailed(this.#parts.label, cause, false)
  }
}

// The connections of one web seed that wait for their next request. Redirects lead to several servers, so each is kept
// under its server's key.

import { familyOf } from '@ccbt/address'
import type { BindAddresses } from '@ccbt/address'
import type { Cancel, Clock } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'

import type { AddressGuard } from '../address-guard.ts'
import { aborted, timedOut, unreachable } from '../errors.ts'
import { orAborted } from '../flow.ts'
import { serverKey } from '../seed-url.ts'
import type { SeedUrl } from '../seed-url.ts'
import { connectTo } from './connection.ts'
import type { HttpConnection } from './connection.ts'

/** The cheapest size measured for bulk reads; 256 KiB are no better. */
const RECEIVE_BUFFER_BYTES = 131_072
const CONNECT_TIMEOUT_MS = 10_000
/** Below the 60 to 75 seconds of most servers, which then close. */
const IDLE_TIMEOUT_MS = 30_000
/** Addresses of a name that are tried, one after the other within the time for connecting. */
const MAX_ADDRESSES_TRIED = 4

/** What a {@link ConnectionPool} works with. */
export interface ConnectionPoolOptions {
  readonly guard: AddressGuard
  readonly clock: Clock
  readonly bind?: BindAddresses
  readonly proxy?: Pick<Proxy, 'tunnel'>
  /** Most connections that are kept; of more, the one that has waited longest is closed. */
  readonly maxIdle: number
}

interface IdleConnection {
  readonly key: string
  readonly connection: HttpConnection
  readonly cancel: Cancel
}

/** Gives and takes back connections. */
export class ConnectionPool implements Disposable {
  readonly #options: ConnectionPoolOptions
  #idle: IdleConnection[] = []
  #receiveBuffer: Uint8Array | undefined
  #isDisposed = false

  constructor(options: ConnectionPoolOptions) {
    this.#options = options
  }

  /** A kept connection to the server of `url` that is still open. */
  take(url: SeedUrl): HttpConnection | undefined {
    const key = serverKey(url)
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const { connection, cancel, key: itsKey } = this.#idle[i]!
      if (connection.isOpen && itsKey !== key) continue
      this.#idle.splice(i, 1)
      cancel()
      if (connection.isOpen) return connection
    }
    return undefined
  }

  /** A new connection. Rejects with WEB_SEED_ADDRESS_REFUSED, WEB_SEED_UNREACHABLE, or ABORTED when `signal` is. */
  async open(url: SeedUrl, signal: AbortSignal): Promise<HttpConnection> {
    const tried = (await this.#resolve(url, signal)).slice(0, MAX_ADDRESSES_TRIED)
    let cause: unknown
    for (const address of tried) {
      try {
        return await this.#connect(url, address, { signal, timeoutMs: CONNECT_TIMEOUT_MS / tried.length })
      } catch (error) {
        if (signal.aborted) throw aborted()
        cause = error
      }
    }
    throw unreachable(url.label, cause)
  }

  /** Keeps a connection on which an answer has ended properly. */
  keep(url: SeedUrl, connection: HttpConnection): void {
    connection.rest()
    if (this.#isDisposed) return connection[Symbol.dispose]()
    const key = serverKey(url)
    const cancel = this.#options.clock.after(IDLE_TIMEOUT_MS, () => connection[Symbol.dispose]())
    this.#idle.push({ key, connection, cancel })
    if (this.#idle.length <= this.#options.maxIdle) return
    const oldest = this.#idle.shift()!
    oldest.cancel()
    oldest.connection[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    for (const { connection, cancel } of this.#idle.splice(0)) {
      cancel()
      connection[Symbol.dispose]()
    }
  }

  /** A resolver cannot be aborted itself. */
  async #resolve(url: SeedUrl, signal: AbortSignal): Promise<readonly string[]> {
    const { guard, clock } = this.#options
    const { promise: tooLate, reject } = Promise.withResolvers<never>()
    const cancel = clock.after(CONNECT_TIMEOUT_MS, () => reject(timedOut(url.label, CONNECT_TIMEOUT_MS)))
    try {
      return await orAborted(Promise.race([guard.resolve(url), tooLate]), signal)
    } finally {
      cancel()
    }
  }

  #connect(
    url: SeedUrl,
    address: string,
    limits: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<HttpConnection> {
    const { bind = {}, clock, proxy } = this.#options
    this.#receiveBuffer ??= new Uint8Array(RECEIVE_BUFFER_BYTES)
    return connectTo({
      url,
      address,
      localAddress: familyOf(address) === 'ipv4' ? bind.v4 : bind.v6,
      receiveBuffer: this.#receiveBuffer,
      clock,
      ...limits,
      ...(proxy === undefined ? {} : { proxy }),
    })
  }
}

// A uTP connection as a byte stream. Reading and the end are told in turns of their own, as TCP sockets do, so that a
// handler is never called from within a call of its owner.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { CcbtError } from '@ccbt/primitives'
import type { UtpConnection, UtpEnd, UtpHandler } from '@ccbt/utp'

import type { ByteStream, StreamHandler } from '../byte-stream.ts'
import { connectionLost } from '../errors.ts'

const ERRNOS: Readonly<Record<Exclude<UtpEnd, 'finished'>, string>> = {
  reset: 'ECONNRESET',
  'timed-out': 'ETIMEDOUT',
  misbehaved: 'EPROTO',
}

/** How a stream tells the time to its connection. */
export interface StreamParts {
  readonly connection: UtpConnection
  readonly remote: Endpoint
  readonly local: Endpoint
  readonly nowUs: () => number
}

/** A {@link ByteStream} over uTP. Made by the uTP factory only. */
export class UtpStream implements ByteStream, UtpHandler {
  readonly transport = 'utp'
  readonly isEncrypted = false
  readonly remote: Endpoint
  readonly local: Endpoint
  readonly #connection: UtpConnection
  readonly #nowUs: () => number
  #handler: StreamHandler | undefined
  #end: UtpEnd | undefined
  #isPaused = false
  #writtenBytes = 0

  constructor(parts: StreamParts) {
    this.remote = parts.remote
    this.local = parts.local
    this.#connection = parts.connection
    this.#nowUs = parts.nowUs
    this.#connection.attach(this)
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  get queuedBytes(): number {
    return this.#connection.unsentBytes
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler
    if (this.#end === undefined) this.#resumeSoon()
    else queueMicrotask(() => handler.closed(this.#reason()))
  }

  write(bytes: Uint8Array): boolean {
    if (this.#end !== undefined) return false
    this.#writtenBytes += bytes.length
    return this.#connection.write(bytes)
  }

  cork(): void {
    // What is written in one turn leaves together anyway.
  }

  uncork(): void {
    // See `cork`.
  }

  pause(): void {
    this.#isPaused = true
    this.#connection.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#resumeSoon()
  }

  close(): void {
    if (this.#end !== undefined) return
    const handler = this.#handler
    this.#handler = undefined
    this.#connection.close(this.#nowUs())
    if (handler !== undefined) queueMicrotask(() => handler.closed())
  }

  // What the connection tells

  connected(): void {
    // The factory waits for that with a handler of its own.
  }

  data(bytes: Uint8Array): void {
    this.#handler?.data(bytes)
  }

  drained(): void {
    this.#handler?.drained()
  }

  closed(end: UtpEnd): void {
    this.#end = end
    this.#handler?.closed(this.#reason())
  }

  #resumeSoon(): void {
    queueMicrotask(() => {
      if (!this.#isPaused && this.#end === undefined) this.#connection.resume()
    })
  }

  #reason(): CcbtError | undefined {
    if (this.#end === undefined || this.#end === 'finished') return undefined
    return connectionLost(formatEndpoint(this.remote), systemError(ERRNOS[this.#end]))
  }
}

/** An error as the system would give it. */
export function systemError(errno: string): Error {
  return Object.assign(new Error(errno), { code: errno })
}

// A stream after its encrypted (or plain) handshake. What is received is decrypted where it lies, in the receive buffer
// that nobody else looks at; what is sent is encrypted into pooled buffers, so the writer's bytes are free at once.
// Encryption changes no length: counters, back-pressure and corking are those of the stream below.

import type { Endpoint } from '@ccbt/address'
import type { CcbtError } from '@ccbt/primitives'
import type { IncomingCipher, Rc4 } from '@ccbt/wire-protocol'

import type { ByteStream, StreamHandler, Transport } from './byte-stream.ts'
import { SendBuffers } from './send-buffers.ts'
import type { SendBufferPool } from './send-buffers.ts'

/** What comes of a handshake for the stream. */
export interface Negotiated {
  /** Absent: what is received is left as it is. */
  readonly incoming?: IncomingCipher
  /** Absent: what is written is passed on as it is. */
  readonly outgoing?: Rc4
  /** Payload that came with the handshake, decrypted. */
  readonly payload: Uint8Array
}

/** A {@link ByteStream} over another one, whose handler it is from now on. */
export class EncryptedStream implements ByteStream {
  readonly #inner: ByteStream
  readonly #incoming: IncomingCipher | undefined
  readonly #sending: SendBuffers | undefined
  readonly #handshakeBytes: number
  #handler: StreamHandler | undefined
  /** The handler gets what is received; before, that waits in `#early`. */
  #isDelivering = false
  /** The payload of the handshake, and one more read at most, since the stream below is paused until `attach`. */
  #early: Uint8Array[]
  #isPaused = false
  #end: { readonly error: CcbtError | undefined } | undefined

  constructor(inner: ByteStream, negotiated: Negotiated, pool: SendBufferPool) {
    this.#inner = inner
    this.#handshakeBytes = inner.writtenBytes
    this.#incoming = negotiated.incoming
    this.#early = negotiated.payload.length > 0 ? [negotiated.payload] : []
    if (negotiated.outgoing !== undefined) this.#sending = new SendBuffers(pool, inner, negotiated.outgoing)
    inner.attach({
      data: (bytes) => this.#data(bytes),
      drained: () => this.#drained(),
      closed: (error) => this.#closed(error),
    })
    inner.pause()
  }

  get transport(): Transport {
    return this.#inner.transport
  }

  get isEncrypted(): boolean {
    return this.#sending !== undefined
  }

  get remote(): Endpoint {
    return this.#inner.remote
  }

  get local(): Endpoint {
    return this.#inner.local
  }

  get writtenBytes(): number {
    return this.#inner.writtenBytes - this.#handshakeBytes
  }

  get queuedBytes(): number {
    return this.#inner.queuedBytes
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler
    this.#isDelivering = false
    // Never from within a call of the handler's owner.
    queueMicrotask(() => this.#deliver(handler))
  }

  write(bytes: Uint8Array): boolean {
    if (this.#sending === undefined || this.#end !== undefined) return this.#inner.write(bytes)
    return this.#sending.write(bytes)
  }

  cork(): void {
    this.#inner.cork()
  }

  uncork(): void {
    this.#inner.uncork()
    this.#sending?.settle()
  }

  pause(): void {
    this.#isPaused = true
    this.#inner.pause()
  }

  resume(): void {
    this.#isPaused = false
    if (this.#isDelivering) this.#inner.resume()
  }

  close(): void {
    this.#early = []
    this.#inner.close()
  }

  #deliver(handler: StreamHandler): void {
    if (this.#handler !== handler || this.#isDelivering) return
    this.#isDelivering = true
    // The handler may close the stream or hand it over.
    while (this.#isDelivering && this.#early.length > 0) handler.data(this.#early.shift()!)
    if (!this.#isDelivering) return
    if (this.#end !== undefined) handler.closed(this.#end.error)
    else if (!this.#isPaused) this.#inner.resume()
  }

  #data(bytes: Uint8Array): void {
    this.#incoming?.apply(bytes)
    if (this.#isDelivering) this.#handler?.data(bytes)
    else this.#early.push(Uint8Array.from(bytes))
  }

  #drained(): void {
    this.#sending?.settle()
    if (this.#isDelivering) this.#handler?.drained()
  }

  #closed(error: CcbtError | undefined): void {
    this.#end = { error }
    this.#sending?.releaseAll()
    if (this.#isDelivering) this.#handler?.closed(error)
  }
}

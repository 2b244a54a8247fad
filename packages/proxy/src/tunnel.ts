// A TCP connection through a proxy: a socket that is connected to the proxy and hands over to its owner when the
// handshake is done. It is never connected to anything but the proxy.

import { Socket } from 'node:net'
import type { OnReadOpts, TcpNetConnectOpts } from 'node:net'

import type { Cancel, Clock } from '@ccbt/primitives'

import type { Handshake, Step } from './handshake.ts'

/** How to make a tunnel. */
export interface TunnelOptions {
  /** For everything: reaching the proxy, and its reaching the target. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Reads into a buffer of the owner's (see `node:net`); the socket is paused when it is handed over. */
  readonly onread?: OnReadOpts
}

/** A tunnel that is being made. */
export interface Tunnel {
  /** Destroyed when the tunnel cannot be made. Nothing may be written before `ready`. */
  readonly socket: Socket
  /** Fulfilled when the target can be spoken to; what the proxy calls its own end. Rejects with PROXY_FAILED. */
  readonly ready: Promise<Bound>
}

/** What a proxy tells about its own end of a connection. */
export type Bound = { readonly host: string; readonly port: number } | undefined

/** What a tunnel is made with. */
export interface TunnelParts {
  readonly handshake: Handshake
  /** Where the proxy is. */
  readonly place: TcpNetConnectOpts
  readonly clock: Clock
  /** The error for what went wrong; whether it is about the proxy rather than about the target or the caller. */
  readonly failure: (cause: unknown, isDown: boolean) => Error
}

/** Connects to the proxy and begins the handshake. */
export function openTunnel(parts: TunnelParts, options: TunnelOptions): Tunnel {
  const opening = new Opening(parts, options)
  return { socket: opening.socket, ready: opening.promise }
}

class Opening {
  readonly socket: Socket
  readonly promise: Promise<Bound>
  readonly #parts: TunnelParts
  readonly #signal: AbortSignal
  readonly #settle: PromiseWithResolvers<Bound>
  readonly #cancelTimer: Cancel
  #isSettled = false
  /** A proxy that said something is there; what takes time or fails then is its way to the target. */
  #hasAnswered = false

  constructor(parts: TunnelParts, { timeoutMs, signal, onread }: TunnelOptions) {
    this.#parts = parts
    this.#signal = signal
    this.#settle = Promise.withResolvers<Bound>()
    this.promise = this.#settle.promise
    // Who waits for the socket's end hears of it there as well.
    this.promise.catch(() => {})
    this.socket = new Socket(onread === undefined ? {} : { onread: this.#reader(onread) })
    this.#cancelTimer = parts.clock.after(timeoutMs, () => this.#fail('no answer in time', !this.#hasAnswered))
    signal.addEventListener('abort', this.#onAbort, { once: true })
    // Stays: between this and the owner's own listener an error must not be nobody's.
    this.socket.on('error', (error) => this.#fail(error, !this.#hasAnswered))
    this.socket.once('end', this.#onEnd)
    this.socket.once('close', this.#onEnd)
    this.socket.once('connect', () => this.socket.write(parts.handshake.hello))
    if (onread === undefined) this.socket.on('readable', this.#onReadable)
    if (signal.aborted) this.#onAbort()
    else this.socket.setNoDelay(true).connect(parts.place)
  }

  readonly #onAbort = (): void => this.#fail('aborted', false)

  readonly #onEnd = (): void => this.#fail('it closed the connection', !this.#hasAnswered)

  /** Not `data`: without a listener its stream would go on to flow, into nowhere. */
  readonly #onReadable = (): void => {
    for (let bytes = this.#readNext(); bytes !== undefined; bytes = this.#readNext()) this.#take(bytes)
  }

  #readNext(): Uint8Array | undefined {
    const bytes: unknown = this.#isSettled ? null : this.socket.read()
    return bytes instanceof Uint8Array ? bytes : undefined
  }

  #reader(onread: OnReadOpts): OnReadOpts {
    const callback: OnReadOpts['callback'] = (length, buffer) => {
      if (this.#isSettled) return onread.callback(length, buffer)
      this.#take(buffer.subarray(0, length))
      return !this.#isSettled
    }
    return { ...onread, callback }
  }

  #take(bytes: Uint8Array): void {
    const step: Step = this.#parts.handshake.input(bytes)
    this.#hasAnswered = true
    if (step.kind === 'failed') this.#fail(step.reason, step.isAboutTarget !== true)
    else if (step.kind === 'done') this.#done(step.bound)
    else if (step.send !== undefined) this.socket.write(step.send)
  }

  #done(bound: Bound): void {
    this.#release()
    if (this.socket.listenerCount('readable') === 0) this.socket.pause()
    else this.socket.off('readable', this.#onReadable)
    this.#settle.resolve(bound)
  }

  #fail(cause: unknown, isDown: boolean): void {
    if (this.#isSettled) return
    this.#release()
    this.#settle.reject(this.#parts.failure(cause, isDown))
    this.socket.destroy()
  }

  #release(): void {
    this.#isSettled = true
    this.#cancelTimer()
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.socket.off('end', this.#onEnd)
    this.socket.off('close', this.#onEnd)
  }
}

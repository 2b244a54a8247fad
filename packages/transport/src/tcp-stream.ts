// A TCP connection that reads into a buffer of ours (node's `onread`) instead of a fresh Buffer per read: the kernel is
// drained in large reads, and 500 connections share one receive buffer, since a handler is done with it when it returns.

import type { OnReadOpts, Socket } from 'node:net'

import { normalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import type { ByteStream, StreamHandler } from './byte-stream.ts'
import { connectionLost } from './errors.ts'

/** A {@link ByteStream} over a TCP socket. Made by the socket factory only. */
export class TcpStream implements ByteStream {
  readonly transport = 'tcp'
  readonly isEncrypted = false
  readonly #socket: Socket
  #handler: StreamHandler | undefined
  #error: Error | undefined
  #remote: Endpoint | undefined
  #isClosed = false
  #isPaused = false
  #writtenBytes = 0

  /**
   * `open` makes the socket, which reads as it is told; `receiveBuffer` is shared with other streams. Without `remote` it
   * is the socket's.
   */
  constructor(open: (onread: OnReadOpts) => Socket, receiveBuffer: Uint8Array, remote?: Endpoint) {
    this.#socket = open({ buffer: receiveBuffer, callback: (length) => this.#read(receiveBuffer, length) })
    this.#remote = remote
    this.#socket.setNoDelay(true)
    this.#socket.on('error', (error) => (this.#error = error))
    this.#socket.on('drain', () => this.#handler?.drained())
    this.#socket.on('end', () => this.#socket.destroy())
    this.#socket.on('close', () => this.#closed())
  }

  /** The socket, for the factory: connecting is its business. */
  get socket(): Socket {
    return this.#socket
  }

  /** The error that ended the connection, if any. */
  get error(): Error | undefined {
    return this.#error
  }

  get remote(): Endpoint {
    this.#remote ??= endpointOf(this.#socket.remoteAddress, this.#socket.remotePort)
    return this.#remote
  }

  get local(): Endpoint {
    return endpointOf(this.#socket.localAddress, this.#socket.localPort)
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler
    if (this.#isClosed) {
      queueMicrotask(() => handler.closed(this.#reason()))
      return
    }
    this.#socket.resume()
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#socket.destroyed) return false
    this.#writtenBytes += bytes.length
    return this.#socket.write(bytes)
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(buffer: Uint8Array, length: number): boolean {
    this.#handler?.data(buffer.subarray(0, length))
    return !this.#isPaused
  }

  #reason(): ReturnType<typeof connectionLost> | undefined {
    if (this.#error === undefined) return undefined
    return connectionLost(`${this.remote.host}:${this.remote.port}`, this.#error)
  }

  #closed(): void {
    this.#isClosed = true
    this.#handler?.closed(this.#reason())
  }
}

/** Link-local addresses keep their zone index. */
function endpointOf(host = '', port = 0): Endpoint {
  return { host: normalIp(host) ?? host, port }
}

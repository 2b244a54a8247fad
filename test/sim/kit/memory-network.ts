// A network in memory and in virtual time. Hosts have a line each: a rate outwards, one inwards, and the time to the
// middle of the network, where nothing is ever lost or slow. It follows nothing but the clock, so that a run with the
// same inputs is the same to the last byte.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { bug, CcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { ByteStream, DialOptions, Listener, SocketFactory } from '@ccbt/transport'

import { Downlink, Uplink } from './line.ts'
import type { Packet } from './line.ts'
import { MemoryStream } from './memory-stream.ts'

/** One read gives at most this much, as with the real factory. */
const RECEIVE_BUFFER_BYTES = 262_144
const FIRST_EPHEMERAL_PORT = 49_152
const FIRST_LISTEN_PORT = 6881

/** A host's line; what is absent costs no time. */
export interface LineOptions {
  readonly uploadBps?: number
  readonly downloadBps?: number
  /** From the host to the middle of the network, one way: between two hosts it is the sum of both. Default 10. */
  readonly latencyMs?: number
}

/** Hosts that reach each other. */
export class MemoryNetwork {
  readonly #clock: Clock
  readonly #hosts = new Map<string, MemoryHost>()
  readonly #receiveBuffer = new Uint8Array(RECEIVE_BUFFER_BYTES)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Adds a host with this IP address. */
  host(ip: string, line: LineOptions = {}): MemoryHost {
    if (this.#hosts.has(ip)) throw bug(`two hosts ${ip}`)
    const host = new MemoryHost({
      ip,
      line,
      clock: this.#clock,
      receiveBuffer: this.#receiveBuffer,
      find: (other) => this.#hosts.get(other),
    })
    this.#hosts.set(ip, host)
    return host
  }
}

interface HostParts {
  readonly ip: string
  readonly line: LineOptions
  readonly clock: Clock
  readonly receiveBuffer: Uint8Array
  readonly find: (ip: string) => MemoryHost | undefined
}

/** One machine of the network. */
export class MemoryHost implements SocketFactory {
  readonly ip: string
  readonly latencyMs: number
  readonly #parts: HostParts
  readonly #uplink: Uplink
  readonly #downlink: Downlink
  readonly #listeners = new Map<number, (stream: ByteStream) => void>()
  readonly #streams = new Set<MemoryStream>()
  #nextPort = FIRST_EPHEMERAL_PORT
  #isLost = false

  constructor(parts: HostParts) {
    const { clock, line } = parts
    this.#parts = parts
    this.ip = parts.ip
    this.latencyMs = line.latencyMs ?? 10
    this.#uplink = new Uplink(clock, line.uploadBps ?? Infinity)
    this.#downlink = new Downlink(clock, line.downloadBps ?? Infinity)
  }

  /** Ends of open connections here. */
  get openStreams(): number {
    return this.#streams.size
  }

  /** Bytes sent over the line, protocol and payload. */
  get sentBytes(): number {
    return this.#uplink.sentBytes
  }

  dial(endpoint: Endpoint, options: DialOptions): Promise<ByteStream> {
    const { clock } = this.#parts
    const { promise, resolve, reject } = Promise.withResolvers<ByteStream>()
    let isSettled = false
    const settle = (): boolean => {
      if (isSettled) return false
      isSettled = true
      cancelTimeout()
      options.signal.removeEventListener('abort', onAbort)
      return true
    }
    const fail = (errno: string): void => {
      if (settle()) reject(connectFailed(endpoint, errno))
    }
    const onAbort = (): void => fail('aborted')
    const cancelTimeout = clock.after(options.timeoutMs, () => fail('timed out'))
    options.signal.addEventListener('abort', onAbort, { once: true })
    if (options.signal.aborted) onAbort()
    else {
      this.#knock(endpoint, (stream) => {
        if (stream === undefined) fail('ECONNREFUSED')
        else if (settle()) resolve(stream)
        else stream.close()
      })
    }
    return promise
  }

  async listen(port: number, accept: (stream: ByteStream) => void): Promise<Listener> {
    let chosen = port
    if (port === 0) for (chosen = FIRST_LISTEN_PORT; this.#listeners.has(chosen);) chosen++
    if (this.#listeners.has(chosen)) throw listenFailed({ host: this.ip, port: chosen })
    this.#listeners.set(chosen, accept)
    return {
      port: chosen,
      close: async () => void this.#listeners.delete(chosen),
    }
  }

  /** The machine is gone from the network: nobody hears of it, nothing arrives. */
  vanish(): void {
    this.#isLost = true
  }

  /** All its connections end with an error, here at once, at the other ends as soon as they can know. */
  resetAll(): void {
    for (const stream of Array.from(this.#streams)) {
      this.#tellReset(stream)
      stream.reset()
    }
  }

  /** Asks for a connection: `done` gets the near end, or undefined when it is refused, or is never called. */
  #knock(endpoint: Endpoint, done: (stream: MemoryStream | undefined) => void): void {
    const { clock, find } = this.#parts
    const target = find(endpoint.host)
    if (target === undefined || this.#isLost) return
    const oneWayMs = this.latencyMs + target.latencyMs
    clock.after(oneWayMs, () => {
      if (target.#isLost) return
      const accept = target.#listeners.get(endpoint.port)
      const local = { host: this.ip, port: this.#nextPort++ }
      const near = accept === undefined ? undefined : target.#accept(this, local, { endpoint, accept })
      clock.after(oneWayMs, () => done(near))
    })
  }

  /** Makes both ends of a connection from `caller`. */
  #accept(
    caller: MemoryHost,
    from: Endpoint,
    to: { readonly endpoint: Endpoint; readonly accept: (stream: ByteStream) => void },
  ): MemoryStream {
    const far = this.#stream(to.endpoint, from, caller)
    const near = caller.#stream(from, to.endpoint, this)
    far.other = near
    near.other = far
    to.accept(far)
    return near
  }

  #stream(local: Endpoint, remote: Endpoint, to: MemoryHost): MemoryStream {
    const { clock, receiveBuffer } = this.#parts
    const stream: MemoryStream = new MemoryStream({
      clock,
      local,
      remote,
      receiveBuffer,
      uplink: this.#uplink,
      carry: (packet) => this.#carry(stream, packet, to),
      carryReset: () => this.#tellReset(stream),
      resetError: () => connectionLost(remote),
      onClosed: () => void this.#streams.delete(stream),
    })
    this.#streams.add(stream)
    return stream
  }

  #carry(stream: MemoryStream, packet: Packet, to: MemoryHost): void {
    this.#travel(to, () => to.#downlink.arrive(packet.bytes.length, () => stream.other?.arrived(packet)))
  }

  #tellReset(stream: MemoryStream): void {
    const { other } = stream
    const to = this.#parts.find(stream.remote.host)
    if (other !== undefined && to !== undefined) this.#travel(to, () => other.reset())
  }

  #travel(to: MemoryHost, arrive: () => void): void {
    if (this.#isLost) return
    this.#parts.clock.after(this.latencyMs + to.latencyMs, () => {
      if (!to.#isLost) arrive()
    })
  }
}

function connectFailed(to: Endpoint, errno: string): CcbtError {
  const endpoint = formatEndpoint(to)
  return new CcbtError('TRANSPORT_CONNECT_FAILED', `cannot connect to ${endpoint}: ${errno}`, {
    blame: 'remote',
    context: { endpoint, errno },
  })
}

function connectionLost(to: Endpoint): CcbtError {
  const endpoint = formatEndpoint(to)
  return new CcbtError('TRANSPORT_CONNECTION_LOST', `connection to ${endpoint} lost: ECONNRESET`, {
    blame: 'remote',
    context: { endpoint, errno: 'ECONNRESET' },
  })
}

function listenFailed(at: Endpoint): CcbtError {
  const endpoint = formatEndpoint(at)
  return new CcbtError('TRANSPORT_LISTEN_FAILED', `cannot listen on ${endpoint}: the port is in use`, {
    blame: 'input',
    context: { endpoint, errno: 'EADDRINUSE' },
  })
}

// One HTTP(S) GET with every size and time bounded: headers, body before and after decompression, connecting, the
// whole. Connections are kept for the next announce. Certificates are always checked.

import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { AgentOptions, ClientRequest, IncomingMessage } from 'node:http'
import type { LookupAddress } from 'node:dns'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { RequestOptions } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

import type { BindAddresses } from '@ccbt/address'
import { concatBytes, isCcbtError } from '@ccbt/primitives'
import type { Cancel, Clock } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'
import { httpConnector } from '@ccbt/proxy/http'
import type { Connector } from '@ccbt/proxy/http'

import { aborted, errnoOf, responseInvalid, responseTooLong, timedOut, unreachable } from '../errors.ts'
import type { TrackerUrl } from './tracker-url.ts'

/** Longest body, compressed or not. 2000 peers as dictionaries take a fifth of it. */
export const MAX_BODY_BYTES = 1_048_576
const MAX_HEADER_BYTES = 16_384
const CONNECT_TIMEOUT_MS = 10_000
/** Per host, port and family; more requests wait, each within its own time limit. */
export const MAX_CONNECTIONS_PER_HOST = 4
/** Idle connections that are kept per scheme; it is a moment with many torrents that profits, not the next interval. */
const MAX_IDLE_CONNECTIONS = 16
const IDLE_TIMEOUT_MS = 15_000
/** Addresses of a name that are tried, one after the other within the time for connecting. */
const MAX_ADDRESSES_TRIED = 4

/** A complete answer. The body is empty for redirects. */
export interface HttpAnswer {
  readonly status: number
  readonly location?: string
  readonly body: Uint8Array
}

/** Settings of an {@link HttpFetcher}. */
export interface HttpFetcherOptions {
  readonly bind?: BindAddresses
  readonly userAgent: string
  readonly clock: Clock
  /** The way of all connections, with a local address of its own. */
  readonly proxy?: Pick<Proxy, 'tunnel'>
}

/** What to get and from where: the first of `addresses` that can be connected to; the name is not resolved again. */
export interface HttpTarget {
  readonly url: TrackerUrl
  readonly addresses: readonly LookupAddress[]
}

/** One try at one address. */
interface Attempt {
  readonly url: TrackerUrl
  readonly address: LookupAddress
  readonly path: string
  readonly connectMs: number
}

/** Makes requests over two pools of connections. */
export class HttpFetcher implements Disposable {
  readonly #options: HttpFetcherOptions
  readonly #http: HttpAgent
  readonly #https: HttpsAgent
  readonly #closing = new AbortController()

  constructor(options: HttpFetcherOptions) {
    this.#options = options
    const pool = { keepAlive: true, maxSockets: MAX_CONNECTIONS_PER_HOST, timeout: IDLE_TIMEOUT_MS }
    this.#http = withFewIdle(this.#httpAgent(pool))
    this.#https = withFewIdle(this.#httpsAgent(pool))
  }

  /** Gets `path` (with query) of the target. Rejects with TRACKER_*, or ABORTED when `signal` is. */
  async get({ url, addresses }: HttpTarget, path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const tried = addresses.slice(0, MAX_ADDRESSES_TRIED)
    const attempt = { url, path, connectMs: CONNECT_TIMEOUT_MS / tried.length }
    for (const address of tried.slice(0, -1)) {
      try {
        return await this.#getFrom({ ...attempt, address }, signal)
      } catch (error) {
        if (!isNoAnswer(error)) throw error
      }
    }
    return await this.#getFrom({ ...attempt, address: tried.at(-1)! }, signal)
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    this.#http.destroy()
    this.#https.destroy()
  }

  #httpAgent(pool: AgentOptions): HttpAgent {
    const agent = new HttpAgent(pool)
    const connector = this.#connector('http:')
    if (connector !== undefined) agent.createConnection = connector
    return agent
  }

  #httpsAgent(pool: AgentOptions): HttpsAgent {
    const agent = new HttpsAgent(pool)
    const connector = this.#connector('https:')
    if (connector !== undefined) agent.createConnection = connector
    return agent
  }

  #connector(protocol: 'http:' | 'https:'): Connector | undefined {
    const { proxy } = this.#options
    const options = { timeoutMs: CONNECT_TIMEOUT_MS, signal: this.#closing.signal }
    return proxy === undefined ? undefined : httpConnector(proxy, protocol, options)
  }

  async #getFrom(attempt: Attempt, signal: AbortSignal): Promise<HttpAnswer> {
    const first = this.#start(attempt, signal)
    try {
      return await this.#finish(first, attempt, signal)
    } catch (error) {
      // A kept connection may be closed by the tracker in the very moment of its reuse: that says nothing about it.
      // The others that are kept may be as dead, so it gets one of its own: opentracker closes all without a word.
      const isStale = first.reusedSocket && isCcbtError(error, 'TRACKER_UNREACHABLE')
      if (!isStale || signal.aborted) throw error
      return await this.#finish(this.#start(attempt, signal, true), attempt, signal)
    }
  }

  #start({ url, address, path }: Attempt, signal: AbortSignal, isAlone = false): ClientRequest {
    const { bind, userAgent } = this.#options
    const localAddress = address.family === 6 ? bind?.v6 : bind?.v4
    const options: RequestOptions = {
      host: url.hostname,
      port: url.port,
      path,
      ...(url.auth === undefined ? {} : { auth: url.auth }),
      headers: { 'User-Agent': userAgent, 'Accept-Encoding': 'gzip', Accept: '*/*' },
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
      lookup: lookupOf(address),
      // Keeps connections of the two families apart in the pool.
      family: address.family,
      ...(localAddress === undefined ? {} : { localAddress }),
    }
    if (url.protocol === 'https:')
      return httpsRequest({ ...options, agent: isAlone ? this.#httpsAgent({}) : this.#https, rejectUnauthorized: true })
    return httpRequest({ ...options, agent: isAlone ? this.#httpAgent({}) : this.#http })
  }

  async #finish(request: ClientRequest, { url, connectMs }: Attempt, signal: AbortSignal): Promise<HttpAnswer> {
    const cancel = limitConnecting(request, { url, connectMs, clock: this.#options.clock })
    try {
      return await readAnswer(await responseOf(request), url, signal)
    } catch (error) {
      request.destroy()
      throw asTrackerError(error, url, signal)
    } finally {
      cancel()
    }
  }
}

/** Bounds the idle connections of all hosts together; the agent's own bound is one per host. */
function withFewIdle<A extends HttpAgent>(agent: A): A {
  const keep = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = (socket) => {
    const idle = Object.values(agent.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0)
    return idle < MAX_IDLE_CONNECTIONS && keep(socket)
  }
  return agent
}

function isNoAnswer(error: unknown): boolean {
  return isCcbtError(error, 'TRACKER_UNREACHABLE') || isCcbtError(error, 'TRACKER_TIMED_OUT')
}

function lookupOf(address: LookupAddress): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all === true) callback(null, [address])
    else callback(null, address.address, address.family)
  }
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request.once('response', resolve)
  // Stays for the life of the request: a second error after the first has nobody else to take it.
  request.on('error', reject)
  request.end()
  return promise
}

function limitConnecting(
  request: ClientRequest,
  { url, connectMs, clock }: Pick<Attempt, 'url' | 'connectMs'> & { readonly clock: Clock },
): () => void {
  let cancel: Cancel | undefined
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) return
    cancel = clock.after(connectMs, () => request.destroy(timedOut(url.label, connectMs)))
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', cancel)
  })
  return () => cancel?.()
}

async function readAnswer(response: IncomingMessage, url: TrackerUrl, signal: AbortSignal): Promise<HttpAnswer> {
  const status = response.statusCode ?? 0
  if (status >= 300 && status < 400) {
    response.destroy()
    const { location } = response.headers
    return { status, body: new Uint8Array(), ...(location === undefined ? {} : { location }) }
  }
  if (Number(response.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw responseTooLong(url.label, MAX_BODY_BYTES)
  return { status, body: await readBody(response, url, signal) }
}

async function readBody(response: IncomingMessage, url: TrackerUrl, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const part of capped(source, url.label)) parts.push(part)
  }
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (encoding === 'gzip' || encoding === 'x-gzip') {
    const received = (source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => capped(source, url.label)
    await pipeline(response, received, createGunzip(), collect, { signal })
  } else if (encoding === 'identity') {
    await pipeline(response, collect, { signal })
  } else {
    throw responseInvalid(url.label, 'unknown content encoding')
  }
  // No Buffer: slices of one are views, and would keep the answer alive as long as a peer.
  return concatBytes(parts)
}

async function* capped(source: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const part of source) {
    length += part.length
    if (length > MAX_BODY_BYTES) throw responseTooLong(label, MAX_BODY_BYTES)
    yield part
  }
}

function asTrackerError(error: unknown, url: TrackerUrl, signal: AbortSignal): Error {
  if (isCcbtError(error)) return error
  if (signal.aborted) return aborted()
  const errno = errnoOf(error)
  // HPE_* are the HTTP parser's complaints, Z_* those of the decompressor.
  return /^(HPE|Z)_/.test(errno) ? responseInvalid(url.label, errno) : unreachable(url.label, error)
}

// One HTTP(S) GET with every size and time bounded: headers, body before and after decompression, connecting, the
// whole. Connections are kept for the next announce. Certificates are always checked.

import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { LookupAddress } from 'node:dns'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { RequestOptions } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

import { concatBytes, isCcbtError } from '@ccbt/primitives'
import type { Cancel, Clock } from '@ccbt/primitives'

import type { BindAddresses } from '../address-guard.ts'
import { aborted, errnoOf, responseInvalid, responseTooLong, timedOut, unreachable } from '../errors.ts'
import type { TrackerUrl } from './tracker-url.ts'

/** Longest body, compressed or not. 2000 peers as dictionaries take a fifth of it. */
export const MAX_BODY_BYTES = 1_048_576
const MAX_HEADER_BYTES = 16_384
const CONNECT_TIMEOUT_MS = 10_000
/** Per host and port; more announces wait, each within its own time limit. */
const MAX_CONNECTIONS_PER_HOST = 8
/** Idle connections kept in all. */
const MAX_IDLE_CONNECTIONS = 32
const IDLE_TIMEOUT_MS = 60_000
/** Before the other address family of a name is tried as well. */
const FAMILY_ATTEMPT_MS = 1_000

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
}

/** What to get and from where: one of `addresses` is connected to, the URL's name is not resolved again. */
export interface HttpTarget {
  readonly url: TrackerUrl
  readonly addresses: readonly LookupAddress[]
}

/** Makes requests over two pools of connections. */
export class HttpFetcher implements Disposable {
  readonly #options: HttpFetcherOptions
  readonly #http: HttpAgent
  readonly #https: HttpsAgent

  constructor(options: HttpFetcherOptions) {
    this.#options = options
    const pool = {
      keepAlive: true,
      maxSockets: MAX_CONNECTIONS_PER_HOST,
      maxFreeSockets: MAX_IDLE_CONNECTIONS,
      timeout: IDLE_TIMEOUT_MS,
    }
    this.#http = new HttpAgent(pool)
    this.#https = new HttpsAgent(pool)
  }

  /** Gets `path` (with query) of the target. Rejects with TRACKER_*, or ABORTED when `signal` is. */
  async get(target: HttpTarget, path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const first = this.#start(target, path, signal)
    try {
      return await this.#finish(first, target.url, signal)
    } catch (error) {
      // A kept connection may be closed by the tracker in the very moment of its reuse: that says nothing about it.
      const isStale = first.reusedSocket && isCcbtError(error, 'TRACKER_UNREACHABLE')
      if (!isStale || signal.aborted) throw error
      return await this.#finish(this.#start(target, path, signal), target.url, signal)
    }
  }

  [Symbol.dispose](): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #start({ url, addresses }: HttpTarget, path: string, signal: AbortSignal): ClientRequest {
    const options: RequestOptions = {
      host: url.hostname,
      port: url.port,
      path,
      ...(url.auth === undefined ? {} : { auth: url.auth }),
      headers: { 'User-Agent': this.#options.userAgent, 'Accept-Encoding': 'gzip', Accept: '*/*' },
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
      ...this.#route(addresses),
    }
    if (url.protocol === 'https:') return httpsRequest({ ...options, agent: this.#https, rejectUnauthorized: true })
    return httpRequest({ ...options, agent: this.#http })
  }

  /** Connects to the given addresses only, from the bound local address of their family. */
  #route(addresses: readonly LookupAddress[]): Pick<RequestOptions, 'lookup' | 'localAddress' | 'family'> {
    const { bind } = this.#options
    const family = addresses[0]!.family
    const localAddress = family === 6 ? bind?.v6 : bind?.v4
    const route = { autoSelectFamilyAttemptTimeout: FAMILY_ATTEMPT_MS }
    if (localAddress === undefined) return { ...route, lookup: lookupOf(addresses) }
    const sameFamily = addresses.filter((address) => address.family === family)
    return { ...route, lookup: lookupOf(sameFamily), localAddress, family }
  }

  async #finish(request: ClientRequest, url: TrackerUrl, signal: AbortSignal): Promise<HttpAnswer> {
    const cancel = limitConnecting(request, url, this.#options.clock)
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

function lookupOf(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const first = addresses[0]!
    if (options.all === true) callback(null, [...addresses])
    else callback(null, first.address, first.family)
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

function limitConnecting(request: ClientRequest, url: TrackerUrl, clock: Clock): () => void {
  let cancel: Cancel | undefined
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) return
    cancel = clock.after(CONNECT_TIMEOUT_MS, () => request.destroy(timedOut(url.label, CONNECT_TIMEOUT_MS)))
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

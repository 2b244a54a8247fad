// Downloads a torrent file from a web server. Node's own request is used instead of fetch because only it can be bound
// to a local address. Bounds: 10 MiB, 5 redirects, 30 s in all; only http and https, never from https back to http.

import { lookup } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { bindAddresses, systemClock } from '@ccbt/core'
import { isCcbtError } from '@ccbt/primitives'
import { createProxy } from '@ccbt/proxy'
import type { ProxySettings } from '@ccbt/proxy'
import { httpConnector } from '@ccbt/proxy/http'
import { errnoOf, inputError } from '../errors.ts'
import type { SourceOptions } from './torrent-source.ts'

const MAX_BYTES = 10 * 1024 * 1024
const MAX_REDIRECTS = 5
const TIMEOUT_MS = 30_000

/** Bounds that tests make smaller. */
export interface FetchOptions extends SourceOptions {
  readonly timeoutMs?: number
}

/**
 * The body behind an http or https address.
 * @throws CcbtError CLI_FETCH_*; messages name the host only, since the rest of the address may hold a secret.
 */
export async function fetchTorrent(address: string, options: FetchOptions): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
  const signal = AbortSignal.any([options.signal, deadline])
  let url = parseAddress(address)
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await send(url, { ...options, signal })
      const next = redirectOf(response, url)
      if (next === undefined) return await readBody(response, url)
      response.destroy()
      url = next
    }
  } catch (error) {
    if (isCcbtError(error) && !isCcbtError(error, 'PROXY_FAILED')) throw error
    if (deadline.aborted)
      throw inputError('CLI_FETCH_TIMEOUT', `${url.host} did not answer in time`, { host: url.host })
    throw inputError('CLI_FETCH_FAILED', `cannot fetch the torrent from ${url.host}: ${reason(error)}`, {
      host: url.host,
    })
  }
  throw inputError('CLI_FETCH_FAILED', `${url.host}: more than ${MAX_REDIRECTS} redirects`, { host: url.host })
}

function parseAddress(address: string): URL {
  if (URL.canParse(address)) return new URL(address)
  throw inputError('CLI_USAGE', 'not a web address', { argument: address })
}

function reason(error: unknown): string {
  if (isCcbtError(error)) return error.message
  return errnoOf(error) ?? (error instanceof Error ? error.message : String(error))
}

async function send(url: URL, options: SourceOptions): Promise<IncomingMessage> {
  const way = options.proxy === undefined ? await localEnd(url, options.bind) : through(options.proxy, url, options)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  request(
    url,
    {
      signal: options.signal,
      headers: { 'user-agent': 'ccbt', accept: 'application/x-bittorrent, */*', 'accept-encoding': 'identity' },
      ...way,
    },
    resolve,
  )
    .on('error', reject)
    .end()
  return await promise
}

/** Without an agent, which would come before `createConnection`. */
function through(
  settings: ProxySettings,
  { protocol }: URL,
  { bind, signal }: SourceOptions,
): Pick<RequestOptions, 'createConnection'> {
  const proxy = createProxy(settings, { clock: systemClock, bind: bindAddresses(bind) })
  const options = { timeoutMs: TIMEOUT_MS, signal }
  return { createConnection: httpConnector(proxy, protocol === 'https:' ? 'https:' : 'http:', options) }
}

/** The bound address of a family in which the server has an address. */
async function localEnd({ hostname }: URL, bind: SourceOptions['bind']): Promise<LocalEnd> {
  if (bind === undefined) return { agent: false }
  if (typeof bind === 'string') return { agent: false, localAddress: bind, family: isIP(bind) }
  const { v4, v6 } = bind
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
  for (const { family } of found) {
    const localAddress = family === 6 ? v6 : v4
    if (localAddress !== undefined) return { agent: false, localAddress, family }
  }
  throw new Error('its address family has no bound address')
}

interface LocalEnd {
  /** A connection of its own. */
  readonly agent: false
  readonly localAddress?: string
  readonly family?: number
}

function redirectOf(response: IncomingMessage, from: URL): URL | undefined {
  const { location } = response.headers
  const status = response.statusCode ?? 0
  if (status < 300 || status > 399 || location === undefined) return undefined
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  const isDowngrade = from.protocol === 'https:' && target?.protocol === 'http:'
  if (target === undefined || !/^https?:$/.test(target.protocol) || isDowngrade) {
    throw inputError('CLI_FETCH_FAILED', `${from.host} redirects to an address that is not allowed`, {
      host: from.host,
    })
  }
  return target
}

async function readBody(response: IncomingMessage, { host }: URL): Promise<Uint8Array> {
  const status = response.statusCode ?? 0
  if (status !== 200) {
    response.destroy()
    throw statusError(status, host)
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BYTES) {
      throw inputError('CLI_FETCH_FAILED', `${host}: the answer is too big to be a torrent file`, { host })
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function statusError(status: number, host: string): Error {
  const message = `${host} answers with status ${status}`
  if (status === 404 || status === 410) return inputError('CLI_FETCH_NOT_FOUND', message, { host })
  if (status === 401 || status === 403) return inputError('CLI_FETCH_FORBIDDEN', message, { host })
  return inputError('CLI_FETCH_FAILED', message, { host })
}

// Fetches a file from a web server for whoever asks over remote control, who must not reach through us what he could not
// reach himself: only http and https, no address of this machine or its networks, which is looked at after the name was
// resolved and at each redirect, never from https back to http. Bounds: size, 5 redirects, 30 s in all.

import { lookup } from 'node:dns'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

import { scopeOf } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'
import { httpConnector } from '@ccbt/proxy/http'

import { errnoOf, fetchFailed } from '../errors.ts'

const MAX_REDIRECTS = 5
const TIMEOUT_MS = 30_000

/** How a file is fetched. */
export interface WebFileOptions {
  readonly maxBytes: number
  /** Value of the Cookie header, for the first server only; '' = none. */
  readonly cookies?: string
  readonly signal: AbortSignal
  /** Local address of an IP family that requests leave by; absent = any. */
  readonly bind?: { readonly v4?: string; readonly v6?: string }
  /** The only way out, which resolves the names. */
  readonly proxy?: Pick<Proxy, 'tunnel'>
  /** Whether servers on this machine and its networks may be asked. */
  readonly allowsLocal?: boolean
}

/**
 * The body behind an address.
 * @throws DAEMON_FETCH_FAILED; messages name the host only, since the rest of the address may hold a secret
 */
export async function fetchWebFile(address: string, options: WebFileOptions): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS)
  const signal = AbortSignal.any([options.signal, deadline])
  let url = allowed(URL.parse(address), 'the address')
  try {
    let cookies = options.cookies ?? ''
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await send(url, { ...options, cookies, signal })
      const next = redirectOf(response, url)
      if (next === undefined) return await readBody(response, url, options.maxBytes)
      response.destroy()
      if (next.host !== url.host) cookies = ''
      url = next
    }
  } catch (error) {
    if (isCcbtError(error, 'DAEMON_FETCH_FAILED')) throw error
    throw fetchFailed(url.host, deadline.aborted ? 'it did not answer in time' : reasonOf(error), error)
  }
  throw fetchFailed(url.host, `more than ${MAX_REDIRECTS} redirects`)
}

function allowed(url: URL | null, host: string): URL {
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw fetchFailed(url?.host || host, 'only http and https addresses are fetched')
}

type SendOptions = WebFileOptions & { readonly cookies: string }

async function send(url: URL, options: SendOptions): Promise<IncomingMessage> {
  const { signal, cookies, allowsLocal = false } = options
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A name is checked by what it resolves to, unless that is a proxy's to say; an address is never looked up.
  if (!allowsLocal && (isIP(host) === 0 ? isThisMachine(host) : isInside(host))) throw notPublic(url.host)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const headers = {
    'user-agent': 'ccbt',
    accept: 'application/x-bittorrent, */*',
    'accept-encoding': 'identity',
    ...(cookies === '' ? {} : { cookie: cookies }),
  }
  request(url, { signal, headers, ...wayTo(url, host, options) }, resolve)
    .on('error', reject)
    .end()
  return await promise
}

/** Through the proxy without an agent, which would come before `createConnection`. */
function wayTo(
  { protocol }: URL,
  host: string,
  { proxy, bind, allowsLocal = false, signal }: SendOptions,
): RequestOptions {
  if (proxy === undefined) return { agent: false, ...localEnd(host, bind), lookup: publicLookup(allowsLocal) }
  const scheme = protocol === 'https:' ? 'https:' : 'http:'
  return { createConnection: httpConnector(proxy, scheme, { timeoutMs: TIMEOUT_MS, signal }) }
}

function isThisMachine(name: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(name)
}

/** The connection is made to the very addresses that were checked: a second lookup could say something else. */
function publicLookup(allowsLocal: boolean): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const usable = error === null ? found.filter(({ address }) => allowsLocal || !isInside(address)) : []
      const [first] = usable
      if (first === undefined) done(error ?? notPublic(hostname), '', 0)
      else if (options.all === true) done(null, usable)
      else done(null, first.address, first.family)
    })
  }
}

/** Loopback, private, link-local and the like. */
function isInside(ip: string): boolean {
  return scopeOf(ip) !== 'global'
}

function localEnd(host: string, bind: WebFileOptions['bind']): { localAddress?: string; family?: number } {
  if (bind === undefined || (bind.v4 === undefined && bind.v6 === undefined)) return {}
  const usesV6 = isIP(host) === 6 || bind.v4 === undefined
  const localAddress = usesV6 ? bind.v6 : bind.v4
  if (localAddress === undefined) throw fetchFailed(host, 'its address family has no bound address')
  return { localAddress, family: usesV6 ? 6 : 4 }
}

function redirectOf({ headers, statusCode = 0 }: IncomingMessage, from: URL): URL | undefined {
  const { location } = headers
  if (statusCode < 300 || statusCode > 399 || location === undefined) return undefined
  const target = allowed(URL.parse(location, from.href), from.host)
  if (from.protocol === 'https:' && target.protocol === 'http:') throw fetchFailed(from.host, 'it redirects to http')
  return target
}

async function readBody(response: IncomingMessage, { host }: URL, maxBytes: number): Promise<Uint8Array> {
  const { statusCode = 0 } = response
  if (statusCode !== 200) {
    response.destroy()
    throw fetchFailed(host, `it answers ${statusCode}`)
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBytes) throw fetchFailed(host, 'the answer is too big')
    parts.push(part)
  }
  return Buffer.concat(parts, length)
}

function notPublic(host: string): Error {
  return fetchFailed(host, 'it is on this machine or a network of its own')
}

function reasonOf(error: unknown): string {
  return errnoOf(error) ?? (error instanceof Error ? error.message : String(error))
}

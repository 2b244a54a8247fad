// What a request has to pass before a route sees it, in this order: the host and origin it names, who it is from, what that
// allows, and how much it brings. Nothing of a body is read before.

import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import { isIP } from 'node:net'

import { clientAddress } from '../security/client-address.ts'
import type { Logins } from '../security/logins.ts'
import { neededScope, permits } from '../security/scope.ts'
import type { Scope } from '../security/scope.ts'
import type { BodyReader } from './body.ts'
import { isExpectedHost } from './host-guard.ts'
import type { HttpAnswer, HttpRequest, Route } from './route.ts'
import type { HttpHandler } from './server.ts'

/** What an entrance is made of. */
export interface EntranceOptions {
  readonly routes: readonly Route[]
  readonly bodies: BodyReader
  /** Know who comes in over the network; absent = everybody may. */
  readonly logins?: Logins
  /** Host names under which pages may reach us, besides addresses and localhost; lower case. */
  readonly hostNames: readonly string[]
  /** What a reverse proxy may put before every path: `/torrents`, or ''. */
  readonly basePath: string
  readonly proxies: BlockList
}

/** The way in over the network. */
export function networkEntrance(options: EntranceOptions): HttpHandler {
  const { logins, hostNames, proxies } = options
  return {
    isProxy: (address) => isIP(address) !== 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
    async answer(request, signal) {
      if (!isExpectedHost(request.headers, hostNames)) return refuse(403, 'this host name or origin is not allowed')
      const address = clientAddress(request, proxies)
      const verdict = logins === undefined ? OPEN : await logins.identify(request.headers, address)
      if (verdict.kind === 'wait') return refuse(429, 'too many attempts', { 'retry-after': String(verdict.seconds) })
      const scope = verdict.kind === 'open' ? verdict.scope : 'none'
      return await enter({ request, signal, scope, isOwner: false, address }, options)
    },
  }
}

/** The way in over the unix socket, whose file only the owner can open: no password, no browser. */
export function ownerEntrance(options: EntranceOptions): HttpHandler {
  return {
    isProxy: () => true,
    answer: (request, signal) => enter({ request, signal, scope: 'admin', isOwner: true, address: '' }, options),
  }
}

/** As much as a login takes. */
const MAX_STRANGER_BYTES = 16_384

const OPEN = { kind: 'open', scope: 'admin' } as const

interface Arrival {
  readonly request: IncomingMessage
  readonly signal: AbortSignal
  readonly scope: Scope
  readonly isOwner: boolean
  readonly address: string
}

async function enter({ request, ...arrival }: Arrival, options: EntranceOptions): Promise<HttpAnswer> {
  const url = urlOf(request.url, options.basePath)
  if (url === undefined) return refuse(400, 'this path cannot be')
  const { method = 'GET' } = request
  const needed = neededScope(method, url.pathname)
  if (!permits(arrival.scope, needed)) return arrival.scope === 'none' ? unauthorized() : refuse(403, `needs ${needed}`)
  const body = await options.bodies.read(request, arrival.scope === 'none' ? MAX_STRANGER_BYTES : undefined)
  if (body === 'too-large') return refuse(413, 'too large')
  if (body === 'busy') return refuse(503, 'too much at once', { 'retry-after': '5' })
  const received: HttpRequest = {
    ...arrival,
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
  }
  for (const route of options.routes) {
    const taken = route(received)
    if (taken !== undefined) return await taken
  }
  return { status: 404, body: 'not found\n' }
}

/** The address without the base path; dots are resolved. A proxy may have taken the base path away already. */
function urlOf(target: string | undefined, basePath: string): URL | undefined {
  const text = `http://localhost${target?.startsWith('/') === true ? target : '/'}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (/%(?:00|2f|5c)/i.test(url.pathname)) return undefined
  if (basePath !== '' && (url.pathname === basePath || url.pathname.startsWith(`${basePath}/`))) {
    url.pathname = url.pathname.slice(basePath.length) || '/'
  }
  return url
}

/** The rest of what the client sends is not waited for. */
function refuse(status: number, why: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { connection: 'close', ...headers }, body: `${why}\n` }
}

function unauthorized(): HttpAnswer {
  return refuse(401, 'unauthorized', { 'www-authenticate': 'Basic realm="ccbt", charset="UTF-8"' })
}

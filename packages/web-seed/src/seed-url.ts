// URLs of web seeds: what they name, and what of them may be shown. Path, query and user name can be secret.

import { normalIp, scopeOf } from '@ccbt/address'
import { concatBytes } from '@ccbt/primitives'

import { urlUnsupported } from './errors.ts'
import { encodeComponent, percentDecode } from './percent.ts'

/** A URL taken apart. */
export interface SeedUrl {
  readonly protocol: 'http:' | 'https:'
  /** Host name or IP literal, without brackets. */
  readonly hostname: string
  readonly port: number
  /** Host as in a `Host` field and in messages; with the port when it is not the usual one. */
  readonly label: string
  /** Path and query as sent: starts with a slash, has no fragment. */
  readonly path: string
  /** `user:password`, for HTTP's basic authentication. */
  readonly auth?: Uint8Array
  /** The URL itself names an address that is not global, or localhost: somebody wanted a server inside. */
  readonly isLocal: boolean
  readonly hasQuery: boolean
}

const DEFAULT_PORT = { 'http:': 80, 'https:': 443 } as const
const COLON = Uint8Array.of(0x3a)

/**
 * Takes the URL of a web seed, or of a redirect, apart.
 * @throws WEB_SEED_URL_UNSUPPORTED
 * @example parseSeedUrl('https://user:pw@mirror.example/iso/').label // 'mirror.example'
 */
export function parseSeedUrl(text: string): SeedUrl {
  const url = URL.parse(text)
  if (url === null || url.port === '0' || url.hostname === '') throw urlUnsupported('')
  const { protocol } = url
  if (protocol !== 'http:' && protocol !== 'https:') throw urlUnsupported(protocol.slice(0, -1))
  const hostname = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return {
    protocol,
    hostname,
    port: url.port === '' ? DEFAULT_PORT[protocol] : Number(url.port),
    label: url.host,
    path: url.pathname + url.search,
    ...(url.username === '' && url.password === '' ? {} : { auth: authOf(url) }),
    isLocal: isLocalName(hostname),
    hasQuery: url.search !== '',
  }
}

/** Two URLs with the same key are on the same server. */
export function serverKey(url: SeedUrl): string {
  return `${url.protocol}//${url.label}`
}

/**
 * Where `location`, which `from` redirects to, leads; `undefined` for what is no web address, and from https to http.
 * User names are those of `from` as long as the server is the same.
 */
export function redirectTarget(location: string, from: SeedUrl): SeedUrl | undefined {
  const next = URL.parse(location, `${serverKey(from)}${from.path}`)
  if (next === null || !/^https?:$/.test(next.protocol) || next.port === '0') return undefined
  if (from.protocol === 'https:' && next.protocol === 'http:') return undefined
  const target = parseSeedUrl(next.href)
  const isSameServer = serverKey(target) === serverKey(from)
  return isSameServer && from.auth !== undefined ? { auth: from.auth, ...target } : target
}

/**
 * `base` with the components of a file's path after it; `undefined` when a server could read one of them as something
 * else than a name: `..`, an empty name, a name with a separator in it.
 * @example appendPath('/iso/', ['a b', '50%']) // '/iso/a%20b/50%25'
 */
export function appendPath(base: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return base
  if (names.some((name) => name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name))) return undefined
  return (base.endsWith('/') ? base : `${base}/`) + names.map(encodeComponent).join('/')
}

function authOf(url: URL): Uint8Array {
  return concatBytes([percentDecode(url.username), COLON, percentDecode(url.password)])
}

/** Whether a URL's host is written as an address that is not global, or as localhost. */
function isLocalName(hostname: string): boolean {
  const ip = normalIp(hostname)
  if (ip !== undefined) return scopeOf(ip) !== 'global'
  return /(?:^|\.)localhost\.?$/.test(hostname)
}

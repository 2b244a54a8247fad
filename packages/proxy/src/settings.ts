// Which proxy, and how it is written. The names that it is asked for are always resolved by the proxy, so socks5 and
// socks5h mean the same.

import { formatEndpoint, normalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import { urlInvalid } from './errors.ts'

/** Longest user name and password in RFC 1929, in bytes. */
const MAX_CREDENTIAL_BYTES = 255

/** A proxy. */
export interface ProxySettings {
  readonly kind: 'socks5' | 'http'
  /** An IP literal; a name is resolved on this machine. */
  readonly host: string
  readonly port: number
  readonly credentials?: Credentials
}

/** Who we are for the proxy. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

const KINDS: Readonly<Record<string, { readonly kind: ProxySettings['kind']; readonly port: number }>> = {
  'socks5:': { kind: 'socks5', port: 1080 },
  'socks5h:': { kind: 'socks5', port: 1080 },
  'http:': { kind: 'http', port: 80 },
}

/**
 * Reads `socks5://[user:password@]host[:port]` or `http://...`; special characters of user and password are
 * percent-encoded.
 * @throws PROXY_URL_INVALID, which does not repeat the text
 * @example parseProxyUrl('socks5://127.0.0.1:1080') // { kind: 'socks5', host: '127.0.0.1', port: 1080 }
 */
export function parseProxyUrl(text: string): ProxySettings {
  const scheme = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(text)?.[0].toLowerCase() ?? ''
  const known = Object.hasOwn(KINDS, scheme) ? KINDS[scheme] : undefined
  if (known === undefined) throw urlInvalid('must begin with socks5://, socks5h:// or http://')
  const url = URL.parse(text)
  const hasMore = url === null || !/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== ''
  if (hasMore || url.port === '0') throw urlInvalid('must be of the form socks5://user:password@host:port')
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const place = { host: normalIp(host) ?? host, port: url.port === '' ? known.port : Number(url.port) }
  if (!isProxyTarget(place)) throw urlInvalid('must be of the form socks5://user:password@host:port')
  return { kind: known.kind, ...place, ...credentialsOf(url, known.kind) }
}

/** The proxy without its credentials: `socks5://127.0.0.1:1080`. */
export function proxyLabel({ kind, host, port }: ProxySettings): string {
  return `${kind}://${formatEndpoint({ host, port })}`
}

/** Whether a proxy can be asked for this host: nothing but printable ASCII, and not longer than names can be. */
export function isProxyTarget({ host }: Endpoint): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(host)
}

function credentialsOf(url: URL, kind: ProxySettings['kind']): { readonly credentials?: Credentials } {
  if (url.username === '' && url.password === '') return {}
  const [user, password] = [decoded(url.username), decoded(url.password)]
  const lengths = [user, password].map((text) => Buffer.byteLength(text))
  if (lengths.some((length) => length > MAX_CREDENTIAL_BYTES)) {
    throw urlInvalid(`has a user or a password of more than ${MAX_CREDENTIAL_BYTES} bytes`)
  }
  if (user === '' || (kind === 'socks5' && password === '')) throw urlInvalid('has only one of user and password')
  if (kind === 'http' && user.includes(':')) throw urlInvalid('has a colon in its user name')
  return { credentials: { user, password } }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A URIError is what says no.
    throw urlInvalid('has a percent sign that encodes nothing (write %25)')
  }
}

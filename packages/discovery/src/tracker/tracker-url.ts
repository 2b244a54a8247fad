// Tracker URLs: what they name, and what of them may be shown. The path and the query can hold a passkey.

import { normalIp, scopeOf } from '@ccbt/address'

import { urlUnsupported } from '../errors.ts'

/** A tracker URL taken apart. */
export interface TrackerUrl {
  readonly protocol: 'http:' | 'https:' | 'udp:'
  /** Host name or IP literal, without brackets. */
  readonly hostname: string
  readonly port: number
  /** Host for messages; with the port when it is not the usual one. */
  readonly label: string
  /** Path and query as sent: starts with a slash, has no fragment. */
  readonly path: string
  /** `user:password` for HTTP's basic authentication. */
  readonly auth?: string
  /** The URL itself names an address that is not global, or localhost: somebody wanted a tracker inside. */
  readonly isLocal: boolean
}

const DEFAULT_PORT = { 'http:': 80, 'https:': 443, 'udp:': 80 } as const

/**
 * Takes a tracker URL apart.
 * @throws TRACKER_URL_UNSUPPORTED
 * @example parseTrackerUrl('udp://tracker.example:6969/announce').port // 6969
 */
export function parseTrackerUrl(text: string): TrackerUrl {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase() ?? ''
  const protocol = scheme === '' ? '' : `${scheme}:`
  if (protocol !== 'http:' && protocol !== 'https:' && protocol !== 'udp:') throw urlUnsupported(scheme)
  // The URL standard normalises host names of the schemes it knows only: read udp as http.
  const url = URL.parse(protocol === 'udp:' ? text.replace(/^udp:/i, 'http:') : text)
  if (url === null || url.port === '0') throw urlUnsupported('')
  return {
    protocol,
    hostname: withoutBrackets(url.hostname),
    port: url.port === '' ? DEFAULT_PORT[protocol] : Number(url.port),
    label: url.host,
    path: url.pathname + url.search,
    ...(url.username === '' ? {} : { auth: `${percentDecoded(url.username)}:${percentDecoded(url.password)}` }),
    isLocal: isLocalName(withoutBrackets(url.hostname)),
  }
}

/** Whether a URL's host is written as an address that is not global, or as localhost. */
function isLocalName(hostname: string): boolean {
  const ip = normalIp(hostname)
  if (ip !== undefined) return scopeOf(ip) !== 'global'
  return hostname === 'localhost' || hostname.endsWith('.localhost')
}

/** Percent signs that encode nothing stay as they are. */
function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

/**
 * Whether a request to a local address looks like an announce: the last part of its path starts with `announce`.
 * A torrent must not be able to reach a control port of this machine or network (`/transmission/rpc`) through us.
 */
export function isAnnouncePath(path: string): boolean {
  return /\/announce[^/]*$/.test(path.split('?', 1)[0]!)
}

/**
 * Where to scrape (BEP 48): `announce` at the start of the path's last part becomes `scrape`. `undefined` without one.
 * @example scrapePath('/x/announce.php?key=1') // '/x/scrape.php?key=1'
 */
export function scrapePath(path: string): string | undefined {
  const [name = '', ...query] = path.split('?')
  return isAnnouncePath(name) ? [name.replace(/\/announce([^/]*)$/, '/scrape$1'), ...query].join('?') : undefined
}

/** Longest text of a tracker that is kept. */
const MAX_TEXT_LENGTH = 512

/** Parts of a URL this long may be secret. */
const MIN_SECRET_LENGTH = 8

/** A tracker's words for a person: one line, at most 512 characters, without our passkey when they echo it. */
export function trackerText(bytes: Uint8Array, url: TrackerUrl): string {
  // Cut before decoding: at most four bytes per character count.
  let text = new TextDecoder().decode(bytes.subarray(0, 4 * MAX_TEXT_LENGTH))
  for (const secret of secretsOf(url)) text = text.replaceAll(secret, '***')
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT_LENGTH)
}

/** The longest first: one may be a part of another. */
function secretsOf(url: TrackerUrl): string[] {
  const parts = url.path.split(/[/?&=;]/)
  if (url.auth !== undefined) parts.push(...url.auth.split(':'))
  return parts
    .filter((part) => part.length >= MIN_SECRET_LENGTH && !part.startsWith('announce'))
    .sort((a, b) => b.length - a.length)
}

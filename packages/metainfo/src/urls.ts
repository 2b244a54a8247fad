// URLs and hosts that a torrent names. Here only what cannot be one is dropped; whether an address may be contacted
// (local networks, proxies, bound interfaces) is decided where the connection is made.

import { asBytes, asInt, asList, type BencodeDict, type BencodeValue } from '@ccbt/bencode'
import { scalar, textOf } from './fields.ts'
import { isHost, type HostPort } from './host.ts'

export const TRACKER_SCHEMES: readonly string[] = ['http:', 'https:', 'udp:', 'ws:', 'wss:']
export const WEB_SCHEMES: readonly string[] = ['http:', 'https:']

/** Trackers and seeds beyond this are of no use to anybody. */
export const MAX_URLS = 100
const MAX_URL_LENGTH = 2048
/** A larger list is not looked at: each entry would become an object. */
const MAX_WEIGHT = 350_000

/** Whether `url` is one of these schemes, has a host and contains nothing that could break a request line. */
export function isUrl(url: string, schemes: readonly string[]): boolean {
  if (url.length > MAX_URL_LENGTH || /[\s\p{Cc}\p{Cs}]/u.test(url)) return false
  const parsed = URL.parse(url)
  return parsed !== null && schemes.includes(parsed.protocol) && parsed.hostname !== ''
}

/** `tiers` without bad and repeated URLs and without empty tiers; at most {@link MAX_URLS} URLs. */
export function cleanTiers(tiers: readonly (readonly string[])[], schemes: readonly string[]): string[][] {
  const seen = new Set<string>()
  const out: string[][] = []
  for (const tier of tiers) {
    const kept: string[] = []
    for (const url of tier) {
      if (seen.size >= MAX_URLS) break
      if (seen.has(url) || !isUrl(url, schemes)) continue
      seen.add(url)
      kept.push(url)
    }
    if (kept.length > 0) out.push(kept)
  }
  return out
}

/** The trackers of a torrent. */
export interface Trackers {
  readonly tiers: readonly (readonly string[])[]
  /** Whether some that were given are not among them. */
  readonly isShortened: boolean
}

/** The trackers: `announce-list`, or without a usable one `announce` (BEP 12). */
export function readTrackers(root: BencodeDict): Trackers {
  const given = boundedList(root, 'announce-list').map((tier) => asList(tier)?.flatMap(textsOf) ?? textsOf(tier))
  const single = textsOf(scalar(root, 'announce'))
  const listed = cleanTiers(given, TRACKER_SCHEMES)
  const tiers = listed.length > 0 ? listed : cleanTiers([single], TRACKER_SCHEMES)
  const expected = given.flat().length || single.length
  return { tiers, isShortened: isTooLong(root, 'announce-list') || tiers.flat().length < expected }
}

/** The web or http seeds: one URL or a list of them. */
export function readSeeds(root: BencodeDict, key: string): string[] {
  const urls = [...textsOf(scalar(root, key)), ...boundedList(root, key).flatMap(textsOf)]
  return cleanTiers([urls], WEB_SCHEMES).flat()
}

/** The DHT nodes that are a host and a port. */
export function readNodes(root: BencodeDict): HostPort[] {
  return boundedList(root, 'nodes').flatMap(nodesOf).slice(0, MAX_URLS)
}

function nodesOf(value: BencodeValue): HostPort[] {
  const pair = asList(value) ?? []
  const host = textsOf(pair[0])[0] ?? ''
  const port = asInt(pair[1]) ?? 0
  return isHost(host) && port > 0 && port <= 0xffff ? [{ host, port }] : []
}

function boundedList(root: BencodeDict, key: string): BencodeValue[] {
  return isTooLong(root, key) ? [] : (asList(root.get(key)) ?? [])
}

function isTooLong(root: BencodeDict, key: string): boolean {
  return root.weight(key) > MAX_WEIGHT
}

/** The text of a string, spaces around it removed; nothing for other values and empty texts. */
function textsOf(value: BencodeValue | undefined): string[] {
  const bytes = asBytes(value)
  if (bytes === undefined || bytes.length > 2 * MAX_URL_LENGTH) return []
  const text = textOf(bytes).replace(/^ +| +$/g, '')
  return text === '' ? [] : [text]
}

// Magnet links (BEP 9, 53, and btmh of BEP 52). A link is text of a stranger: it is bounded before it is split, lists are
// bounded, ranges stay ranges, and nothing in it is contacted here.

import { bytesEqual, fromHex, toHex } from '@ccbt/primitives'
import { fromBase32 } from './base32.ts'
import { magnetInvalid } from './errors.ts'
import { isHost, type HostPort } from './host.ts'
import type { Metainfo } from './metainfo.ts'
import { cleanTiers, MAX_URLS, TRACKER_SCHEMES, WEB_SCHEMES } from './urls.ts'

/** What a magnet link says. */
export interface Magnet {
  /** 20 bytes. One of the two hashes is there. */
  readonly infoHashV1?: Uint8Array
  /** 32 bytes. */
  readonly infoHashV2?: Uint8Array
  /** For display only and through `displayText`, until the info is known. */
  readonly name?: string
  /** http, https, udp, ws and wss URLs, at most 100. */
  readonly trackers: readonly string[]
  /** http and https URLs, at most 100. */
  readonly webSeeds: readonly string[]
  /** Peers to try, at most 100. Local addresses are among them: whether to dial them is decided where it is done. */
  readonly peers: readonly HostPort[]
  /** Wanted file indexes as inclusive ranges (BEP 53), at most 1000; empty when the link chooses none. */
  readonly selected: readonly IndexRange[]
}

/** File indexes from `first` to `last`, both included; may reach beyond the torrent's files. */
export interface IndexRange {
  readonly first: number
  readonly last: number
}

const MAX_LENGTH = 65_536
const MAX_RANGES = 1000
/** Multihash of a SHA-256: its code and its length. */
const SHA256_PREFIX = '1220'

/** What a link to this torrent says: its hashes, name, trackers and web seeds. */
export function magnetOf({ infoHashV1, infoHashV2, name, trackers, webSeeds }: Metainfo): Magnet {
  return {
    ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    name,
    trackers: trackers.flat(),
    webSeeds,
    peers: [],
    selected: [],
  }
}

/**
 * Reads a magnet link. Throws METAINFO_MAGNET_INVALID without a usable info-hash or with two different ones.
 * @example parseMagnet('magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=name').name // 'name'
 */
export function parseMagnet(uri: string): Magnet {
  if (uri.length > MAX_LENGTH) throw magnetInvalid(`it is longer than ${MAX_LENGTH} characters`)
  const query = /^magnet:\?(.*)$/is.exec(uri.trim())?.[1]
  if (query === undefined) throw magnetInvalid("it does not begin with 'magnet:?'")
  const fields = fieldsOf(query)
  const all = (key: string): string[] => fields.get(key) ?? []
  const name = all('dn')[0]
  return {
    ...hashesOf(all('xt')),
    ...(name === undefined ? {} : { name }),
    trackers: cleanTiers([all('tr')], TRACKER_SCHEMES).flat(),
    webSeeds: cleanTiers([all('ws')], WEB_SCHEMES).flat(),
    peers: all('x.pe').flatMap(peersOf).slice(0, MAX_URLS),
    selected: all('so').flatMap(rangesOf).slice(0, MAX_RANGES),
  }
}

/**
 * Writes a magnet link that {@link parseMagnet} reads as the same.
 * @example formatMagnet({ infoHashV1: metainfo.infoHash, trackers: [], webSeeds: [], peers: [], selected: [] })
 */
export function formatMagnet(magnet: Magnet): string {
  const { infoHashV1, infoHashV2, name, trackers, webSeeds, peers, selected } = magnet
  const fields: string[] = []
  if (infoHashV1 !== undefined) fields.push(`xt=urn:btih:${toHex(infoHashV1)}`)
  if (infoHashV2 !== undefined) fields.push(`xt=urn:btmh:${SHA256_PREFIX}${toHex(infoHashV2)}`)
  if (name !== undefined) fields.push(`dn=${encodeURIComponent(name.toWellFormed())}`)
  for (const url of trackers) fields.push(`tr=${encodeURIComponent(url)}`)
  for (const url of webSeeds) fields.push(`ws=${encodeURIComponent(url)}`)
  for (const { host, port } of peers) fields.push(`x.pe=${host.includes(':') ? `[${host}]` : host}:${port}`)
  if (selected.length > 0) fields.push(`so=${selected.map(rangeText).join(',')}`)
  return `magnet:?${fields.join('&')}`
}

/** Values by key; numbered keys (`tr.1`) count as their plain form. */
function fieldsOf(query: string): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const [numbered, value] of new URLSearchParams(query)) {
    const key = numbered.toLowerCase().replace(/\.\d+$/, '')
    const values = fields.get(key)
    if (values === undefined) fields.set(key, [value])
    else values.push(value)
  }
  return fields
}

function hashesOf(topics: readonly string[]): Pick<Magnet, 'infoHashV1' | 'infoHashV2'> {
  const infoHashV1 = oneOf(topics, /^urn:btih:(.*)$/i, v1Hash)
  const infoHashV2 = oneOf(topics, /^urn:btmh:(.*)$/i, v2Hash)
  if (infoHashV1 === undefined && infoHashV2 === undefined) throw magnetInvalid('it has no info-hash')
  return { ...(infoHashV1 === undefined ? {} : { infoHashV1 }), ...(infoHashV2 === undefined ? {} : { infoHashV2 }) }
}

/** The one hash among the topics of this form. Throws when one is malformed or two differ. */
function oneOf(
  topics: readonly string[],
  form: RegExp,
  read: (text: string) => Uint8Array | undefined,
): Uint8Array | undefined {
  let found: Uint8Array | undefined
  for (const topic of topics) {
    const text = form.exec(topic)?.[1]
    if (text === undefined) continue
    const hash = read(text)
    if (hash === undefined) throw magnetInvalid('its info-hash is malformed')
    if (found !== undefined && !bytesEqual(found, hash)) throw magnetInvalid('it has two different info-hashes')
    found = hash
  }
  return found
}

function v1Hash(text: string): Uint8Array | undefined {
  if (text.length === 40) return fromHex(text)
  return text.length === 32 ? fromBase32(text) : undefined
}

function v2Hash(text: string): Uint8Array | undefined {
  const isSha256 = text.length === SHA256_PREFIX.length + 64 && text.startsWith(SHA256_PREFIX)
  return isSha256 ? fromHex(text.slice(SHA256_PREFIX.length)) : undefined
}

function peersOf(text: string): HostPort[] {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  const port = Number(digits)
  return isHost(host) && port > 0 && port <= 0xffff ? [{ host, port }] : []
}

function rangesOf(text: string): IndexRange[] {
  return text.split(',').flatMap((item) => {
    const [, from = '', to] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(item) ?? []
    const first = Number(from)
    const last = to === undefined ? first : Number(to)
    return from !== '' && first <= last ? [{ first, last }] : []
  })
}

function rangeText({ first, last }: IndexRange): string {
  return first === last ? String(first) : `${first}-${last}`
}

// The datagrams of local service discovery (BEP 14): HTTP by looks. They are read strictly, lines end in CR LF and in
// nothing else, but headers of other kinds and whatever follows the empty line are ignored.

import { toHex } from '@ccbt/primitives'

/** Info-hashes of one datagram: with 25 it has 1396 bytes at most, BEP 14 wants no more than 1400. */
export const MAX_HASHES_PER_PACKET = 25

/** No datagram that keeps to BEP 14 is longer; one of this length cannot name more than 29 info-hashes. */
const MAX_PACKET_BYTES = 1500
const REQUEST_LINE = /^BT-SEARCH \* HTTP\/1\.[01]$/
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/

/** What somebody on the local network announces. */
export interface LocalAnnounce {
  /** Where he takes connections: 1 to 65535. */
  readonly port: number
  /** Of his torrents: 40 lower-case hexadecimal digits each, no repeats. */
  readonly infoHashes: readonly string[]
  /** His mark, to know his own announces by. */
  readonly cookie?: string
}

/** What {@link writeAnnounce} writes. */
export interface AnnounceParts {
  /** The multicast group as host and port. */
  readonly host: string
  readonly port: number
  /** At most {@link MAX_HASHES_PER_PACKET}, 20 bytes each. */
  readonly infoHashes: readonly Uint8Array[]
  readonly cookie: string
}

/** The datagram of an announce. Info-hashes are in capitals, as some old clients compare texts. */
export function writeAnnounce({ host, port, infoHashes, cookie }: AnnounceParts): Uint8Array {
  const lines = [
    'BT-SEARCH * HTTP/1.1',
    `Host: ${host}`,
    `Port: ${port}`,
    ...infoHashes.map((infoHash) => `Infohash: ${toHex(infoHash).toUpperCase()}`),
    `cookie: ${cookie}`,
    '',
    '',
    '',
  ]
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/** Reads a datagram; `undefined` when it is no announce, or announces nothing. */
export function readAnnounce(packet: Uint8Array): LocalAnnounce | undefined {
  if (packet.length > MAX_PACKET_BYTES) return undefined
  const [head, ...rest] = Buffer.from(packet).toString('latin1').split('\r\n\r\n')
  if (head === undefined || rest.length === 0) return undefined
  const [request, ...lines] = head.split('\r\n')
  if (request === undefined || !REQUEST_LINE.test(request)) return undefined
  const headers = lines.map(readHeader)
  const ports = valuesOf(headers, 'port')
  const port = ports.length === 1 && /^\d{1,5}$/.test(ports[0]!) ? Number(ports[0]) : 0
  const infoHashes = [...new Set(valuesOf(headers, 'infohash').flatMap(readInfoHash))]
  if (headers.includes(undefined) || port < 1 || port > 65_535 || infoHashes.length === 0) return undefined
  const [cookie] = valuesOf(headers, 'cookie')
  return { port, infoHashes, ...(cookie === undefined ? {} : { cookie }) }
}

interface Header {
  readonly name: string
  readonly value: string
}

/** Without an expression for the whole line: spaces and tabs would make it try every division of them. */
function readHeader(line: string): Header | undefined {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  if (!HEADER_NAME.test(name) || /[\r\n]/.test(line)) return undefined
  return { name: name.toLowerCase(), value: line.slice(colon + 1).trim() }
}

function valuesOf(headers: readonly (Header | undefined)[], name: string): string[] {
  return headers.flatMap((header) => (header?.name === name ? [header.value] : []))
}

/** One that is none is left out, the others count. */
function readInfoHash(text: string): string[] {
  return /^[\dA-Fa-f]{40}$/.test(text) ? [text.toLowerCase()] : []
}

// The datagrams of BEP 15 (announce and scrape) and BEP 41. All integers are big-endian.

import { concatBytes, readU32 } from '@ccbt/primitives'

import { numWantOf } from './announce-query.ts'
import type { AnnounceEvent, ScrapeCounts, TrackerRequest } from './tracker.ts'

/** Starts a connect request. */
export const PROTOCOL_ID = 0x417_27101980n
const CONNECT_BYTES = 16
const ANNOUNCE_BYTES = 98
/** Bytes of an announce answer in front of the peers. */
const ANNOUNCE_ANSWER_BYTES = 20

/** The actions of BEP 15. */
export const ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const

const EVENT_CODES: Readonly<Record<AnnounceEvent, number>> = { update: 0, completed: 1, started: 2, stopped: 3 }

/** Option of BEP 41: a part of the URL's path and query. */
const OPTION_URL_DATA = 2
const MAX_OPTION_BYTES = 255
/** A longer path would make the datagram larger than every network carries. */
const MAX_URL_DATA_BYTES = 1_020

export function connectPacket(transaction: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(CONNECT_BYTES))
  view.setBigUint64(0, PROTOCOL_ID)
  view.setUint32(8, ACTION.connect)
  view.setUint32(12, transaction)
  return new Uint8Array(view.buffer)
}

/** Hashes in one scrape: what BEP 15 lets a datagram hold. */
export const MAX_UDP_SCRAPE = 74
const HASH_BYTES = 20
const SCRAPE_HEAD_BYTES = 16
const SCRAPE_ENTRY_BYTES = 12

/** A scrape for at most {@link MAX_UDP_SCRAPE} hashes. */
export function scrapePacket(connection: bigint, transaction: number, infoHashes: readonly Uint8Array[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(SCRAPE_HEAD_BYTES))
  view.setBigUint64(0, connection)
  view.setUint32(8, ACTION.scrape)
  view.setUint32(12, transaction)
  return concatBytes([new Uint8Array(view.buffer), ...infoHashes.map((infoHash) => infoHash.subarray(0, HASH_BYTES))])
}

/** The announce, followed by the URL's path and query in the form of BEP 41. */
export function announcePacket(
  connection: bigint,
  transaction: number,
  request: TrackerRequest,
  path: string,
): Uint8Array {
  const bytes = new Uint8Array(ANNOUNCE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, connection)
  view.setUint32(8, ACTION.announce)
  view.setUint32(12, transaction)
  bytes.set(request.infoHash.subarray(0, 20), 16)
  bytes.set(request.peerId.subarray(0, 20), 36)
  view.setBigUint64(56, BigInt(request.stats.downloaded))
  view.setBigUint64(64, BigInt(request.stats.left))
  view.setBigUint64(72, BigInt(request.stats.uploaded))
  view.setUint32(80, EVENT_CODES[request.event])
  // Offset 84: our address; 0 lets the tracker take the sender's.
  view.setUint32(88, request.key)
  view.setUint32(92, numWantOf(request))
  view.setUint16(96, request.port)
  return concatBytes([bytes, urlData(path)])
}

function urlData(path: string): Uint8Array {
  const text = new TextEncoder().encode(path === '/' ? '' : path)
  if (text.length > MAX_URL_DATA_BYTES) return new Uint8Array()
  const parts: Uint8Array[] = []
  for (let at = 0; at < text.length; at += MAX_OPTION_BYTES) {
    const part = text.subarray(at, at + MAX_OPTION_BYTES)
    parts.push(Uint8Array.of(OPTION_URL_DATA, part.length), part)
  }
  return concatBytes(parts)
}

/** The fields in front of an announce answer's peers. */
export interface UdpAnnounceAnswer {
  readonly intervalS: number
  readonly leechers: number
  readonly seeders: number
  /** Entries of 6 bytes over IPv4, of 18 bytes over IPv6. */
  readonly peers: Uint8Array
}

/** A datagram that has the form of an answer. */
export type UdpAnswer =
  | { readonly action: 'connect'; readonly connection: bigint }
  | { readonly action: 'announce'; readonly announce: UdpAnnounceAnswer }
  | { readonly action: 'scrape'; readonly counts: readonly ScrapeCounts[] }
  | { readonly action: 'error'; readonly text: Uint8Array }

/** The transaction that a datagram belongs to, `undefined` when it is too short for any answer. */
export function transactionOf(packet: Uint8Array): number | undefined {
  return packet.length < 8 ? undefined : readU32(packet, 4)
}

/** Reads an answer, `undefined` when it is none that is known. `packet` has 8 bytes or more. */
export function readUdpAnswer(packet: Uint8Array): UdpAnswer | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const action = view.getUint32(0)
  if (action === ACTION.connect && packet.length >= CONNECT_BYTES)
    return { action: 'connect', connection: view.getBigUint64(8) }
  if (action === ACTION.error) return { action: 'error', text: packet.subarray(8) }
  if (action === ACTION.scrape) return { action: 'scrape', counts: scrapeCounts(view) }
  if (action !== ACTION.announce || packet.length < ANNOUNCE_ANSWER_BYTES) return undefined
  return {
    action: 'announce',
    announce: {
      intervalS: view.getUint32(8),
      leechers: view.getUint32(12),
      seeders: view.getUint32(16),
      peers: packet.subarray(ANNOUNCE_ANSWER_BYTES),
    },
  }
}

/** Entries of 12 bytes behind action and transaction; a rest that is none is dropped. */
function scrapeCounts(view: DataView): ScrapeCounts[] {
  const counts: ScrapeCounts[] = []
  for (let at = 8; at + SCRAPE_ENTRY_BYTES <= view.byteLength; at += SCRAPE_ENTRY_BYTES)
    counts.push({ seeders: view.getUint32(at), downloaded: view.getUint32(at + 4), leechers: view.getUint32(at + 8) })
  return counts
}

// ut_pex (BEP 11): addresses of peers that the sender has connected to or lost since its last message. Whether an address
// is fit to be dialled is not judged here.

import { asBytes, encode } from '@ccbt/bencode'
import type { BencodeDict } from '@ccbt/bencode'
import { concatBytes } from '@ccbt/primitives'

import { extensionInvalid } from '../errors.ts'
import { decodeDict } from './payload.ts'

/** The name of the extension in the handshake. */
export const UT_PEX = 'ut_pex'

/** Addresses used of each list, IPv4 and IPv6 together; BEP 11 allows no more. */
export const MAX_PEX_PEERS = 50

/** Bits of {@link PexPeer.flags}. */
export const PexFlag = {
  prefersEncryption: 0x01,
  isSeed: 0x02,
  supportsUtp: 0x04,
  supportsHolepunch: 0x08,
  isReachable: 0x10,
} as const

/** A peer's address as PEX gives it. */
export interface PexPeer {
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array
  /** 0 to 65535. */
  readonly port: number
  /** {@link PexFlag} bits; 0 for dropped peers. */
  readonly flags: number
}

/** What a PEX message says. */
export interface PexMessage {
  readonly added: readonly PexPeer[]
  readonly dropped: readonly PexPeer[]
}

const IPV4_BYTES = 4
const IPV6_BYTES = 16
const PORT_BYTES = 2

/** The payload of a PEX message; of each list the first {@link MAX_PEX_PEERS} are told. */
export function encodePex(message: PexMessage): Uint8Array {
  const added = message.added.slice(0, MAX_PEX_PEERS)
  const dropped = message.dropped.slice(0, MAX_PEX_PEERS)
  return encode({
    added: compact(added, IPV4_BYTES),
    'added.f': flagsOf(added, IPV4_BYTES),
    added6: compact(added, IPV6_BYTES),
    'added6.f': flagsOf(added, IPV6_BYTES),
    dropped: compact(dropped, IPV4_BYTES),
    dropped6: compact(dropped, IPV6_BYTES),
  })
}

/** The addresses of one kind, in 6 or 18 bytes each. */
function compact(peers: readonly PexPeer[], ipBytes: number): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { ip, port } of peers) if (ip.length === ipBytes) parts.push(ip, Uint8Array.of(port >>> 8, port))
  return concatBytes(parts)
}

function flagsOf(peers: readonly PexPeer[], ipBytes: number): Uint8Array {
  const ofKind = peers.filter((peer) => peer.ip.length === ipBytes)
  return Uint8Array.from(ofKind, (peer) => peer.flags)
}

/**
 * Reads a PEX message: of each list at most {@link MAX_PEX_PEERS}, shared evenly when both IPv4 and IPv6 have more.
 * @throws WIRE_EXTENSION_INVALID when a list is cut off in an address
 */
export function parsePex(payload: Uint8Array): PexMessage {
  const { dict } = decodeDict(UT_PEX, payload)
  return {
    added: peersOf(dict, 'added', 'added6'),
    dropped: peersOf(dict, 'dropped', 'dropped6'),
  }
}

function peersOf(dict: BencodeDict, key4: string, key6: string): PexPeer[] {
  const all4 = entries(dict, key4, IPV4_BYTES)
  const all6 = entries(dict, key6, IPV6_BYTES)
  const half = MAX_PEX_PEERS / 2
  const of4 = all4.slice(0, Math.max(half, MAX_PEX_PEERS - all6.length))
  return [...of4, ...all6.slice(0, MAX_PEX_PEERS - of4.length)]
}

/** The first addresses of one list; flags that are missing or too few are 0. */
function entries(dict: BencodeDict, key: string, ipBytes: number): PexPeer[] {
  const bytes = asBytes(dict.get(key))
  const entryBytes = ipBytes + PORT_BYTES
  if (bytes === undefined) return []
  if (bytes.length % entryBytes !== 0) throw extensionInvalid(UT_PEX, `${key} has ${bytes.length} bytes`)
  const flags = asBytes(dict.get(`${key}.f`))
  const count = Math.min(bytes.length / entryBytes, MAX_PEX_PEERS)
  return Array.from({ length: count }, (_, i) => {
    const at = i * entryBytes
    return {
      ip: new Uint8Array(bytes.subarray(at, at + ipBytes)),
      port: bytes[at + ipBytes]! * 256 + bytes[at + ipBytes + 1]!,
      flags: flags?.[i] ?? 0,
    }
  })
}

// The extension handshake (BEP 10): a dictionary with the sender's message ids and facts about it.
// A value that makes no sense is taken as absent: half of a handshake is better than no peer.

import { asBytes, asDict, asInt, asText, encode } from '@ccbt/bencode'
import type { BencodeDict } from '@ccbt/bencode'

import { displayText } from '../display-text.ts'
import { extensionInvalid } from '../errors.ts'
import { MAX_EXTENSION_HANDSHAKE_BYTES } from '../limits.ts'
import { decodeDict, intWithin } from './payload.ts'
import { MAX_METADATA_BYTES } from './ut-metadata.ts'
import { encodeXetAbilities, xetAbilities } from './xet-abilities.ts'
import type { XetAbilities } from './xet-abilities.ts'

const NAME = 'extension handshake'
const MAX_EXTENSIONS = 100
const MAX_CLIENT_CHARS = 64
const MAX_REQUEST_QUEUE = 1_000_000

/** What an extension handshake says; everything may be absent. */
export interface ExtensionHandshake {
  /** Message id (1 to 255) of each extension that the sender takes; 0 = not (any more). */
  readonly m: ReadonlyMap<string, number>
  /** Client name and version; from a peer safe to print, at most 64 characters. */
  readonly v?: string
  /** The sender's listening port. */
  readonly p?: number
  /** Requests that the sender queues. */
  readonly reqq?: number
  /** Our address as the sender sees it: 4 or 16 bytes. */
  readonly yourip?: Uint8Array
  /** An IPv4 address of the sender: 4 bytes. */
  readonly ipv4?: Uint8Array
  /** An IPv6 address of the sender: 16 bytes. */
  readonly ipv6?: Uint8Array
  /** Bytes of the info dictionary (BEP 9), as the sender claims; at most 64 MiB. */
  readonly metadataSize?: number
  /** The sender downloads nothing more (BEP 21). */
  readonly uploadOnly?: boolean
  /** What the sender does by cc_xet (docs/bep_xet.md). */
  readonly xet?: XetAbilities
}

/**
 * The payload of an extension handshake: message 0.
 * @example encoder.extended(0, encodeExtensionHandshake({ m: table.local, v: 'ccbt 0.1.0', reqq: 2000 }))
 */
export function encodeExtensionHandshake(handshake: ExtensionHandshake): Uint8Array {
  const { m, v, p, reqq, yourip, ipv4, ipv6 } = handshake
  const metadata_size = handshake.metadataSize
  const upload_only = handshake.uploadOnly === true ? 1 : undefined
  const cc_xet = handshake.xet && encodeXetAbilities(handshake.xet)
  return encode({ m, v, p, reqq, yourip, ipv4, ipv6, metadata_size, upload_only, cc_xet })
}

/** Reads the payload of message 0; what it gives shares nothing with `payload`. @throws WIRE_EXTENSION_INVALID */
export function parseExtensionHandshake(payload: Uint8Array): ExtensionHandshake {
  if (payload.length > MAX_EXTENSION_HANDSHAKE_BYTES) throw extensionInvalid(NAME, `it has ${payload.length} bytes`)
  const { dict } = decodeDict(NAME, payload)
  const v = asText(dict.get('v'))
  return {
    m: messageIds(asDict(dict.get('m'))),
    ...optional('v', v === undefined ? undefined : displayText(v, MAX_CLIENT_CHARS)),
    ...optional('p', intWithin(dict, 'p', 1, 65_535)),
    ...optional('reqq', intWithin(dict, 'reqq', 1, MAX_REQUEST_QUEUE)),
    ...optional('yourip', address(dict, 'yourip', 4) ?? address(dict, 'yourip', 16)),
    ...optional('ipv4', address(dict, 'ipv4', 4)),
    ...optional('ipv6', address(dict, 'ipv6', 16)),
    ...optional('metadataSize', intWithin(dict, 'metadata_size', 1, MAX_METADATA_BYTES)),
    uploadOnly: asInt(dict.get('upload_only')) === 1,
    ...optional('xet', xetAbilities(asDict(dict.get('cc_xet')))),
  }
}

function address(dict: BencodeDict, key: string, length: number): Uint8Array | undefined {
  const bytes = asBytes(dict.get(key))
  return bytes?.length === length ? new Uint8Array(bytes) : undefined
}

function messageIds(m: BencodeDict | undefined): Map<string, number> {
  const ids = new Map<string, number>()
  if (m === undefined) return ids
  for (const key of m.keys()) {
    if (ids.size >= MAX_EXTENSIONS) break
    const id = intWithin(m, key, 0, 255)
    if (id !== undefined) ids.set(key, id)
  }
  return ids
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const out: Partial<Record<K, V>> = {}
  if (value !== undefined) out[key] = value
  return out
}

// The extension handshake (BEP 10): message 0, a dictionary with the sender's message ids and facts about it.

import { asBytes, asDict, asInt, asText, decode, encode } from '@ccbt/bencode'
import { isCcbtError } from '@ccbt/primitives'

import { extensionInvalid } from '../errors.ts'

const NAME = 'extension handshake'
/** More than any client sends; larger ones are an attack. */
const MAX_BYTES = 16_384
const MAX_EXTENSIONS = 100
const MAX_CLIENT_CHARS = 64
/** The largest metadata of a torrent that a peer may announce (64 MiB). */
const MAX_METADATA_BYTES = 67_108_864

/** What an extension handshake says; everything may be absent. */
export interface ExtensionHandshake {
  /** Message id of each extension that the sender takes; 0 = not (any more). */
  readonly m: ReadonlyMap<string, number>
  /** Client name and version; hostile text. */
  readonly v?: string
  /** The sender's listening port. */
  readonly p?: number
  /** Requests that the sender queues. */
  readonly reqq?: number
  /** Our address as the sender sees it: 4 or 16 bytes. */
  readonly yourip?: Uint8Array
  /** Bytes of the info dictionary (BEP 9). */
  readonly metadataSize?: number
  /** The sender downloads nothing more (BEP 21). */
  readonly uploadOnly?: boolean
}

/** The payload of an extension handshake. */
export function encodeExtensionHandshake(handshake: ExtensionHandshake): Uint8Array {
  const dict = new Map<string, string | number | Uint8Array | Map<string, number>>([['m', new Map(handshake.m)]])
  if (handshake.v !== undefined) dict.set('v', handshake.v)
  if (handshake.p !== undefined) dict.set('p', handshake.p)
  if (handshake.reqq !== undefined) dict.set('reqq', handshake.reqq)
  if (handshake.yourip !== undefined) dict.set('yourip', handshake.yourip)
  if (handshake.metadataSize !== undefined) dict.set('metadata_size', handshake.metadataSize)
  if (handshake.uploadOnly === true) dict.set('upload_only', 1)
  return encode(dict)
}

/** Reads an extension handshake; values that make no sense are taken as absent. @throws WIRE_EXTENSION_INVALID */
export function parseExtensionHandshake(payload: Uint8Array): ExtensionHandshake {
  if (payload.length > MAX_BYTES) throw extensionInvalid(NAME, `${payload.length} bytes`)
  const dict = asDict(decodePayload(payload))
  if (dict === undefined) throw extensionInvalid(NAME, 'not a dictionary')
  const within = (key: string, max: number): number | undefined => {
    const value = asInt(dict.get(key))
    return value !== undefined && value >= 1 && value <= max ? value : undefined
  }
  const v = asText(dict.get('v'))?.slice(0, MAX_CLIENT_CHARS)
  const yourip = asBytes(dict.get('yourip'))
  return {
    m: extensionIds(asDict(dict.get('m'))),
    ...optional('v', v),
    ...optional('p', within('p', 65_535)),
    ...optional('reqq', within('reqq', 1_000_000)),
    ...optional('yourip', yourip?.length === 4 || yourip?.length === 16 ? yourip.slice() : undefined),
    ...optional('metadataSize', within('metadata_size', MAX_METADATA_BYTES)),
    uploadOnly: asInt(dict.get('upload_only')) === 1,
  }
}

function decodePayload(payload: Uint8Array): ReturnType<typeof decode>['value'] {
  try {
    return decode(payload, { maxDepth: 8, maxTokens: 1000 }).value
  } catch (error) {
    if (!isCcbtError(error)) throw error
    throw extensionInvalid(NAME, error.message)
  }
}

function extensionIds(m: ReturnType<typeof asDict>): Map<string, number> {
  const ids = new Map<string, number>()
  if (m === undefined) return ids
  for (const key of m.keys()) {
    if (ids.size >= MAX_EXTENSIONS) break
    const id = asInt(m.get(key))
    if (id !== undefined && id >= 0 && id <= 255) ids.set(key, id)
  }
  return ids
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const out: Partial<Record<K, V>> = {}
  if (value !== undefined) out[key] = value
  return out
}

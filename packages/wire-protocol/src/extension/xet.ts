// cc_xet: content by its hash, between peers that know the extension (docs/bep_xet.md). Every message is a type, the number
// of a request, and a body of fixed form; integers are big-endian, hashes raw. Lengths and counts are checked here, hashes
// by whoever asked.

import { XetReader, xetInvalid, XetWriter } from './xet-bytes.ts'

/** Most hashes of a query. */
export const MAX_QUERY_HASHES = 511
/** Most block hashes of an answer. */
export const MAX_BLOCK_HASHES = 511
/** Most chunks of one part of a map: the message stays below 16 KiB and a bit. */
export const MAX_MAP_PART = 450
/** Most places of an answer. */
export const MAX_PLACES = 16
/** Longest part of a chunk in one message, so that blocks go between. */
export const MAX_DATA_PART = 16_384
/** Of a signed item (BEP 44). */
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const MAX_SALT_BYTES = 64
const MAX_VALUE_BYTES = 1000
/** No chunk, encoded or not, is longer. */
const MAX_CHUNK_BYTES = 131_072
const HASH_BYTES = 32
const INFO_HASH_BYTES = 20

/** Why a request is refused. */
export const XetReject = { unknown: 1, busy: 2, notAllowed: 3, malformed: 4, tooLarge: 5 } as const

/** How the bytes of a chunk are encoded. */
export const XetCodec = { none: 0, zstd: 2 } as const

/** What a file is called by in a request for its map. */
export type XetFileName =
  | { readonly by: 'root' | 'file-hash'; readonly hash: Uint8Array }
  /** Its number among the files of the connection's torrent, padding not counted. */
  | { readonly by: 'number'; readonly number: number }

/** Where something is: in the file with this number of another torrent, `offset` bytes from its start. */
export interface XetPlace {
  readonly infoHash: Uint8Array
  readonly file: number
  readonly offset: number
}

/** A message of the extension; `id` pairs answers with requests, and is 0 in a head. */
export type XetMessage =
  | { readonly type: 'query'; readonly id: number; readonly suite: number; readonly hashes: Uint8Array }
  | { readonly type: 'have'; readonly id: number; readonly count: number; readonly bits: Uint8Array }
  | { readonly type: 'get'; readonly id: number; readonly suite: number; readonly hash: Uint8Array }
  | {
      readonly type: 'data'
      readonly id: number
      /** Where the part begins in the encoded chunk, and how long that is. */
      readonly offset: number
      readonly total: number
      readonly codec: number
      readonly bytes: Uint8Array
    }
  | { readonly type: 'reject'; readonly id: number; readonly code: number; readonly retryS: number }
  | { readonly type: 'cancel'; readonly id: number }
  | {
      readonly type: 'map-get'
      readonly id: number
      readonly suite: number
      readonly file: XetFileName
      readonly first: number
      readonly count: number
    }
  | {
      readonly type: 'map'
      readonly id: number
      readonly fileHash: Uint8Array
      readonly size: number
      /** Chunks of the file. */
      readonly total: number
      readonly first: number
      readonly lengths: readonly number[]
      readonly hashes: Uint8Array
    }
  | { readonly type: 'where'; readonly id: number; readonly suite: number; readonly hash: Uint8Array }
  | { readonly type: 'places'; readonly id: number; readonly places: readonly XetPlace[] }
  /** Asks what blocks of the connection's torrent hash to; `first` is piece x blocks in a piece + block in the piece. */
  | { readonly type: 'blocks-get'; readonly id: number; readonly first: number; readonly count: number }
  /** SHA-256 of as many blocks, 32 zeros for what is nothing but padding. */
  | { readonly type: 'blocks'; readonly id: number; readonly first: number; readonly hashes: Uint8Array }
  /** A signed item (BEP 44); `value` is bencoded. */
  | {
      readonly type: 'head'
      readonly id: number
      readonly publicKey: Uint8Array
      readonly signature: Uint8Array
      readonly seq: number
      readonly salt: Uint8Array
      readonly value: Uint8Array
    }

const TYPES = {
  query: 1,
  have: 2,
  get: 3,
  data: 4,
  reject: 5,
  cancel: 6,
  'map-get': 7,
  map: 8,
  where: 9,
  places: 10,
  head: 13,
  'blocks-get': 14,
  blocks: 15,
} as const
const FILE_KINDS = { root: 1, 'file-hash': 2, number: 3 } as const

/** The payload of a message. */
export function encodeXet(message: XetMessage): Uint8Array {
  const out = new XetWriter()
  out.u8(TYPES[message.type])
  out.u32(message.id)
  writeBody(out, message)
  return out.take()
}

/**
 * Reads a message; `undefined` for a type that we do not know. Byte strings are views of `payload`.
 * @throws WIRE_EXTENSION_INVALID
 */
export function parseXet(payload: Uint8Array): XetMessage | undefined {
  const input = new XetReader(payload)
  const type = input.u8()
  const id = input.u32()
  const read = READERS[type]
  const message = read?.(input, id)
  if (message !== undefined && input.left !== 0) throw xetInvalid('has bytes behind its end')
  return message
}

function writeBody(out: XetWriter, message: XetMessage): void {
  switch (message.type) {
    case 'query':
      out.u8(message.suite)
      out.u16(message.hashes.length / HASH_BYTES)
      return out.bytes(message.hashes)
    case 'have':
      out.u16(message.count)
      return out.bytes(message.bits)
    case 'get':
    case 'where':
      out.u8(message.suite)
      return out.bytes(message.hash)
    case 'data':
      out.u32(message.offset)
      out.u32(message.total)
      out.u8(message.codec)
      return out.bytes(message.bytes)
    case 'reject':
      out.u8(message.code)
      return out.u16(message.retryS)
    case 'cancel':
      return
    case 'map-get':
      return writeMapGet(out, message)
    case 'map':
      return writeMap(out, message)
    case 'places':
      out.u8(message.places.length)
      return writePlaces(out, message.places)
    case 'blocks-get':
      out.u32(message.first)
      return out.u16(message.count)
    case 'blocks':
      out.u32(message.first)
      out.u16(message.hashes.length / HASH_BYTES)
      return out.bytes(message.hashes)
    case 'head':
      return writeHead(out, message)
  }
}

function writeMapGet(out: XetWriter, { suite, file, first, count }: Extract<XetMessage, { type: 'map-get' }>): void {
  out.u8(suite)
  out.u8(FILE_KINDS[file.by])
  if (file.by === 'number') out.u32(file.number)
  else out.bytes(file.hash)
  out.u32(first)
  out.u16(count)
}

function writeMap(out: XetWriter, message: Extract<XetMessage, { type: 'map' }>): void {
  const { fileHash, size, total, first, lengths, hashes } = message
  out.bytes(fileHash)
  out.u64(size)
  out.u32(total)
  out.u32(first)
  out.u16(lengths.length)
  for (const [i, length] of lengths.entries()) {
    out.u32(length)
    out.bytes(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  }
}

function writeHead(out: XetWriter, message: Extract<XetMessage, { type: 'head' }>): void {
  const { publicKey, signature, seq, salt, value } = message
  out.bytes(publicKey)
  out.bytes(signature)
  out.u64(seq)
  out.u8(salt.length)
  out.bytes(salt)
  out.bytes(value)
}

function writePlaces(out: XetWriter, places: readonly XetPlace[]): void {
  for (const { infoHash, file, offset } of places) {
    out.bytes(infoHash)
    out.u32(file)
    out.u64(offset)
  }
}

const READERS: Readonly<Record<number, (input: XetReader, id: number) => XetMessage>> = {
  [TYPES.query]: (input, id) => {
    const suite = input.u8()
    const count = input.counted(input.u16(), 1, MAX_QUERY_HASHES)
    return { type: 'query', id, suite, hashes: input.bytes(count * HASH_BYTES) }
  },
  [TYPES.have]: (input, id) => {
    const count = input.counted(input.u16(), 1, MAX_QUERY_HASHES)
    return { type: 'have', id, count, bits: input.bytes((count + 7) >>> 3) }
  },
  [TYPES.get]: (input, id) => ({ type: 'get', id, suite: input.u8(), hash: input.bytes(HASH_BYTES) }),
  [TYPES.data]: readData,
  [TYPES.reject]: (input, id) => ({ type: 'reject', id, code: input.u8(), retryS: input.u16() }),
  [TYPES.cancel]: (_, id) => ({ type: 'cancel', id }),
  [TYPES['map-get']]: (input, id) => ({
    type: 'map-get',
    id,
    suite: input.u8(),
    file: readFileName(input),
    first: input.u32(),
    count: input.counted(input.u16(), 1, MAX_MAP_PART),
  }),
  [TYPES.map]: readMap,
  [TYPES.where]: (input, id) => ({ type: 'where', id, suite: input.u8(), hash: input.bytes(HASH_BYTES) }),
  [TYPES.places]: (input, id) => {
    const count = input.counted(input.u8(), 0, MAX_PLACES)
    const places = Array.from({ length: count }, () => ({
      infoHash: input.bytes(INFO_HASH_BYTES),
      file: input.u32(),
      offset: input.u64(),
    }))
    return { type: 'places', id, places }
  },
  [TYPES['blocks-get']]: (input, id) => ({
    type: 'blocks-get',
    id,
    first: input.u32(),
    count: input.counted(input.u16(), 1, MAX_BLOCK_HASHES),
  }),
  [TYPES.blocks]: (input, id) => {
    const first = input.u32()
    const count = input.counted(input.u16(), 1, MAX_BLOCK_HASHES)
    return { type: 'blocks', id, first, hashes: input.bytes(count * HASH_BYTES) }
  },
  [TYPES.head]: (input, id) => ({
    type: 'head',
    id,
    publicKey: input.bytes(KEY_BYTES),
    signature: input.bytes(SIGNATURE_BYTES),
    seq: input.u64(),
    salt: input.bytes(input.counted(input.u8(), 0, MAX_SALT_BYTES)),
    value: input.bytes(input.counted(input.left, 1, MAX_VALUE_BYTES)),
  }),
}

function readData(input: XetReader, id: number): XetMessage {
  const offset = input.u32()
  const total = input.counted(input.u32(), 1, MAX_CHUNK_BYTES)
  const codec = input.u8()
  const length = input.counted(input.left, 1, MAX_DATA_PART)
  if (offset + length > total) throw xetInvalid('is longer than its chunk')
  return { type: 'data', id, offset, total, codec, bytes: input.bytes(length) }
}

function readFileName(input: XetReader): XetFileName {
  const kind = input.u8()
  if (kind === FILE_KINDS.root) return { by: 'root', hash: input.bytes(HASH_BYTES) }
  if (kind === FILE_KINDS['file-hash']) return { by: 'file-hash', hash: input.bytes(HASH_BYTES) }
  if (kind === FILE_KINDS.number) return { by: 'number', number: input.u32() }
  throw xetInvalid('names a file in an unknown way')
}

function readMap(input: XetReader, id: number): XetMessage {
  const fileHash = input.bytes(HASH_BYTES)
  const size = input.u64()
  const total = input.u32()
  const first = input.u32()
  const count = input.counted(input.u16(), 0, MAX_MAP_PART)
  if (first + count > total) throw xetInvalid('has more chunks than its file')
  const lengths: number[] = []
  const hashes = new Uint8Array(count * HASH_BYTES)
  for (let i = 0; i < count; i++) {
    lengths.push(input.counted(input.u32(), 1, MAX_CHUNK_BYTES))
    hashes.set(input.bytes(HASH_BYTES), i * HASH_BYTES)
  }
  return { type: 'map', id, fileHash, size, total, first, lengths, hashes }
}

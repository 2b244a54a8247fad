// Chunk maps: the chunks of one file as they are sent and stored. A map comes from anybody. It is read within bounds, its
// lengths must be such as the cutting of a file gives, and it must have the file hash that was asked for: then it is the map,
// whoever sent it, because the file hash is that of all lengths and hashes.
//
// The form, all numbers big-endian: "xcm1", the suite's number (1 byte), the file's size (8), the number of chunks (4), then
// for each chunk its length (4) and its hash (32).

import { HASH_BYTES, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from '@ccbt/chunker'
import type { ChunkList, HashSuite } from '@ccbt/chunker'
import { bytesEqual } from '@ccbt/primitives'

const MAGIC = new TextEncoder().encode('xcm1')
const SUITE_AT = 4
const SIZE_AT = 5
const COUNT_AT = 13
const CHUNKS_AT = 17
const LENGTH_BYTES = 4
const CHUNK_BYTES = LENGTH_BYTES + HASH_BYTES

/** Most chunks of a map that is read: those of 260 GB, 151 MB of map. The map of a larger file is refused. */
const MAX_MAP_CHUNKS = 4_194_304

/** What is wrong with a map. */
export type ChunkMapProblem =
  | 'too short'
  | 'not a chunk map'
  | 'another suite'
  | 'too many chunks'
  | 'wrong number of bytes'
  | 'a chunk of an impossible length'
  | 'lengths that do not add up to the size'
  | 'another file hash'

/** A map that was read, or why it was refused. */
export type ChunkMapResult =
  | { readonly kind: 'read'; readonly size: number; readonly list: ChunkList }
  | { readonly kind: 'refused'; readonly problem: ChunkMapProblem }

/** The map of the chunks of a file: 17 bytes and 36 for each chunk. */
export function encodeChunkMap(suite: HashSuite, { lengths, hashes }: ChunkList): Uint8Array {
  const bytes = new Uint8Array(CHUNKS_AT + lengths.length * CHUNK_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  bytes[SUITE_AT] = suite.id
  view.setBigUint64(SIZE_AT, BigInt(lengths.reduce((sum, length) => sum + length, 0)))
  view.setUint32(COUNT_AT, lengths.length)
  for (const [i, length] of lengths.entries()) {
    const at = CHUNKS_AT + i * CHUNK_BYTES
    view.setUint32(at, length)
    bytes.set(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), at + LENGTH_BYTES)
  }
  return bytes
}

/**
 * Reads a map of a file with this hash. Takes a second for a million chunks: a map of many is no work for the main thread.
 * @example
 * const map = decodeChunkMap(bytes, { suite, fileHash })
 * if (map.kind === 'read') use(map.list)
 */
export function decodeChunkMap(
  bytes: Uint8Array,
  { suite, fileHash }: { readonly suite: HashSuite; readonly fileHash: Uint8Array },
): ChunkMapResult {
  const headProblem = checkHead(bytes, suite)
  if (headProblem !== undefined) return { kind: 'refused', problem: headProblem }
  const size = Number(viewOf(bytes).getBigUint64(SIZE_AT))
  const list = readChunks(bytes)
  const problem = checkLengths(list.lengths, size)
  if (problem !== undefined) return { kind: 'refused', problem }
  if (!bytesEqual(suite.fileHash(list), fileHash)) return { kind: 'refused', problem: 'another file hash' }
  return { kind: 'read', size, list }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** All that can be said before memory is taken. */
function checkHead(bytes: Uint8Array, suite: HashSuite): ChunkMapProblem | undefined {
  if (bytes.length < CHUNKS_AT) return 'too short'
  if (!bytesEqual(bytes.subarray(0, MAGIC.length), MAGIC)) return 'not a chunk map'
  if (bytes[SUITE_AT] !== suite.id) return 'another suite'
  const count = viewOf(bytes).getUint32(COUNT_AT)
  if (count > MAX_MAP_CHUNKS) return 'too many chunks'
  return bytes.length === CHUNKS_AT + count * CHUNK_BYTES ? undefined : 'wrong number of bytes'
}

function readChunks(bytes: Uint8Array): ChunkList {
  const view = viewOf(bytes)
  const count = view.getUint32(COUNT_AT)
  const lengths: number[] = []
  const hashes = new Uint8Array(count * HASH_BYTES)
  for (let i = 0; i < count; i++) {
    const at = CHUNKS_AT + i * CHUNK_BYTES
    lengths.push(view.getUint32(at))
    hashes.set(bytes.subarray(at + LENGTH_BYTES, at + CHUNK_BYTES), i * HASH_BYTES)
  }
  return { lengths, hashes }
}

/** Only the last chunk of a file may be shorter than the least. */
function checkLengths(lengths: readonly number[], size: number): ChunkMapProblem | undefined {
  const last = lengths.length - 1
  let sum = 0
  for (const [i, length] of lengths.entries()) {
    const least = i === last ? 1 : MIN_CHUNK_BYTES
    if (length < least || length > MAX_CHUNK_BYTES) return 'a chunk of an impossible length'
    sum += length
  }
  return sum === size ? undefined : 'lengths that do not add up to the size'
}

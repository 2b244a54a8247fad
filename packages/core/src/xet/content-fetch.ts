// Fetches content by its hash from one peer: a file by its map, or a single chunk. Every chunk that is given on has the hash
// that the map says, and the map that of the file. A root of BEP 52 says nothing of chunks: what has come is known to be
// right when all of it is there, and before that it is not to be used.

import { HASH_BYTES, hashAt } from '@ccbt/chunker'
import type { ChunkList, HashSuite } from '@ccbt/chunker'
import type { Endpoint } from '@ccbt/address'
import { bytesEqual, concatBytes, isCcbtError } from '@ccbt/primitives'
import { MAX_MAP_PART, XetReject } from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'

import { contentInvalid, contentNotFound } from '../errors.ts'
import { decodeChunk } from './codec.ts'
import { meet } from './content-conversation.ts'
import type { Conversation, Meeting } from './content-conversation.ts'
import { CONTENT_INFO_HASH } from './content-link.ts'
import { openWays } from './content-network.ts'
import type { ContentNetwork, ContentWays } from './content-network.ts'
import { FileRoot } from './file-root.ts'
import { MAX_MAP_CHUNKS, MapAssembly } from './map-assembly.ts'

const SUITE = 1
/** Chunks on order: half a megabyte. */
const WINDOW = 8
/** Of a HAVE. */
const FIRST_BIT = 0x80

/** What content is called by. */
export interface ContentName {
  /** Of a file, or of a chunk: 32 bytes. */
  readonly hash: Uint8Array
  /** The hash is the `pieces root` of a file in v2 torrents (BEP 52). Default: that of Xet. */
  readonly isRoot?: boolean
}

/** What to fetch from whom. */
export interface ContentRequest extends ContentName {
  readonly peer: Endpoint
  /** How to get there. */
  readonly network?: ContentNetwork
  readonly signal: AbortSignal
}

/**
 * The bytes of the file or chunk with this hash, chunk by chunk, each verified; by a root all of them, when the last one has
 * been taken and this has not thrown. Throws CONTENT_NOT_FOUND when the peer has it not, CONTENT_INVALID when what it sends is
 * something else, CONTENT_PEER_BLOCKED, IP_FILTER_UNREADABLE, ABORTED, TRANSPORT_*.
 * @example for await (const chunk of fetchContent({ peer, hash, signal })) await file.write(chunk)
 */
export async function* fetchContent({
  peer,
  network,
  signal,
  ...name
}: ContentRequest): AsyncGenerator<Uint8Array, void> {
  const ways = await openWays(network)
  using offer = await offerOf(ways, { name, meeting: { peer, infoHash: CONTENT_INFO_HASH } }, signal)
  yield* offer.chunks()
}

/** What is wanted of whom. */
export interface OfferRequest {
  readonly name: ContentName
  readonly meeting: Meeting
}

/** A peer that says that it has the content. */
export interface Offer extends Disposable {
  /** See {@link fetchContent}. */
  chunks(): AsyncGenerator<Uint8Array, void>
}

/** Asks a peer for the map; without one it may be a chunk. Rejects as {@link fetchContent}. */
export async function offerOf(ways: ContentWays, request: OfferRequest, signal: AbortSignal): Promise<Offer> {
  return await askPeer(ways, request, { signal, onUnknown: ({ hash }) => Promise.resolve(oneChunk(hash)) })
}

/**
 * Asks a peer of a torrent: for what is in the torrent, then for a chunk in other torrents of his, then for all that he shares.
 * Rejects as {@link fetchContent}.
 */
export async function swarmOffer(ways: ContentWays, request: OfferRequest, signal: AbortSignal): Promise<Offer> {
  const { name, meeting } = request
  const others: Uint8Array[] = []
  const onUnknown = async ({ hash }: ContentName, conversation: Conversation): Promise<ChunkList> => {
    if (await hasChunk(conversation, hash)) return oneChunk(hash)
    others.push(...(await torrentsWith(conversation, hash)))
    throw contentNotFound()
  }
  try {
    return await askPeer(ways, request, { signal, onUnknown })
  } catch (error) {
    if (!isCcbtError(error, 'CONTENT_NOT_FOUND') || signal.aborted) throw error
  }
  return await offerOf(ways, { name, meeting: { ...meeting, infoHash: others[0] ?? CONTENT_INFO_HASH } }, signal)
}

interface AskOptions {
  readonly signal: AbortSignal
  /** There is no file with this hash. */
  readonly onUnknown: (name: ContentName, conversation: Conversation) => Promise<ChunkList>
}

async function askPeer(
  ways: ContentWays,
  { name, meeting }: OfferRequest,
  { signal, onUnknown }: AskOptions,
): Promise<Offer> {
  const { loadHashSuite } = await import('@ccbt/xet')
  const suite = await loadHashSuite('blake3')
  const conversation = await meet(ways, meeting, signal)
  try {
    const list = (await mapOf(conversation, suite, name)) ?? (await onUnknown(name, conversation))
    return {
      chunks() {
        const chunks = chunksOf(conversation, suite, list)
        return name.isRoot === true ? rooted(chunks, list, name.hash) : chunks
      },
      [Symbol.dispose]: () => conversation.end(),
    }
  } catch (error) {
    conversation.end()
    throw error
  }
}

function oneChunk(hash: Uint8Array): ChunkList {
  return { lengths: [0], hashes: hash }
}

async function hasChunk(conversation: Conversation, hash: Uint8Array): Promise<boolean> {
  const [answer] = await conversation.ask((id) => ({ type: 'query', id, suite: SUITE, hashes: hash }))
  return answer?.type === 'have' && (answer.bits[0] ?? 0) >= FIRST_BIT
}

/** Of the peer's torrents. */
async function torrentsWith(conversation: Conversation, hash: Uint8Array): Promise<Uint8Array[]> {
  const [answer] = await conversation.ask((id) => ({ type: 'where', id, suite: SUITE, hash }))
  return answer?.type === 'places' ? answer.places.map(({ infoHash }) => infoHash) : []
}

/** The chunks of the file with this name; `undefined` = there is no such file. What has a root is nothing else. */
async function mapOf(
  conversation: Conversation,
  suite: HashSuite,
  { hash, isRoot = false }: ContentName,
): Promise<ChunkList | undefined> {
  const file = { by: isRoot ? 'root' : 'file-hash', hash } as const
  const question = { type: 'map-get', suite: SUITE, file } as const
  const [first] = await conversation.ask((id) => ({ ...question, id, first: 0, count: MAX_MAP_PART }))
  if (!isRoot && isUnknown(first)) return undefined
  if (first?.type !== 'map') throw contentNotFound()
  const map = new MapAssembly(first.size, isRoot ? undefined : hash)
  for (let isWhole = take(map, first); !isWhole;) {
    const [part] = await conversation.ask((id) => ({ ...question, id, first: map.next, count: map.count }))
    isWhole = take(map, part)
  }
  if (!isRight(map, suite)) throw contentInvalid('a chunk map that has not the hash of the file')
  return map.list
}

/** Whether the map is whole with this part. */
function take(map: MapAssembly, part: XetMessage | undefined): boolean {
  if (part?.type !== 'map') throw contentNotFound()
  const state = part.total > MAX_MAP_CHUNKS ? 'wrong' : map.add(part)
  if (state === 'wrong') throw contentInvalid('a chunk map that is not of this file')
  return state === 'whole'
}

function isUnknown(answer: XetMessage | undefined): boolean {
  return answer?.type === 'reject' && answer.code === XetReject.unknown
}

function isRight({ list, fileHash }: MapAssembly, suite: HashSuite): boolean {
  return fileHash !== undefined && bytesEqual(suite.fileHash(list), fileHash)
}

/** The same chunks; throws behind the last one when they are not the file with this root. */
async function* rooted(
  chunks: AsyncIterable<Uint8Array>,
  { lengths }: ChunkList,
  root: Uint8Array,
): AsyncGenerator<Uint8Array, void> {
  const file = new FileRoot(lengths.reduce((sum, length) => sum + length, 0))
  for await (const chunk of chunks) {
    file.add(chunk)
    yield chunk
  }
  if (file.root === undefined || !bytesEqual(file.root, root)) throw contentInvalid('a file that has another root')
}

async function* chunksOf(
  conversation: Conversation,
  suite: HashSuite,
  list: ChunkList,
): AsyncGenerator<Uint8Array, void> {
  const ahead: Promise<Uint8Array>[] = []
  const count = list.hashes.length / HASH_BYTES
  for (let next = 0; next < count || ahead.length > 0;) {
    for (; next < count && ahead.length < WINDOW; next++) {
      const chunk = chunkOf(conversation, suite, { hash: hashAt(list, next), length: list.lengths[next] ?? 0 })
      // Whoever waits for it learns of a failure; when that is nobody, because an earlier one failed, it is no news.
      chunk.catch(() => undefined)
      ahead.push(chunk)
    }
    const chunk = await ahead.shift()
    if (chunk !== undefined) yield chunk
  }
}

interface WantedChunk {
  readonly hash: Uint8Array
  /** 0 = not known. */
  readonly length: number
}

async function chunkOf(
  conversation: Conversation,
  suite: HashSuite,
  { hash, length }: WantedChunk,
): Promise<Uint8Array> {
  const parts = await conversation.ask((id) => ({ type: 'get', id, suite: SUITE, hash }))
  const [first] = parts
  if (first?.type !== 'data') throw contentNotFound()
  const bytes = concatBytes(parts.flatMap((part) => (part.type === 'data' ? [part.bytes] : [])))
  const chunk = await decodeChunk({ codec: first.codec, bytes })
  if (chunk === undefined || !bytesEqual(suite.chunkHash(chunk), hash))
    throw contentInvalid('a chunk that has another hash')
  if (length !== 0 && chunk.length !== length) throw contentInvalid('a chunk map with wrong lengths')
  return chunk
}

// Fetches content by its hash from one peer, without any torrent: a file by its map, or a single chunk. Every chunk that is
// given on has the hash that the map says, and the map that of the file. A root of BEP 52 says nothing of chunks: what has
// come is known to be right when all of it is there, and before that it is not to be used.

import { HASH_BYTES, hashAt } from '@ccbt/chunker'
import type { ChunkList, HashSuite } from '@ccbt/chunker'
import type { Endpoint } from '@ccbt/address'
import { bytesEqual, CcbtError, concatBytes } from '@ccbt/primitives'
import { makePeerId, MAX_MAP_PART, XetReject } from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'

import { systemClock } from '../system.ts'
import { VERSION } from '../version.ts'
import { decodeChunk } from './codec.ts'
import { ContentLink } from './content-link.ts'
import { contentWays } from './content-network.ts'
import type { ContentNetwork } from './content-network.ts'
import { FileRoot } from './file-root.ts'
import { MAX_MAP_CHUNKS, MapAssembly } from './map-assembly.ts'

const SUITE = 1
const DIAL_TIMEOUT_MS = 10_000
/** How long one answer is waited for. */
const ANSWER_MS = 60_000
/** Chunks on order: half a megabyte. */
const WINDOW = 8

/** What to fetch from whom. */
export interface ContentRequest {
  readonly peer: Endpoint
  /** Of a file, or of a chunk: 32 bytes. */
  readonly hash: Uint8Array
  /** The hash is the `pieces root` of a file in v2 torrents (BEP 52). Default: that of Xet. */
  readonly isRoot?: boolean
  /** How to get there. */
  readonly network?: ContentNetwork
  readonly signal: AbortSignal
}

/**
 * The bytes of the file or chunk with this hash, chunk by chunk, each verified; by a root all of them, when the last one has
 * been taken and this has not thrown. Throws CONTENT_NOT_FOUND when the peer has it not, CONTENT_INVALID when what it sends is
 * something else, ABORTED, TRANSPORT_CONNECT_FAILED.
 * @example for await (const chunk of fetchContent({ peer, hash, signal })) await file.write(chunk)
 */
export async function* fetchContent({
  peer,
  network,
  signal,
  ...name
}: ContentRequest): AsyncGenerator<Uint8Array, void> {
  const { loadHashSuite } = await import('@ccbt/xet')
  const suite = await loadHashSuite('blake3')
  const { random, sockets } = contentWays(network)
  const stream = await sockets.dial(peer, { timeoutMs: DIAL_TIMEOUT_MS, signal })
  const conversation = new Conversation((handler) => new ContentLink(stream, handler))
  const stop = (): void => conversation.end(new CcbtError('ABORTED', 'aborted', { blame: 'input', context: {} }))
  signal.addEventListener('abort', stop, { once: true })
  try {
    stream.attach(conversation.link)
    conversation.link.greet(makePeerId(random, VERSION))
    await conversation.ready
    const list = await mapOf(conversation, suite, name)
    if (name.isRoot === true) yield* rooted(chunksOf(conversation, suite, list), list, name.hash)
    else yield* chunksOf(conversation, suite, list)
  } finally {
    signal.removeEventListener('abort', stop)
    conversation.link.close()
  }
}

type Name = Pick<ContentRequest, 'hash' | 'isRoot'>

/** The chunks of the file with this name; without such a file it may be a chunk. */
async function mapOf(conversation: Conversation, suite: HashSuite, { hash, isRoot = false }: Name): Promise<ChunkList> {
  const file = { by: isRoot ? 'root' : 'file-hash', hash } as const
  const question = { type: 'map-get', suite: SUITE, file } as const
  const [first] = await conversation.ask((id) => ({ ...question, id, first: 0, count: MAX_MAP_PART }))
  if (!isRoot && isUnknown(first)) return { lengths: [0], hashes: hash }
  if (first?.type !== 'map') throw notFound()
  const map = new MapAssembly(first.size, isRoot ? undefined : hash)
  for (let isWhole = take(map, first); !isWhole;) {
    const [part] = await conversation.ask((id) => ({ ...question, id, first: map.next, count: map.count }))
    isWhole = take(map, part)
  }
  if (!isRight(map, suite)) throw invalid('a chunk map that has not the hash of the file')
  return map.list
}

/** Whether the map is whole with this part. */
function take(map: MapAssembly, part: XetMessage | undefined): boolean {
  if (part?.type !== 'map') throw notFound()
  const state = part.total > MAX_MAP_CHUNKS ? 'wrong' : map.add(part)
  if (state === 'wrong') throw invalid('a chunk map that is not of this file')
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
  if (file.root === undefined || !bytesEqual(file.root, root)) throw invalid('a file that has another root')
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
  if (first?.type !== 'data') throw notFound()
  const bytes = concatBytes(parts.flatMap((part) => (part.type === 'data' ? [part.bytes] : [])))
  const chunk = await decodeChunk({ codec: first.codec, bytes })
  if (chunk === undefined || !bytesEqual(suite.chunkHash(chunk), hash)) throw invalid('a chunk that has another hash')
  if (length !== 0 && chunk.length !== length) throw invalid('a chunk map with wrong lengths')
  return chunk
}

function notFound(): CcbtError {
  return new CcbtError('CONTENT_NOT_FOUND', 'the peer has no file or chunk with this hash', {
    blame: 'remote',
    context: {},
  })
}

function invalid(what: string): CcbtError {
  return new CcbtError('CONTENT_INVALID', `the peer sent ${what}`, { blame: 'peer', context: {} })
}

interface Question {
  readonly parts: XetMessage[]
  received: number
  readonly resolve: (parts: readonly XetMessage[]) => void
  readonly reject: (error: CcbtError) => void
}

/** Questions and their answers. */
class Conversation {
  readonly link: ContentLink
  readonly ready: Promise<void>
  readonly #ready = Promise.withResolvers<void>()
  readonly #questions = new Map<number, Question>()
  #nextId = 1
  #end: CcbtError | undefined

  constructor(open: (handler: ConstructorParameters<typeof ContentLink>[1]) => ContentLink) {
    this.ready = this.#ready.promise
    this.ready.catch(() => undefined)
    this.link = open({
      introduced: () => this.#ready.resolve(),
      received: (message) => this.#received(message),
      drained: () => {},
      closed: (error) => this.end(error ?? notFound()),
    })
  }

  /** The answer in its parts; a REJECT is one too. */
  async ask(question: (id: number) => XetMessage): Promise<readonly XetMessage[]> {
    if (this.#end !== undefined) throw this.#end
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<readonly XetMessage[]>()
    this.#questions.set(id, { parts: [], received: 0, resolve, reject })
    const cancel = systemClock.after(ANSWER_MS, () => reject(notFound()))
    this.link.send(question(id))
    try {
      return await promise
    } finally {
      cancel()
      this.#questions.delete(id)
    }
  }

  /** Nothing more is answered. */
  end(error: CcbtError): void {
    this.#end ??= error
    this.#ready.reject(error)
    for (const { reject } of this.#questions.values()) reject(error)
    this.link.close()
  }

  #received(message: XetMessage): void {
    const question = this.#questions.get(message.id)
    if (question === undefined) return
    if (message.type !== 'data') return question.resolve([owned(message)])
    if (message.offset !== question.received) throw invalid('the parts of a chunk in a wrong order')
    question.parts.push({ ...message, bytes: message.bytes.slice() })
    question.received += message.bytes.length
    if (question.received === message.total) question.resolve(question.parts)
  }
}

function owned(message: XetMessage): XetMessage {
  return message.type === 'map' ? { ...message, fileHash: message.fileHash.slice() } : message
}

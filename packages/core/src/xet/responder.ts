// Answers one peer's requests by cc_xet. What may be told is the scope's business; how much, is decided here.
//
// Bounds for each peer: REQUESTS in a second that are not for chunks we have, one for the hashes of BLOCKS_OF_ONE blocks;
// MAX_PENDING at a time. Chunks leave when the peer may download from us, and count as what we upload.

import { hashAt } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'
import { Allowance, isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import { MAX_DATA_PART, XetReject } from '@ccbt/wire-protocol'
import type { XetFileName, XetMessage, XetPlace } from '@ccbt/wire-protocol'
import type { ChunkIndex, ChunkPlace, FileChunks } from '@ccbt/xet'

import { encodeChunk } from './codec.ts'
import type { EncodedChunk } from './codec.ts'

/** Requests that a peer may have open. */
export const MAX_PENDING = 64
const REQUESTS = { burst: 100, perSecond: 20 } as const
const BLOCKS_OF_ONE = 128
const SUITE = 1
const RETRY_S = 10

/** What a peer may be told of. */
export interface ContentScope {
  /** The chunks of a complete file; `undefined` = there is none that it may know of. */
  chunksOf(file: XetFileName): Promise<FileChunks | undefined>
  /** Where these chunks lie, as far as it may know. */
  find(hashes: Uint8Array): Promise<(ChunkPlace | undefined)[]>
  /** Torrents with this file or chunk. */
  places(hash: Uint8Array): Promise<readonly XetPlace[]>
  /** What blocks of the torrent hash to; `undefined` = not all of them are there, or there is no torrent. */
  blockHashes(first: number, count: number): Promise<Uint8Array | 'busy' | undefined>
}

/** The peer that is answered. */
export interface ContentPeer {
  readonly takesZstd: boolean
  /** Whether it may download from us at all. */
  readonly isServed: boolean
  /** Whether a part may leave now; if not, `serve` is called when it may. */
  mayUpload(): boolean
  send(message: XetMessage): void
  /** A part of a chunk has been sent. */
  uploaded(bytes: number): void
}

/** What a {@link Responder} works with. */
export interface ResponderParts {
  readonly scope: ContentScope
  readonly peer: ContentPeer
  readonly index: Pick<ChunkIndex, 'read'>
  readonly clock: Clock
}

type Request = Extract<XetMessage, { type: 'query' | 'get' | 'map-get' | 'where' | 'blocks-get' }>

/** A chunk that is being sent. */
interface Sending {
  readonly id: number
  readonly chunk: EncodedChunk
  at: number
}

/** One peer's requests. */
export class Responder {
  readonly #parts: ResponderParts
  readonly #allowance: Allowance
  readonly #pending = new Set<number>()
  readonly #sending: Sending[] = []
  #isStopped = false

  constructor(parts: ResponderParts) {
    this.#parts = parts
    this.#allowance = new Allowance(parts.clock, REQUESTS)
  }

  /** Takes a request or a cancel; false = it is neither. Never waits. */
  received(message: XetMessage): boolean {
    if (message.type === 'cancel') this.#cancel(message.id)
    else if (isRequest(message)) this.#begin(message)
    else return false
    return true
  }

  /** Sends parts of chunks as long as that is allowed. */
  serve(): void {
    const { peer } = this.#parts
    for (let next = this.#sending[0]; next !== undefined && peer.mayUpload(); next = this.#sending[0]) {
      const { id, chunk, at } = next
      const bytes = chunk.bytes.subarray(at, at + MAX_DATA_PART)
      next.at += bytes.length
      if (next.at === chunk.bytes.length) this.#sending.shift()
      peer.send({ type: 'data', id, offset: at, total: chunk.bytes.length, codec: chunk.codec, bytes })
      peer.uploaded(bytes.length)
      if (next.at === chunk.bytes.length) this.#pending.delete(id)
    }
  }

  /** The peer has gone. */
  stop(): void {
    this.#isStopped = true
    this.#sending.length = 0
    this.#pending.clear()
  }

  #begin(request: Request): void {
    if (!this.#mayCost(request) || this.#pending.size >= MAX_PENDING || this.#pending.has(request.id)) {
      this.#reject(request.id, XetReject.busy)
    } else if ('suite' in request && request.suite !== SUITE) this.#reject(request.id, XetReject.unknown)
    else {
      this.#pending.add(request.id)
      void this.#answer(request)
    }
  }

  #mayCost(request: Request): boolean {
    const cost = request.type === 'blocks-get' ? Math.ceil(request.count / BLOCKS_OF_ONE) : 1
    return this.#allowance.takeUpTo(cost) === cost
  }

  async #answer(request: Request): Promise<void> {
    try {
      const isAnswered = await this.#work(request)
      if (!isAnswered && this.#isOpen(request.id)) this.#reject(request.id, XetReject.unknown)
    } catch (error) {
      // The file is gone or being written, or the index does not work: for the peer it is not there.
      if (!isCcbtError(error) || error.blame === 'us') throw error
      if (this.#isOpen(request.id)) this.#reject(request.id, XetReject.busy)
    }
  }

  /** False when there is nothing to tell. */
  #work(request: Request): Promise<boolean> {
    switch (request.type) {
      case 'query':
        return this.#query(request.id, request.hashes)
      case 'get':
        return this.#get(request.id, request.hash)
      case 'map-get':
        return this.#map(request)
      case 'where':
        return this.#where(request.id, request.hash)
      case 'blocks-get':
        return this.#blocks(request)
    }
  }

  async #query(id: number, hashes: Uint8Array): Promise<boolean> {
    const found = await this.#parts.scope.find(hashes)
    const bits = new Uint8Array((found.length + 7) >>> 3)
    for (const [n, place] of found.entries()) if (place !== undefined) bits[n >>> 3]! |= 0x80 >>> (n & 7)
    this.#reply({ type: 'have', id, count: found.length, bits })
    return true
  }

  async #get(id: number, hash: Uint8Array): Promise<boolean> {
    const { scope, peer, index } = this.#parts
    if (!peer.isServed) {
      this.#reject(id, XetReject.notAllowed)
      return true
    }
    const [place] = await scope.find(hash)
    const data = place === undefined ? undefined : await index.read(place, hash)
    if (data === undefined) return false
    const chunk = await encodeChunk(data, peer.takesZstd)
    if (!this.#isOpen(id)) return true
    // How many of these there are is for the upload limits to say.
    this.#allowance.giveBack()
    this.#sending.push({ id, chunk, at: 0 })
    this.serve()
    return true
  }

  async #map({ id, file, first, count }: Extract<Request, { type: 'map-get' }>): Promise<boolean> {
    const chunks = await this.#parts.scope.chunksOf(file)
    if (chunks === undefined || first >= chunks.lengths.length) return false
    const { fileHash, size, lengths } = chunks
    const part = sliceOf(chunks, first, count)
    this.#reply({ type: 'map', id, fileHash, size, total: lengths.length, first, ...part })
    return true
  }

  async #where(id: number, hash: Uint8Array): Promise<boolean> {
    const places = await this.#parts.scope.places(hash)
    this.#reply({ type: 'places', id, places })
    return true
  }

  async #blocks({ id, first, count }: Extract<Request, { type: 'blocks-get' }>): Promise<boolean> {
    const hashes = await this.#parts.scope.blockHashes(first, count)
    if (hashes === 'busy') this.#reject(id, XetReject.busy)
    else if (hashes !== undefined) this.#reply({ type: 'blocks', id, first, hashes })
    return hashes !== undefined
  }

  #reply(message: XetMessage): void {
    if (!this.#isOpen(message.id)) return
    this.#pending.delete(message.id)
    this.#parts.peer.send(message)
  }

  #reject(id: number, code: number): void {
    this.#pending.delete(id)
    if (!this.#isStopped) this.#parts.peer.send({ type: 'reject', id, code, retryS: RETRY_S })
  }

  #cancel(id: number): void {
    this.#pending.delete(id)
    const at = this.#sending.findIndex((sending) => sending.id === id)
    if (at !== -1) this.#sending.splice(at, 1)
  }

  /** Nobody has taken the request back. */
  #isOpen(id: number): boolean {
    return !this.#isStopped && this.#pending.has(id)
  }
}

function sliceOf(list: ChunkList, first: number, count: number): ChunkList {
  const lengths = list.lengths.slice(first, first + count)
  const start = hashAt(list, first)
  return { lengths, hashes: list.hashes.subarray(first * start.length, (first + lengths.length) * start.length) }
}

function isRequest(message: XetMessage): message is Request {
  const { type } = message
  return type === 'query' || type === 'get' || type === 'map-get' || type === 'where' || type === 'blocks-get'
}

// Fetches chunk maps from the peers of a torrent: one peer at a time for each map, all within PATIENCE_MS, because pieces
// are held back meanwhile.

import type { ChunkList } from '@ccbt/chunker'
import { bytesEqual } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { XetMessage } from '@ccbt/wire-protocol'
import type { ChunkIndex } from '@ccbt/xet'

import { violated } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import { MapAssembly } from './map-assembly.ts'

const PATIENCE_MS = 3000
/** Peers that one map is asked of. */
const MAX_PEERS = 4

/** A file whose map is wanted. */
export interface WantedMap {
  /** Its number among the files that are not padding. */
  readonly number: number
  readonly size: number
  readonly fileHash: Uint8Array | undefined
}

/** What a {@link MapFetch} works with. */
export interface MapFetchParts {
  readonly index: Pick<ChunkIndex, 'fileHash'>
  readonly clock: Clock
  /** Peers that say that they have maps. */
  readonly askable: () => Iterable<Connection>
  readonly send: (connection: Connection, message: XetMessage) => void
  /** A number that no open request of a peer has. */
  readonly nextId: () => number
  readonly onFailed: (error: unknown) => void
}

interface Search {
  readonly id: number
  readonly wanted: WantedMap
  readonly asked: Set<Connection>
  readonly answer: (list: ChunkList | undefined) => void
  assembly: MapAssembly
  peer: Connection | undefined
}

/** The maps of one torrent that are being fetched. */
export class MapFetch {
  readonly #parts: MapFetchParts
  readonly #searches = new Map<number, Search>()

  constructor(parts: MapFetchParts) {
    this.#parts = parts
  }

  /** Asks for a map; `undefined` when nobody has told it in time. */
  async fetch(wanted: WantedMap): Promise<ChunkList | undefined> {
    const { promise, resolve } = Promise.withResolvers<ChunkList | undefined>()
    const search: Search = {
      id: this.#parts.nextId(),
      wanted,
      asked: new Set(),
      answer: resolve,
      assembly: new MapAssembly(wanted.size, wanted.fileHash),
      peer: undefined,
    }
    this.#searches.set(search.id, search)
    const cancel = this.#parts.clock.after(PATIENCE_MS, () => resolve(undefined))
    this.#askNext(search)
    const list = await promise
    cancel()
    this.#searches.delete(search.id)
    return list
  }

  /** A peer that has maps is there. */
  joined(): void {
    for (const search of this.#searches.values()) if (search.peer === undefined) this.#askNext(search)
  }

  /** Takes a part of a map. False when it was not asked of this peer. @throws PEER_PROTOCOL_VIOLATED */
  received(connection: Connection, part: Extract<XetMessage, { type: 'map' }>): boolean {
    const search = this.#searches.get(part.id)
    if (search?.peer !== connection) return false
    const state = search.assembly.add(part)
    if (state === 'more') this.#ask(search, connection)
    else if (state === 'whole') this.#verify(search, connection).catch(this.#parts.onFailed)
    else {
      this.#askNext(search)
      throw violated('sent a chunk map that is not of the file')
    }
    return true
  }

  /** The peer does not tell. False when it was not asked. */
  rejected(connection: Connection, id: number): boolean {
    const search = this.#searches.get(id)
    if (search?.peer !== connection) return false
    this.#askNext(search)
    return true
  }

  stop(): void {
    for (const { answer } of this.#searches.values()) answer(undefined)
  }

  async #verify(search: Search, connection: Connection): Promise<void> {
    const { list, fileHash } = search.assembly
    const hash = await this.#parts.index.fileHash(list)
    if (fileHash !== undefined && bytesEqual(hash, fileHash)) return search.answer(list)
    this.#askNext(search)
    connection.close(violated('sent a chunk map that has not its file hash'))
  }

  #askNext(search: Search): void {
    search.peer = undefined
    search.assembly = new MapAssembly(search.wanted.size, search.wanted.fileHash)
    if (search.asked.size >= MAX_PEERS) return search.answer(undefined)
    for (const connection of this.#parts.askable()) {
      if (search.asked.has(connection)) continue
      search.asked.add(connection)
      search.peer = connection
      this.#ask(search, connection)
      return
    }
  }

  #ask({ id, wanted, assembly }: Search, connection: Connection): void {
    const file = { by: 'number', number: wanted.number } as const
    const { next: first, count } = assembly
    this.#parts.send(connection, { type: 'map-get', id, suite: 1, file, first, count })
  }
}

// The time between the info dictionary of a v2 or hybrid torrent and the hashes of its pieces: asks the peers that are
// there until all is known. A v2 torrent waits as long as it takes, because nothing else verifies its data; a hybrid has
// its SHA-1 hashes, and goes on without the others when nobody tells them.

import type { Metainfo } from '@ccbt/metainfo'
import type { HashRange } from '@ccbt/primitives'

import { violated } from '../errors.ts'
import { LayerFetch } from '../hashes/layer-fetch.ts'
import type { MetadataConnection } from './connection.ts'

/** How long a hybrid waits: for somebody who knows v2, and for the answers. */
const HELPER_PATIENCE_MS = 2000
const ANSWER_PATIENCE_MS = 20_000
/** Answers that come too late, within reason. */
const MAX_UNREQUESTED = 64

/** The piece layers by hexadecimal root, or why there are none. */
export type PieceLayers = ReadonlyMap<string, Uint8Array> | 'nobody-tells' | 'stopped'

/** Fetches the piece layers of one torrent over the connections of its metadata phase. */
export class LayerPursuit {
  readonly #fetch: LayerFetch<MetadataConnection>
  readonly #isOptional: boolean
  readonly #startedAtMs: number
  readonly #done = Promise.withResolvers<PieceLayers>()
  #isOver = false

  constructor(metainfo: Metainfo, nowMs: number) {
    this.#fetch = new LayerFetch(metainfo)
    this.#isOptional = metainfo.kind === 'hybrid'
    this.#startedAtMs = nowMs
  }

  get result(): Promise<PieceLayers> {
    return this.#done.promise
  }

  joined(connection: MetadataConnection): void {
    if (connection.hasV2) this.#fetch.joined(connection)
  }

  left(connection: MetadataConnection): void {
    this.#fetch.left(connection)
  }

  /** @throws PEER_PROTOCOL_VIOLATED */
  received(connection: MetadataConnection, range: HashRange, hashes: Uint8Array): void {
    const verdict = this.#fetch.received(connection, range, hashes)
    if (verdict === 'invalid') throw violated('sent hashes that prove nothing')
    if (verdict === 'unrequested') countUnrequested(connection)
  }

  /** @throws PEER_PROTOCOL_VIOLATED */
  rejected(connection: MetadataConnection, range: HashRange, nowMs: number): void {
    if (this.#fetch.rejected(connection, range, nowMs) === 'unrequested') countUnrequested(connection)
  }

  /** Asks whoever may be asked; to be called when something has happened, and twice a second. */
  ask(nowMs: number): void {
    if (this.#isOver) return
    const asked = new Set<MetadataConnection>()
    for (const { peer, range } of this.#fetch.requests(nowMs)) {
      peer.askHashes(range)
      asked.add(peer)
    }
    for (const peer of asked) peer.flush()
    if (this.#fetch.isComplete) this.#end(this.#fetch.layers)
    else if (this.#isOptional && nowMs - this.#startedAtMs > this.#patienceMs()) this.#end('nobody-tells')
  }

  /** Ends without a result. */
  stop(): void {
    this.#end('stopped')
  }

  #patienceMs(): number {
    return this.#fetch.helpers === 0 ? HELPER_PATIENCE_MS : ANSWER_PATIENCE_MS
  }

  #end(layers: PieceLayers): void {
    this.#isOver = true
    this.#done.resolve(layers)
  }
}

function countUnrequested(connection: MetadataConnection): void {
  if (++connection.unrequested > MAX_UNREQUESTED) throw violated('keeps sending hashes that were not requested')
}

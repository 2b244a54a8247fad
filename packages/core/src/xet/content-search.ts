// Finds who has content by its hash, nearest first: the peers that are named, then those that announce it in the DHT.

import type { Endpoint } from '@ccbt/address'
import type { Dht } from '@ccbt/discovery'
import { CcbtError, isCcbtError } from '@ccbt/primitives'

import { contentKeyOf } from './content-keys.ts'
import { fetchContent } from './content-fetch.ts'

/** Strangers that are asked at most. */
const MAX_STRANGERS = 16

/** What is looked for, and where. */
export interface ContentSearch {
  /** Of a file, or of a chunk: 32 bytes. */
  readonly hash: Uint8Array
  /** Asked first, in this order. */
  readonly peers: readonly Endpoint[]
  /** Asked when none of them has it. Who answers there learns what is looked for. */
  readonly dht?: Pick<Dht, 'lookup'>
  readonly signal: AbortSignal
}

/**
 * Tries one peer after the other until `take` has got all of the content from one. `take` begins anew with each. Rejects with
 * CONTENT_NOT_FOUND, or with what the last peer failed with; ABORTED.
 * @example await searchContent({ hash, peers: [], dht, signal }, (chunks) => pipeline(chunks, createWriteStream(path)))
 */
export async function searchContent<T>(
  search: ContentSearch,
  take: (chunks: AsyncGenerator<Uint8Array, void>) => Promise<T>,
): Promise<T> {
  const { hash, signal } = search
  let last: CcbtError | undefined
  for await (const peer of peersOf(search)) {
    try {
      return await take(fetchContent({ peer, hash, signal }))
    } catch (error) {
      if (signal.aborted || !isCcbtError(error) || error.blame === 'us' || error.blame === 'input') throw error
      last = error
    }
  }
  const message = 'nobody is known who has a file or chunk with this hash'
  throw last ?? new CcbtError('CONTENT_NOT_FOUND', message, { blame: 'remote', context: {} })
}

async function* peersOf({ hash, peers, dht, signal }: ContentSearch): AsyncGenerator<Endpoint, void> {
  yield* peers
  if (dht === undefined) return
  const found: Endpoint[] = []
  await dht.lookup(contentKeyOf(hash), { onPeers: (some) => found.push(...some), signal })
  yield* found.slice(0, MAX_STRANGERS)
}

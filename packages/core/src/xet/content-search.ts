// Finds who has content by its hash, nearest first: the peers that are named, then those that announce it in the DHT.

import { isLocalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { CcbtError, isCcbtError } from '@ccbt/primitives'

import { lookupFailed } from '../errors.ts'
import { contentKeyOf } from './content-keys.ts'
import { fetchContent } from './content-fetch.ts'
import type { ContentRequest } from './content-fetch.ts'
import { contentWays } from './content-network.ts'
import type { ContentWays } from './content-network.ts'

/** Strangers that are asked at most. */
const MAX_STRANGERS = 16

/** What is looked for, and where. */
export interface ContentSearch extends Omit<ContentRequest, 'peer'> {
  /** Asked first, in this order. */
  readonly peers: readonly Endpoint[]
  /** Asked when none of them has it, beginning with these nodes. Who answers there learns what is looked for. */
  readonly dht?: { readonly bootstrap: readonly Endpoint[] }
}

/**
 * Tries one peer after the other until `take` has got all of the content from one. `take` begins anew with each. Rejects with
 * CONTENT_NOT_FOUND, or with what the last peer failed with; CONTENT_LOOKUP_FAILED when the proxy does not carry the
 * questions to the DHT, DHT_LISTEN_FAILED, ABORTED.
 * @example await searchContent({ hash, peers, signal }, (chunks) => pipeline(chunks, createWriteStream(path)))
 */
export async function searchContent<T>(
  search: ContentSearch,
  take: (chunks: AsyncGenerator<Uint8Array, void>) => Promise<T>,
): Promise<T> {
  const { signal } = search
  let last: CcbtError | undefined
  for await (const peer of peersOf(search)) {
    try {
      return await take(fetchContent({ ...search, peer }))
    } catch (error) {
      if (signal.aborted || !isCcbtError(error) || error.blame === 'us' || error.blame === 'input') throw error
      last = error
    }
  }
  const message = 'nobody is known who has a file or chunk with this hash'
  throw last ?? new CcbtError('CONTENT_NOT_FOUND', message, { blame: 'remote', context: {} })
}

async function* peersOf(search: ContentSearch): AsyncGenerator<Endpoint, void> {
  const ways = contentWays(search.network)
  const { proxy } = ways
  if (search.dht !== undefined && proxy !== undefined && proxy.relay === undefined) {
    throw lookupFailed(`the proxy ${proxy.label} carries no UDP`)
  }
  yield* search.peers
  if (search.dht === undefined) return
  const found = await askDht(search, search.dht.bootstrap, ways)
  yield* found.slice(0, MAX_STRANGERS)
}

/** By a node that asks and answers nobody, for this one lookup. */
async function askDht(
  { hash, signal }: Pick<ContentSearch, 'hash' | 'signal'>,
  bootstrap: readonly Endpoint[],
  { clock, random, bind, proxy }: ContentWays,
): Promise<Endpoint[]> {
  const { createDht } = await import('@ccbt/discovery')
  const found: Endpoint[] = []
  let failure: string | undefined
  const check = (): void => {
    if (found.length === 0 && failure !== undefined) throw lookupFailed(failure)
  }
  await using dht = await createDht({
    clock,
    random,
    bind,
    port: 0,
    bootstrap,
    readOnly: true,
    allowLocal: bootstrap.some(({ host }) => isLocalIp(host)),
    ...(proxy?.relay && { relay: proxy.relay }),
    onRelayFailed: (reason) => (failure = reason),
  })
  check()
  await dht.lookup(contentKeyOf(hash), { onPeers: (some) => found.push(...some), signal })
  check()
  return found
}

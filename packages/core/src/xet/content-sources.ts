// Strangers who may have content: those that the DHT or a tracker names for a key or a torrent. Who looks does not stay there:
// in the DHT nothing is announced, and a tracker is told goodbye at once.

import { isLocalIp } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import { makePeerId } from '@ccbt/wire-protocol'

import { lookupFailed } from '../errors.ts'
import { VERSION } from '../version.ts'
import type { ContentWays } from './content-network.ts'

/** Trackers refuse port 0; at this one nobody listens. */
const NO_PORT = 1
const NUM_WANT = 50
/** What a tracker may take: others may have answered, and wait. */
const ANSWER_MS = 15_000
const GOODBYE_MS = 5000

/** What is looked for: 20 bytes, of content or of a torrent. */
export interface Lookup {
  readonly key: Uint8Array
  readonly signal: AbortSignal
}

/**
 * By a node that asks and answers nobody, for this one lookup. Rejects with CONTENT_LOOKUP_FAILED when the proxy does not carry
 * the questions, DHT_LISTEN_FAILED, ABORTED.
 */
export async function askDht(
  { clock, random, bind, proxy }: ContentWays,
  bootstrap: readonly Endpoint[],
  { key, signal }: Lookup,
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
  await dht.lookup(key, { onPeers: (some) => found.push(...some), signal })
  check()
  return found
}

/** By an announce of nothing. Rejects with CONTENT_LOOKUP_FAILED when it does not answer, TRACKER_*, ABORTED. */
export async function askTracker(
  { clock, random, bind, userAgent, trackerProxy: proxy }: ContentWays,
  url: string,
  { key, signal }: Lookup,
): Promise<readonly Endpoint[]> {
  const { createTrackerClient } = await import('@ccbt/discovery')
  await using client = createTrackerClient({ clock, random, bind, userAgent, ...(proxy && { proxy }) })
  const request = {
    infoHash: key,
    peerId: makePeerId(random, VERSION),
    port: NO_PORT,
    stats: { uploaded: 0, downloaded: 0, left: 1 },
    numWant: NUM_WANT,
    key: random.u32(),
  }
  const timeout = AbortSignal.timeout(ANSWER_MS)
  const asked = client.announce(url, { ...request, event: 'started' }, AbortSignal.any([signal, timeout]))
  const { peers } = await asked.catch((error: unknown) => {
    throw timeout.aborted && !signal.aborted
      ? lookupFailed('it does not answer', `the tracker ${new URL(url).host}`)
      : error
  })
  const soon = AbortSignal.any([signal, AbortSignal.timeout(GOODBYE_MS)])
  await client.announce(url, { ...request, event: 'stopped' }, soon).catch((error: unknown) => {
    // It forgets us a little later.
    if (!isCcbtError(error) || error.blame === 'us') throw error
  })
  // A tracker tells us of ourselves.
  return peers.filter(({ port }) => port !== NO_PORT)
}

// Where keys of content are announced: the DHT, and trackers that their operators opened for it.

import type { Dht } from '@ccbt/discovery'

import type { SessionShared } from '../session/shared.ts'

/** DHT nodes forget after 30 minutes. */
const DHT_EVERY_MS = 25 * 60_000

/** One announce. */
export interface KeyAnnounce {
  /** 20 bytes. */
  readonly key: Uint8Array
  /** Where we are reached. */
  readonly port: number
  /** It has not been announced there before. */
  readonly isNew: boolean
  readonly signal: AbortSignal
}

/** Announces once; fulfilled with the milliseconds until the next time. Rejects with what went wrong there. */
export type Announce = (announce: KeyAnnounce) => Promise<number>

/** Opens a place with the first key; `undefined` = it cannot be opened, which has been told. */
export type OpenPlace = () => Promise<Announce | undefined>

/** In the DHT. */
export function inDht(access: { readonly open: () => Promise<Pick<Dht, 'lookup'> | undefined> }): OpenPlace {
  return async () => {
    const dht = await access.open()
    if (dht === undefined) return undefined
    return async ({ key, port, signal }) => {
      await dht.lookup(key, { announcePort: port, seed: true, onPeers: () => {}, signal })
      return DHT_EVERY_MS
    }
  }
}

/** On a tracker, as a seed of a torrent that has the key for a hash. */
export function onTracker(
  url: string,
  { trackers, peerId, trackerKey }: Pick<SessionShared, 'trackers' | 'peerId' | 'trackerKey'>,
): OpenPlace {
  return async () => {
    const { client } = await trackers.open()
    return async ({ key: infoHash, port, isNew, signal }) => {
      const event = isNew ? 'started' : 'update'
      const stats = { uploaded: 0, downloaded: 0, left: 0 }
      const request = { infoHash, peerId, port, event, stats, numWant: 0, key: trackerKey } as const
      const { intervalS } = await client.announce(url, request, signal)
      return intervalS * 1000
    }
  }
}

// Starts the search for a torrent's peers, or goes on with one that began before its metadata was known.

import { swarmHashes } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'

import type { SessionShared } from '../session/shared.ts'
import { PeerFinder } from '../sources/peer-finder.ts'
import type { FinderClient } from '../sources/peer-finder.ts'

/** What a search is made of. */
export interface FindingParts {
  readonly metainfo: Metainfo
  /** None = no trackers are asked. A search that has begun before goes on with those that it has. */
  readonly trackers: readonly (readonly string[])[]
  readonly shared: SessionShared
  readonly client: FinderClient
  /** The search that has begun before. */
  readonly inherited: PeerFinder | undefined
}

/** A search under way, to be stopped by the caller. */
export function startFinder({ metainfo, trackers, shared, client, inherited }: FindingParts): PeerFinder {
  if (inherited !== undefined) {
    inherited.serve(client)
    return inherited
  }
  const finder = new PeerFinder({
    infoHashes: swarmHashes(metainfo),
    trackers,
    isPrivate: metainfo.isPrivate,
    shared,
    client,
  })
  finder.start()
  return finder
}

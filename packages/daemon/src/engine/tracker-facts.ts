// What a list of torrents shows of a torrent's trackers.

import type { TrackerSnapshot } from '@ccbt/core'

/** In short. */
export interface TrackerFacts {
  /** As the best tracker says; -1 = unknown. */
  readonly seeders: number
  readonly leechers: number
  /** Host name of the first one, or ''. */
  readonly host: string
}

/** Nobody has been asked. */
export const UNASKED: TrackerFacts = { seeders: -1, leechers: -1, host: '' }

/** Puts together what the trackers of a torrent say. */
export function trackerFacts(
  tiers: readonly (readonly string[])[],
  trackers: readonly TrackerSnapshot[],
): TrackerFacts {
  const url = tiers[0]?.[0]
  return {
    seeders: Math.max(-1, ...trackers.map(({ seeders = -1 }) => seeders)),
    leechers: Math.max(-1, ...trackers.map(({ leechers = -1 }) => leechers)),
    host: url === undefined ? '' : (URL.parse(url)?.hostname ?? ''),
  }
}

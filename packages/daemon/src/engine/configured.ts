// What the configuration says of single torrents: rules, and files of their own. The engine asks when it needs to know and
// keeps no answer, so that thousands of torrents cost nothing. What the user decided about a torrent goes before.

import type { AddOptions } from '@ccbt/core'
import type { TorrentFacts } from '@ccbt/metainfo'

/** What the configuration says of a torrent. */
export interface ConfiguredTorrent {
  /** What is not meant for all torrents, or what the preferences of the session are not about. */
  readonly options: Omit<AddOptions, 'directory' | 'label' | 'select' | 'priorities' | 'paused'>
  /** Goals of all torrents; those of the preferences go before. */
  readonly general?: Pick<AddOptions, 'seedRatio' | 'seedIdleMs'>
  /** Where it goes when it is added; absent = where all torrents go. */
  readonly directory?: string
  /** Given to a torrent that is added without one. */
  readonly label?: string
}

/** Tells what the configuration says of a torrent, and never rejects: what cannot be used is left out and reported. */
export type TorrentConfiguration = (facts: TorrentFacts) => Promise<ConfiguredTorrent>

/** A torrent that follows its configuration. */
export interface ConfigurableTorrent {
  readonly infoHash: string
  readonly name: string
  facts(): TorrentFacts
  /**
   * The configuration says something else of it now: what can change at once does. Rejects with DAEMON_REQUEST_INVALID or
   * TORRENT_NOTHING_SELECTED when the session cannot follow.
   */
  follow(before: ConfiguredTorrent, now: ConfiguredTorrent): Promise<void>
}

/** Nothing. */
export const NOT_CONFIGURED: ConfiguredTorrent = { options: {} }

// What the configuration says of single torrents: rules, and files of their own. The engine asks when it needs to know and
// keeps no answer, so that thousands of torrents cost nothing. What the user decided about a torrent goes before.

import type { AddOptions } from '@ccbt/core'
import { swarmHashes } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { bug, toHex } from '@ccbt/primitives'

import type { TorrentOrigin } from '../state/torrent-record.ts'

/** What of a torrent rules go by; what is not known is absent. */
export interface TorrentFacts extends TorrentOrigin {
  /** Lowercase hex. */
  readonly infoHash: string
  readonly name?: string
  /** Bytes. */
  readonly size?: number
  readonly isPrivate?: boolean
  readonly labels?: readonly string[]
  /** Host names of its trackers, without ports. */
  readonly trackerHosts: readonly string[]
}

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

/** What a torrent file or a link says of its torrent; `trackers` are asked instead of those in it. */
export function factsOf(source: Metainfo | Magnet, trackers?: readonly (readonly string[])[]): TorrentFacts {
  const [first] = swarmHashes(source)
  if (first === undefined) throw bug('a torrent without an info-hash')
  const infoHash = toHex(first)
  const trackerHosts = (trackers?.flat() ?? source.trackers.flat()).flatMap(hostOf)
  const { name } = source
  const known = { infoHash, trackerHosts, ...(name === undefined ? {} : { name }) }
  if (!('infoBytes' in source)) return known
  return { ...known, size: source.totalLength, isPrivate: source.isPrivate }
}

function hostOf(url: string): string[] {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return host === '' ? [] : [host]
}

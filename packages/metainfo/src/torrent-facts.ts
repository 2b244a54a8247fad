// What is known of a torrent without its data: what rules and files of single torrents go by.

import { bug, toHex } from '@ccbt/primitives'

import { swarmHashes } from './info-hash.ts'
import type { Magnet } from './magnet.ts'
import type { Metainfo } from './metainfo.ts'

/** What of a torrent its settings are chosen by; what is not known is absent. */
export interface TorrentFacts {
  /** Lowercase hex; of a v2 torrent cut to 20 bytes. */
  readonly infoHash: string
  readonly name?: string
  /** Bytes. */
  readonly size?: number
  readonly isPrivate?: boolean
  /** Those that it has without the rules. */
  readonly labels?: readonly string[]
  /** Host names of its trackers, without ports. */
  readonly trackerHosts: readonly string[]
  /** The torrent file, as it was called when the torrent came, when there is one on this computer. */
  readonly file?: string
  /** The watched folder that it was found in. */
  readonly watchFolder?: string
}

/** What a torrent file or a link says of its torrent; `trackers` are asked instead of those in it. */
export function torrentFacts(source: Metainfo | Magnet, trackers?: readonly (readonly string[])[]): TorrentFacts {
  const [first] = swarmHashes(source)
  if (first === undefined) throw bug('a torrent without an info-hash')
  const { name } = source
  const known = {
    infoHash: toHex(first),
    trackerHosts: (trackers?.flat() ?? source.trackers.flat()).flatMap(hostOf),
    ...(name === undefined ? {} : { name }),
  }
  if (!('infoBytes' in source)) return known
  return { ...known, size: source.totalLength, isPrivate: source.isPrivate }
}

function hostOf(url: string): string[] {
  const host = URL.parse(url)?.hostname ?? ''
  return host === '' ? [] : [host]
}

// What the fields of one torrent are made of; the dear parts are made once, and only when a field asks for them.

import type { TorrentSnapshot, TorrentSummary } from '@ccbt/core'
import type { Metainfo } from '@ccbt/metainfo'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import type { Preferences } from '../engine/preferences.ts'

/** A torrent as its fields see it. */
export interface FieldSource {
  readonly torrent: EngineTorrent
  /** Absent as long as the session has not got the torrent. */
  readonly summary: TorrentSummary | undefined
  readonly snapshot: () => TorrentSnapshot | undefined
  /** Undefined while a magnet link's metadata is not known. */
  readonly metainfo: () => Metainfo | undefined
  readonly preferences: Preferences
}

/** Makes one field. */
export type Field = (source: FieldSource) => unknown

/** The source of a torrent's fields as it is now. */
export function fieldSourceOf(torrent: EngineTorrent, preferences: Preferences): FieldSource {
  return {
    torrent,
    summary: torrent.summary(),
    snapshot: once(() => torrent.snapshot()),
    metainfo: once(() => torrent.metainfo()),
    preferences,
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

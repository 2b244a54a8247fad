// How torrents are added that nobody stands behind at the moment: as if somebody had said no more than where they go.

import type { AddOutcome, Engine } from './engine/engine.ts'
import type { StoredSource, TorrentOrigin } from './state/torrent-record.ts'

/** Where torrents go, and where they come from. */
export interface Destination {
  readonly label?: string
  /** Absent = the folder of the label, or that of all. */
  readonly directory?: string
  readonly origin?: TorrentOrigin
}

/** Adds a torrent for the owner of the daemon. Rejects as {@link Engine.add} does. */
export async function addUnattended(
  engine: Pick<Engine, 'add' | 'preferences'>,
  source: StoredSource,
  { label, directory, origin }: Destination,
): Promise<AddOutcome> {
  const settings = {
    isPaused: !engine.preferences.now.startsAdded,
    labels: label === undefined ? [] : [label],
    ...(directory === undefined ? {} : { directory }),
    ...(origin === undefined ? {} : { origin }),
  }
  return await engine.add({ source, settings, isOwner: true })
}

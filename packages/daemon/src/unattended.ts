// How torrents are added that nobody stands behind at the moment: as if somebody had said no more than where they go.

import type { AddOutcome, Engine } from './engine/engine.ts'
import type { StoredSource } from './state/torrent-record.ts'

/** Where torrents go. */
export interface Destination {
  readonly label?: string
  /** Absent = the folder of the label, or that of all. */
  readonly directory?: string
}

/** Adds a torrent for the owner of the daemon. Rejects as {@link Engine.add} does. */
export async function addUnattended(
  engine: Pick<Engine, 'add' | 'preferences'>,
  source: StoredSource,
  { label, directory }: Destination,
): Promise<AddOutcome> {
  const settings = {
    isPaused: !engine.preferences.now.startsAdded,
    labels: label === undefined ? [] : [label],
    ...(directory === undefined ? {} : { directory }),
  }
  return await engine.add({ source, settings, isOwner: true })
}

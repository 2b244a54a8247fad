// The order of the daemon's torrents, as the session's queue has it, kept over restarts: the session learns it by getting
// the torrents in it.

import type { QueueMove } from '@ccbt/core'

import type { SettingTable } from '../state/setting-table.ts'
import type { EngineTorrent } from './engine-torrent.ts'

/** The order of torrents. */
export class TorrentQueue {
  readonly #settings: SettingTable

  constructor(settings: SettingTable) {
    this.#settings = settings
  }

  /** Torrents in the order of an earlier run; those that it did not know come last. */
  restored(torrents: readonly EngineTorrent[]): EngineTorrent[] {
    const value = this.#settings.read('queue')
    const ids = Array.isArray(value) ? value.filter((id) => typeof id === 'number') : []
    const places = new Map(ids.map((id, place) => [id, place]))
    const placeOf = ({ id }: EngineTorrent): number => places.get(id) ?? places.size
    return torrents.toSorted((a, b) => placeOf(a) - placeOf(b))
  }

  /** Moves torrents; among each other they keep their order. A number is the position of the first. */
  async move(torrents: readonly EngineTorrent[], to: QueueMove): Promise<void> {
    const sorted = inOrder(torrents)
    if (to === 'top' || to === 'down') sorted.reverse()
    for (const [i, torrent] of sorted.entries()) await torrent.queue(typeof to === 'number' ? to + i : to)
  }

  /** Keeps the order in which all torrents are now. */
  save(torrents: readonly EngineTorrent[]): void {
    this.#settings.write(
      'queue',
      inOrder(torrents).map(({ id }) => id),
    )
  }
}

function inOrder(torrents: readonly EngineTorrent[]): EngineTorrent[] {
  return torrents.toSorted((a, b) => positionOf(a) - positionOf(b))
}

function positionOf(torrent: EngineTorrent): number {
  return torrent.summary()?.queue?.position ?? Number.POSITIVE_INFINITY
}

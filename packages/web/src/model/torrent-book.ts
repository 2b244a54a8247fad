// What the page knows of the daemon: the session and a row per torrent, brought up to date by deltas.

import type { SessionView, StateDelta, TorrentRow } from '@ccbt/rpc-client'

/** The rows by id. `revision` grows with every change, so that what is derived from them can be kept. */
export class TorrentBook {
  revision = 0
  session: SessionView | undefined
  readonly rows: Map<number, TorrentRow> = new Map()

  apply({ isFull, session, torrents, removed }: StateDelta): void {
    if (isFull) this.rows.clear()
    for (const row of torrents) this.rows.set(row.id, row)
    for (const id of removed) this.rows.delete(id)
    this.session = session
    this.revision++
  }

  /** The torrent with this info-hash. */
  find(infoHash: string): TorrentRow | undefined {
    for (const row of this.rows.values()) if (row.infoHash === infoHash) return row
    return undefined
  }
}

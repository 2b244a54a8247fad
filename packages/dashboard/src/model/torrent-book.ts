// What the daemon has told of its torrents, and the rates of each over the last seconds. Torrents at rest have no history,
// so ten thousand of them cost no memory beyond their rows.

import type { SessionView, StateDelta, TorrentRow } from '@ccbt/rpc-client'

import { RateHistory } from './rate-history.ts'
import type { RateHistories } from './rate-history.ts'

/** Samples behind the sparkline of a row and the graph of a torrent. */
const ROW_SAMPLES = 180
/** Torrents with a history, 1.5 kB each; more are remembered once others have come to rest. */
const MAX_HISTORIES = 2048

/** The daemon as it was last heard of. */
export class TorrentBook {
  readonly #rows = new Map<number, TorrentRow>()
  readonly #histories = new Map<number, RateHistories>()
  readonly session: RateHistories = { download: new RateHistory(), upload: new RateHistory() }
  #view: SessionView | undefined
  #version = 0

  /** Grows with every change of a row. */
  get version(): number {
    return this.#version
  }

  /** Undefined until the daemon was heard for the first time. */
  get view(): SessionView | undefined {
    return this.#view
  }

  get size(): number {
    return this.#rows.size
  }

  /** Changes with the news. */
  row(id: number): TorrentRow | undefined {
    return this.#rows.get(id)
  }

  rows(): Iterable<TorrentRow> {
    return this.#rows.values()
  }

  apply({ isFull, session, torrents, removed }: StateDelta): void {
    this.#view = session
    if (isFull) this.#rows.clear()
    for (const row of torrents) this.#rows.set(row.id, row)
    for (const id of removed) {
      this.#rows.delete(id)
      this.#histories.delete(id)
    }
    if (isFull || torrents.length > 0 || removed.length > 0) this.#version++
  }

  /** Once a second: the present rates become history. */
  sample(): void {
    this.session.download.push(this.#view?.downloadBps ?? 0)
    this.session.upload.push(this.#view?.uploadBps ?? 0)
    for (const [id, { downloadBps, uploadBps }] of this.#rows) {
      if (downloadBps > 0 || uploadBps > 0 || this.#histories.has(id)) this.#remember(id, downloadBps, uploadBps)
    }
  }

  /** Undefined for a torrent that moved nothing lately. */
  history(id: number): RateHistories | undefined {
    return this.#histories.get(id)
  }

  #remember(id: number, downloadBps: number, uploadBps: number): void {
    const known = this.#histories.get(id)
    if (known === undefined && this.#histories.size >= MAX_HISTORIES) return
    const { download, upload } = known ?? newHistories()
    download.push(downloadBps)
    upload.push(uploadBps)
    const isAtRest = downloadBps + uploadBps === 0 && download.peak(ROW_SAMPLES) + upload.peak(ROW_SAMPLES) === 0
    if (isAtRest) this.#histories.delete(id)
    else if (known === undefined) this.#histories.set(id, { download, upload })
  }
}

function newHistories(): RateHistories {
  return { download: new RateHistory(ROW_SAMPLES), upload: new RateHistory(ROW_SAMPLES) }
}

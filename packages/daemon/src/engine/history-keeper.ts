// Keeps up what torrents live through, and saves it from time to time. Time that only passes is written ten times less
// often than what torrents do: a daemon at rest leaves the disk alone.

import type { TorrentTable } from '../state/torrent-table.ts'
import type { EngineTorrent } from './engine-torrent.ts'

/** How often the histories of torrents that did something are saved, and those of all; how often they are kept up. */
const SAVE_EVERY_MS = 60_000
const SAVE_ALL_EVERY = 10
const TICK_MS = 5000

/** What histories are kept with. */
export interface HistoryKeeperParts {
  readonly torrents: () => Iterable<EngineTorrent>
  readonly table: Pick<TorrentTable, 'setHistories'>
  /** Something else that is saved as often. */
  readonly onSave: () => void
}

/** Keeps histories from {@link HistoryKeeper.start} until it is disposed, which saves all of them. */
export class HistoryKeeper implements Disposable {
  readonly #parts: HistoryKeeperParts
  readonly #timers: NodeJS.Timeout[] = []
  readonly #active = new Set<EngineTorrent>()
  #saves = 0
  #tickedAtMs: number = performance.now()

  constructor(parts: HistoryKeeperParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timers.push(
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#save(), SAVE_EVERY_MS),
    )
  }

  /** Something of its history is worth to be saved soon. */
  touched(torrent: EngineTorrent): void {
    this.#active.add(torrent)
  }

  /** It has no history any more. */
  forget(torrent: EngineTorrent): void {
    this.#active.delete(torrent)
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#saveOf(this.#parts.torrents())
  }

  #tick(): void {
    const nowMs = performance.now()
    const elapsedS = (nowMs - this.#tickedAtMs) / 1000
    this.#tickedAtMs = nowMs
    for (const torrent of this.#parts.torrents()) {
      const summary = torrent.summary()
      if (summary === undefined) continue
      const { downloadingS, seedingS } = torrent.history
      if (summary.phase === 'downloading') torrent.live({ downloadingS: downloadingS + elapsedS })
      if (summary.phase === 'seeding') torrent.live({ seedingS: seedingS + elapsedS })
      if (summary.downloadBps === 0 && summary.uploadBps === 0) continue
      torrent.live({ activeAtMs: Date.now() })
      this.#active.add(torrent)
    }
  }

  #save(): void {
    this.#saves++
    this.#saveOf(this.#saves % SAVE_ALL_EVERY === 0 ? this.#parts.torrents() : this.#active)
  }

  #saveOf(torrents: Iterable<EngineTorrent>): void {
    this.#parts.table.setHistories(new Map(Array.from(torrents, ({ id, history }) => [id, history])))
    this.#active.clear()
    this.#parts.onSave()
  }
}

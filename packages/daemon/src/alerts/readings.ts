// The values that alerts look at. How long something has been so is found out here, by looking again and again.

import type { SessionEvent, TorrentSummary } from '@ccbt/core'

import type { Reading } from './alert-book.ts'
import type { AlertMetric } from './alert-rule.ts'

/** Trackers that are remembered; of more the oldest goes. */
const MAX_TRACKERS = 1000

/** Where the values come from. */
export interface ReadingSources {
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly torrents: () => readonly TorrentSummary[]
  /** Of the download folder's disk; -1 = unknown. */
  readonly freeBytes: () => number
  readonly downloadDirectory: string
  readonly loopDelayMs: () => number
}

/** Reads values. */
export class Readings {
  readonly #sources: ReadingSources
  /** When a download last had data, by info-hash. */
  readonly #progress = new Map<string, { downloaded: number; atMs: number }>()
  /** Since when a tracker fails, by its host; undefined = it works. */
  readonly #trackers = new Map<string, number | undefined>()
  #incomingAtMs: number
  readonly #readers: Readonly<Record<AlertMetric, () => readonly Reading[]>>

  constructor(sources: ReadingSources) {
    this.#sources = sources
    this.#incomingAtMs = sources.now()
    this.#readers = {
      free_space: () => this.#freeSpace(),
      stalled_time: () => this.#stalled(),
      tracker_down_time: () => this.#trackersDown(),
      time_without_incoming: () => this.#withoutIncoming(),
      event_loop_delay: () => ours(sources.loopDelayMs() / 1000),
      download_rate: () => ours(this.#sum((torrent) => torrent.downloadBps)),
      upload_rate: () => ours(this.#sum((torrent) => torrent.uploadBps)),
      connections: () => ours(this.#sum((torrent) => torrent.connections)),
      memory: () => ours(process.memoryUsage.rss()),
    }
  }

  read(metric: AlertMetric): readonly Reading[] {
    return this.#readers[metric]()
  }

  /** Takes an event of the session. */
  happened(event: SessionEvent): void {
    if (event.type === 'peer-connected' && event.direction === 'in') this.#incomingAtMs = this.#sources.now()
    if (event.type === 'tracker-working') this.#noteTracker(event.url, true)
    if (event.type === 'tracker-failed') this.#noteTracker(event.url, false)
  }

  #noteTracker(url: string, isWorking: boolean): void {
    const host = URL.canParse(url) ? new URL(url).hostname : ''
    if (host === '') return
    const since = isWorking ? undefined : (this.#trackers.get(host) ?? this.#sources.now())
    this.#trackers.delete(host)
    this.#trackers.set(host, since)
    const [oldest] = this.#trackers.keys()
    if (this.#trackers.size > MAX_TRACKERS && oldest !== undefined) this.#trackers.delete(oldest)
  }

  #trackersDown(): readonly Reading[] {
    const now = this.#sources.now()
    return Array.from(this.#trackers, ([host, since]) =>
      reading(host, host, since === undefined ? 0 : (now - since) / 1000),
    )
  }

  #freeSpace(): readonly Reading[] {
    const { freeBytes, downloadDirectory } = this.#sources
    const bytes = freeBytes()
    return bytes < 0 ? [] : [reading(downloadDirectory, downloadDirectory, bytes)]
  }

  /** A torrent that is not downloading has no stalled time, and begins anew when it does again. */
  #stalled(): readonly Reading[] {
    const now = this.#sources.now()
    const downloading = this.#sources.torrents().filter(({ phase }) => phase === 'downloading')
    const known = new Set(downloading.map(({ infoHash }) => infoHash))
    for (const infoHash of this.#progress.keys()) if (!known.has(infoHash)) this.#progress.delete(infoHash)
    return downloading.map(({ infoHash, name, downloaded }) => {
      const before = this.#progress.get(infoHash)
      if (before?.downloaded === downloaded) return reading(infoHash, name, (now - before.atMs) / 1000)
      this.#progress.set(infoHash, { downloaded, atMs: now })
      return reading(infoHash, name, 0)
    })
  }

  /** Who has no connections at all has another problem. */
  #withoutIncoming(): readonly Reading[] {
    const now = this.#sources.now()
    if (this.#sum(({ connections }) => connections) === 0) this.#incomingAtMs = now
    return ours((now - this.#incomingAtMs) / 1000)
  }

  #sum(of: (torrent: TorrentSummary) => number): number {
    return this.#sources.torrents().reduce((total, torrent) => total + of(torrent), 0)
  }
}

function ours(value: number): readonly Reading[] {
  return [reading('', '', value)]
}

function reading(subject: string, name: string, value: number): Reading {
  return { subject, name, value }
}

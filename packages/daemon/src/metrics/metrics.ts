// Everything that is measured, as one page. Made in slices of a few milliseconds, so that a scrape of thousands of torrents
// never holds up the event loop; scrapes at the same time share one page.

import { setImmediate } from 'node:timers/promises'

import type { Session, SessionObserver, TorrentSummary } from '@ccbt/core'

import { LoopDelay } from './loop-delay.ts'
import { MetricText } from './metric-text.ts'
import { processFacts, writeProcess } from './process-metrics.ts'
import { addToSums, noSums, writeSession } from './session-metrics.ts'
import type { TorrentSums } from './session-metrics.ts'
import { SessionMeter } from './session-meter.ts'
import { chosenTorrents, TorrentLines } from './torrent-metrics.ts'
import type { PerTorrent } from './torrent-metrics.ts'

/** How long the page may be worked on before others have their turn. */
const SLICE_MS = 2

/** Writes further families; quick. */
export type Collector = (out: MetricText) => void

/** How metrics are made. */
export interface MetricsOptions {
  /** Of the program. */
  readonly version: string
  readonly perTorrent: PerTorrent
}

/** What is looked at. */
export interface MetricsSource {
  readonly session: Pick<Session, 'subscribe' | 'statistics'>
  /** All torrents that the session has. */
  readonly torrents: () => Iterable<{ summary(): TorrentSummary }>
  /** Torrents that it did not take. */
  readonly refused?: () => number
}

/** Measures from its construction on. */
export class Metrics implements Disposable {
  readonly meter: SessionMeter = new SessionMeter()
  readonly loop: LoopDelay = new LoopDelay()
  readonly #options: MetricsOptions
  readonly #collectors: Collector[] = []
  #source: MetricsSource | undefined
  #unsubscribe: () => void = () => {}
  #page: Promise<string> | undefined

  constructor(options: MetricsOptions) {
    this.#options = options
  }

  /** To be given to the session as its observer. */
  get observer(): SessionObserver {
    return this.meter
  }

  /** The session has started. */
  attach(source: MetricsSource): void {
    this.#source = source
    this.#unsubscribe = source.session.subscribe((event) => this.meter.happened(event))
  }

  /** Adds families to the page. */
  collect(collector: Collector): void {
    this.#collectors.push(collector)
  }

  /** The page. */
  async render(): Promise<string> {
    this.#page ??= this.#render().finally(() => (this.#page = undefined))
    return await this.#page
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
    this.loop[Symbol.dispose]()
  }

  async #render(): Promise<string> {
    const out = new MetricText()
    const facts = await processFacts()
    this.#writeBuild(out)
    writeProcess(out, facts)
    this.loop.write(out)
    this.meter.write(out)
    if (this.#source !== undefined) await this.#writeSource(out, this.#source)
    for (const collector of this.#collectors) collector(out)
    return out.toString()
  }

  #writeBuild(out: MetricText): void {
    const startedAtS = performance.timeOrigin / 1000
    out
      .family('ccbt_build_info', 'gauge', 'Version of the program and of what runs it.')
      .sample('ccbt_build_info', { version: this.#options.version, node: process.version }, 1)
      .gauge('ccbt_start_time_seconds', startedAtS, 'Start of the program since the Unix epoch.')
  }

  async #writeSource(out: MetricText, { session, torrents, refused }: MetricsSource): Promise<void> {
    const sums = noSums()
    sums.phases['failed'] = refused?.() ?? 0
    // What was written so far took its share.
    await setImmediate()
    const slice = new Slice()
    const summaries = await summarize(torrents(), sums, slice)
    writeSession(out, session.statistics(), sums)
    const chosen = chosenTorrents(summaries, this.#options.perTorrent)
    if (this.#options.perTorrent.kind === 'off') return
    const lines = new TorrentLines()
    for (const torrent of chosen) {
      await slice.pause()
      lines.add(torrent)
    }
    await setImmediate()
    lines.write(out)
    await setImmediate()
  }
}

/** Of each torrent its numbers; all of them are added up. */
async function summarize(
  torrents: Iterable<{ summary(): TorrentSummary }>,
  sums: TorrentSums,
  slice: Slice,
): Promise<TorrentSummary[]> {
  const summaries: TorrentSummary[] = []
  // Torrents come and go meanwhile.
  for (const torrent of Array.from(torrents)) {
    await slice.pause()
    const summary = torrent.summary()
    addToSums(sums, summary)
    summaries.push(summary)
  }
  return summaries
}

/** Gives way when a slice of time is used up. */
class Slice {
  #startedAtMs: number = performance.now()

  /** Resolved at once within the slice. */
  async pause(): Promise<void> {
    if (performance.now() - this.#startedAtMs < SLICE_MS) return
    await setImmediate()
    this.#startedAtMs = performance.now()
  }
}

// Keeps what is known up to date: the list by watching, everything else by asking once a second, and only for what is on
// the screen.

import type {
  AlertList,
  DaemonClient,
  DaemonMonitor,
  LogLine,
  SettingView,
  SystemView,
  TorrentDetail,
} from '@ccbt/rpc-client'

import { TorrentBook } from '../model/torrent-book.ts'
import { treeLines } from './file-tree.ts'
import type { TreeLine } from './file-tree.ts'
import type { UiState } from './ui-state.ts'

/** How often everything is brought up to date. */
const INTERVAL_MS = 1000
const MAX_LOG_LINES = 2000
/** News come this much early at times. */
const EARLY_MS = 100

/** Who is asked. */
export interface FeedSources {
  readonly client: DaemonClient
  readonly monitor: Pick<DaemonMonitor, 'alerts'>
}

/** What the daemon is heard of. */
export class Feed implements Disposable {
  readonly book: TorrentBook = new TorrentBook()
  files: readonly TreeLine[] = []
  #detail: TorrentDetail | 'gone' | undefined
  system: SystemView | undefined
  log: readonly LogLine[] = []
  settings: readonly SettingView[] | undefined
  alerts: AlertList | undefined
  isConnected = false
  readonly #client: DaemonClient
  readonly #monitor: Pick<DaemonMonitor, 'alerts'>
  readonly #uiOf: () => UiState
  readonly #onChange: () => void
  readonly #end = new AbortController()
  readonly #timer: NodeJS.Timeout
  #nextLog = 0
  #sampledAtMs = -Infinity
  /** News have come since the last tick, and the rates of this second with them. */
  #isSampled = false
  #isAsking = false

  /** `onChange` is called after every change of something. */
  constructor({ client, monitor }: FeedSources, uiOf: () => UiState, onChange: () => void) {
    this.#client = client
    this.#monitor = monitor
    this.#uiOf = uiOf
    this.#onChange = onChange
    client.watch({
      intervalMs: INTERVAL_MS,
      onDelta: (delta) => {
        this.book.apply(delta)
        if (performance.now() - this.#sampledAtMs >= INTERVAL_MS - EARLY_MS) {
          this.#sample()
          this.#isSampled = true
        }
        onChange()
      },
      onConnection: (state) => {
        this.isConnected = state === 'connected'
        onChange()
      },
      signal: this.#end.signal,
    })
    this.#timer = setInterval(() => this.#tick(), INTERVAL_MS)
  }

  /** Of the torrent that is open. */
  get detail(): TorrentDetail | 'gone' | undefined {
    return this.#detail
  }

  /** Asks at once for what the screen needs now. */
  refresh(): void {
    void this.#ask()
  }

  [Symbol.dispose](): void {
    this.#end.abort()
    clearInterval(this.#timer)
  }

  #tick(): void {
    if (!this.#isSampled) {
      this.#sample()
      this.#onChange()
    }
    this.#isSampled = false
    void this.#ask()
  }

  /** The present rates become history: with the news of each second, so that both are one frame, else by the clock. */
  #sample(): void {
    this.#sampledAtMs = performance.now()
    this.book.sample()
  }

  /** One question at a time: a slow daemon is not asked again before it has answered. */
  async #ask(): Promise<void> {
    if (this.#isAsking || this.#end.signal.aborted) return
    this.#isAsking = true
    try {
      if (await this.#askFor(this.#uiOf())) this.#onChange()
    } catch {
      // The watch tells that the daemon is lost; the next second asks again.
    } finally {
      this.#isAsking = false
    }
  }

  /** False: what the list shows comes by itself. */
  async #askFor({ screen, cursorId, tab }: UiState): Promise<boolean> {
    if (screen === 'torrents') return false
    if (screen === 'torrent') this.#detailIs((await this.#client.detail(cursorId)) ?? 'gone')
    if (screen === 'system') this.system = await this.#client.system()
    if (screen === 'settings') this.settings = await this.#client.settings()
    if (screen === 'swarm') this.alerts = await this.#monitor.alerts()
    if (screen === 'log' || (screen === 'torrent' && tab === 'log')) await this.#readLog()
    return true
  }

  #detailIs(detail: TorrentDetail | 'gone'): void {
    this.#detail = detail
    this.files = detail === 'gone' ? [] : treeLines(detail.files.map(({ path }) => path))
  }

  async #readLog(): Promise<void> {
    const { next, lines } = await this.#client.log(this.#nextLog)
    this.#nextLog = next
    if (lines.length > 0) this.log = [...this.log, ...lines].slice(-MAX_LOG_LINES)
  }
}

// What a face needs of the daemon, whether that runs in this process or behind a socket. Rejections are CcbtErrors with
// one line for the user: RPC_UNREACHABLE, RPC_REFUSED (wrong password or scope), RPC_FAILED (the daemon says why).

import type { SettingView } from './setting-view.ts'
import type { LogLine, Preview, StateDelta, SystemView, TorrentDetail } from './views.ts'

/** A torrent to add. */
export interface AddTorrent {
  /** Bytes of a torrent file, a magnet link, or an http(s) address of a torrent file. */
  readonly source: Uint8Array | string
  readonly directory?: string
  readonly isPaused?: boolean
  readonly labels?: readonly string[]
  /** Indexes of the files to download; absent = all. */
  readonly select?: readonly number[]
  readonly isSequential?: boolean
}

/** Something to be done to torrents. */
export type TorrentAction =
  | { readonly type: 'start' | 'start-now' | 'pause' | 'verify' | 'reannounce' }
  | { readonly type: 'remove'; readonly deletesData: boolean }
  | { readonly type: 'move'; readonly directory: string; readonly movesData: boolean }
  | { readonly type: 'label'; readonly labels: readonly string[] }
  | { readonly type: 'limit'; readonly downloadLimitBps?: number; readonly uploadLimitBps?: number }
  /** A number is the position that the first of them gets, from 1. */
  | { readonly type: 'queue'; readonly to: 'top' | 'up' | 'down' | 'bottom' | number }
  /** 0 = do not download. */
  | { readonly type: 'priority'; readonly files: readonly number[]; readonly priority: number }
  | { readonly type: 'sequential'; readonly isOn: boolean }
  /** Instead of those it has: lists of URLs, one for each tier. */
  | { readonly type: 'trackers'; readonly tiers: readonly (readonly string[])[] }
  /** Of a file or folder of the torrent, by its path there. */
  | { readonly type: 'rename'; readonly path: string; readonly name: string }

/** A change of a label's limits, bytes per second: 0 = no limit, null = as the configuration has it, absent = as it is. */
export interface LabelLimitChange {
  readonly downloadLimitBps?: number | null
  readonly uploadLimitBps?: number | null
}

/** The limits that all torrents with a label share, bytes per second; 0 = none. */
export interface LabelLimitView {
  readonly label: string
  readonly downloadLimitBps: number
  readonly uploadLimitBps: number
  /** Whether it was changed while the daemon ran; else it is that of the configuration. */
  readonly isChanged: { readonly download: boolean; readonly upload: boolean }
}

/** A daemon as its faces see it. */
export interface DaemonClient extends AsyncDisposable {
  /** What changed since the revision; everything without one, and when the daemon no longer knows it. */
  state(since?: number): Promise<StateDelta>
  /**
   * Calls `onDelta` at once with everything, then once per `intervalMs` when something changed, until `signal` aborts.
   * Reconnects by itself; `onConnection` hears of losing and regaining the daemon. Rows may be kept as long as they are
   * not changed; later news change them in place.
   */
  watch(options: {
    readonly intervalMs: number
    readonly onDelta: (delta: StateDelta) => void
    readonly onConnection: (state: 'connected' | 'lost') => void
    readonly signal: AbortSignal
  }): void
  /** Undefined: there is no such torrent any more. */
  detail(id: number): Promise<TorrentDetail | undefined>
  preview(source: Uint8Array | string): Promise<Preview>
  add(torrent: AddTorrent): Promise<{ readonly kind: 'added' | 'duplicate'; readonly id: number }>
  act(ids: readonly number[], action: TorrentAction): Promise<void>
  /** Limits of the whole session; 0 = none. */
  limit(limits: { readonly downloadLimitBps?: number; readonly uploadLimitBps?: number }): Promise<void>
  /**
   * Changes the limits of the torrents whose first label it is, from now on and over restarts; gives what is in force then.
   * The files of the user stay as they are.
   */
  limitLabel(label: string, limits: LabelLimitChange): Promise<LabelLimitView>
  system(): Promise<SystemView>
  /** Log lines after the given one, at most 1000. */
  log(since: number): Promise<{ readonly next: number; readonly lines: readonly LogLine[] }>
  /** Those of its configuration, in the order of the documentation; none when it was started without one. */
  settings(): Promise<readonly SettingView[]>
  /**
   * Changes a setting from now on, or takes an earlier change back without a text; gives what it is then. The files of the
   * user stay as they are.
   */
  changeSetting(key: string, text: string | undefined): Promise<SettingView>
}

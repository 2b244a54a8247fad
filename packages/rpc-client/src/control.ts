// What is asked of a daemon as a process, not of its torrents.

import { HttpCaller } from './http-call.ts'
import type { DaemonAddress } from './http-call.ts'

/** A running daemon. */
export interface DaemonInfo {
  readonly pid: number
  readonly version: string
  readonly stateDir: string
  readonly startedAtMs: number
  /** Where remote control listens besides the unix socket: `http://127.0.0.1:9091/`. */
  readonly urls: readonly string[]
  readonly downloadDirectory: string
  readonly torrents: number
}

/** How reading the configuration again went. What has problems stays as it was. */
export interface ReloadOutcome {
  readonly changes: readonly {
    readonly key: string
    /** Absent = not set. */
    readonly before?: string
    readonly after?: string
    readonly apply: 'live' | 'restart'
  }[]
  /** Settings that have another value for some torrents than before. */
  readonly torrents?: readonly {
    readonly key: string
    /** How many torrents. */
    readonly count: number
    readonly apply: 'live' | 'restart'
  }[]
  readonly problems: readonly string[]
}

/** A daemon as a process. */
export interface DaemonControl {
  info(): Promise<DaemonInfo>
  reload(): Promise<ReloadOutcome>
  /** Returns when the daemon has begun to stop. */
  stop(): Promise<void>
}

/** The control of the daemon at `address`; rejects as all calls do. */
export function createHttpControl(address: DaemonAddress): DaemonControl & AsyncDisposable {
  const caller = new HttpCaller(address)
  return {
    // As with the torrents: a newer daemon's answers have more but not less.
    info: () => caller.call('ccbt-daemon', {}) as Promise<DaemonInfo>,
    reload: () => caller.call('ccbt-reload', {}) as Promise<ReloadOutcome>,
    stop: async () => {
      await caller.call('ccbt-stop', {})
    },
    [Symbol.asyncDispose]: async () => caller[Symbol.dispose](),
  }
}

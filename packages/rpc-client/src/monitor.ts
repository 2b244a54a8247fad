// What a daemon tells whoever watches over it: alerts, and a closer look at peers and torrents.

import { HttpCaller } from './http-call.ts'
import type { DaemonAddress } from './http-call.ts'

/** What a daemon looks for. */
export interface AlertRuleView {
  readonly name: string
  readonly severity: 'info' | 'warning' | 'critical'
  /** `free_space below 1000000000 for 60 s` */
  readonly condition: string
  /** Milliseconds since 1970; 0 = not silenced. */
  readonly silencedUntilMs: number
}

/** Something that is so, or has to be so for longer before it is told. */
export interface AlertView {
  readonly rule: string
  readonly severity: AlertRuleView['severity']
  readonly state: 'pending' | 'firing'
  /** Info-hash, host of a tracker or folder; '' = the daemon. */
  readonly subject: string
  /** Its name, as it came. */
  readonly name: string
  /** Bytes, bytes per second, seconds, or how many. */
  readonly value: number
  /** Milliseconds since 1970; 0 = not yet. */
  readonly firedAtMs: number
}

/** Everything about alerts. */
export interface AlertList {
  readonly rules: readonly AlertRuleView[]
  readonly alerts: readonly AlertView[]
}

/** How one way of telling people went. */
export interface AlertOutcome {
  /** `log`, `webhook HOST`, `command`, `desktop`. */
  readonly action: string
  /** '' = well. */
  readonly problem: string
}

/** What to look at more closely; everything that is given has to fit. */
export interface TraceWish {
  /** `host` or `host:port`. */
  readonly peer?: string
  /** Beginning of an info-hash, at least eight digits. */
  readonly infoHash?: string
}

/** A daemon for whoever watches over it. */
export interface DaemonMonitor {
  alerts(): Promise<AlertList>
  /** Tells people a test, as the rule would be told if one is named. */
  testAlert(rule?: string): Promise<readonly AlertOutcome[]>
  /** Tells nothing of a rule (`*` = all) for so long; 0 = from now on again. Rejects with RPC_FAILED for an unknown one. */
  silenceAlert(rule: string, durationMs: number): Promise<void>
  /**
   * Logs everything about a peer or torrent whatever the levels are, for so long and ten minutes at most: whoever follows
   * the log asks again before that. The lines are among those of `DaemonClient.log`.
   */
  trace(wish: TraceWish, durationMs: number): Promise<void>
}

/** The monitor of the daemon at `address`; rejects as all calls do. */
export function createHttpMonitor(address: DaemonAddress): DaemonMonitor & AsyncDisposable {
  const caller = new HttpCaller(address)
  return {
    // As with the torrents: a newer daemon's answers have more but not less.
    alerts: () => caller.call('ccbt-alerts', {}) as Promise<AlertList>,
    testAlert: (rule) => caller.call('ccbt-alert-test', { rule }) as Promise<AlertOutcome[]>,
    silenceAlert: async (rule, durationMs) => {
      await caller.call('ccbt-alert-silence', { rule, durationMs })
    },
    trace: async (wish, durationMs) => {
      await caller.call('ccbt-trace', { ...wish, durationMs })
    },
    [Symbol.asyncDispose]: async () => caller[Symbol.dispose](),
  }
}

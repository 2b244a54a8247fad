// Puts together what watches over a daemon: metrics, alerts and the log.

import type { Session, TorrentSummary } from '@ccbt/core'

import { Alerts } from './alerts/alerts.ts'
import type { AlertOptions } from './alerts/alerts.ts'
import type { AlertState } from './alerts/alert-state.ts'
import type { EngineTorrent } from './engine/engine-torrent.ts'
import type { Logger } from './log/logger.ts'
import { logEvent } from './log/session-log.ts'
import { FreeSpace } from './metrics/free-space.ts'
import type { Metrics } from './metrics/metrics.ts'
import { RequestMeter } from './metrics/request-meter.ts'
import { Restarting } from './restarting.ts'
import type { SettingTable } from './state/setting-table.ts'

/** What is watched, and how. */
export interface WatchingParts {
  readonly metrics: Metrics
  readonly logger: Logger
  readonly session: Session
  readonly engine: { torrents(): readonly EngineTorrent[] }
  readonly settings: SettingTable
  readonly options: {
    readonly downloadDirectory: string
    readonly alerts?: AlertOptions | false
  }
}

/** A watch over a daemon. */
export interface Watching extends AsyncDisposable {
  /** Those that look now; undefined = they are switched off. */
  readonly alerts: () => Alerts | undefined
  readonly requests: RequestMeter
  /** Other alerts begin anew, with what is known of those that fire. One call at a time. */
  follow(options: AlertOptions | false): Promise<void>
}

/** Begins to watch. */
export function watchDaemon(parts: WatchingParts): Watching {
  const { metrics, logger, session, engine, settings } = parts
  const { downloadDirectory, alerts: options = {} } = parts.options
  const freeSpace = new FreeSpace(downloadDirectory)
  metrics.attach({
    session,
    torrents: () => engine.torrents().flatMap(({ handle }) => handle ?? []),
    refused: () => engine.torrents().filter(({ error }) => error !== undefined).length,
  })
  const unsubscribe = session.subscribe((event) => logEvent(logger, event))
  const summaries = (): TorrentSummary[] => engine.torrents().flatMap(({ handle }) => handle?.summary() ?? [])
  const sources = {
    now: () => performance.now(),
    torrents: summaries,
    freeBytes: () => freeSpace.bytes,
    downloadDirectory,
    loopDelayMs: () => metrics.loop.p99Ms,
  }
  const store = {
    read: (): unknown => settings.read('alerts'),
    write: (state: AlertState): void => {
      try {
        settings.write('alerts', state)
      } catch (error) {
        // A full disk is what alerts are for: they are told all the same, and once more after a restart.
        const text = `the state of alerts cannot be saved: ${String(error)}`
        logger.log({ level: 'warning', area: 'alert', text })
      }
    },
  }
  let alerts: Alerts | undefined
  const running = new Restarting<AlertOptions | false>(options, (given) => {
    const stack = new DisposableStack()
    alerts =
      given === false ? undefined : stack.use(new Alerts({ options: given, store, log: logger, session, sources }))
    return stack
  })
  const requests = new RequestMeter(() => alerts?.count('auth_failure'))
  metrics.collect((out) => freeSpace.write(out))
  metrics.collect((out) => requests.write(out))
  metrics.collect((out) => alerts?.write(out))
  return {
    alerts: () => alerts,
    requests,
    follow: (given) => running.follow(given),
    [Symbol.asyncDispose]: async () => {
      unsubscribe()
      await running[Symbol.asyncDispose]()
    },
  }
}

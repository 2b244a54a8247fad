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
export interface Watching extends Disposable {
  readonly alerts: Alerts | undefined
  readonly requests: RequestMeter
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
  const alerts = options === false ? undefined : new Alerts({ options, store, log: logger, session, sources })
  const requests = new RequestMeter(() => alerts?.count('auth_failure'))
  metrics.collect((out) => freeSpace.write(out))
  metrics.collect((out) => requests.write(out))
  if (alerts !== undefined) metrics.collect((out) => alerts.write(out))
  return {
    alerts,
    requests,
    [Symbol.dispose]: () => {
      unsubscribe()
      alerts?.[Symbol.dispose]()
    },
  }
}

// The composition root of the daemon: state directory, session, engine and the HTTP side, started in an order in which
// remote control answers before the first torrent is loaded, and stopped in the reverse.

import { join } from 'node:path'

import { createSession } from '@ccbt/core'
import type { Session, SessionOptions } from '@ccbt/core'
import type { DaemonClient, DaemonControl, DaemonMonitor, ReloadOutcome } from '@ccbt/rpc-client'

import type { AlertOptions } from './alerts/alerts.ts'
import { automaticFolders, startAutomation } from './automation.ts'
import type { AutomationOptions, RunningAutomation } from './automation.ts'
import type { Report } from './automation-note.ts'
import type { ConfigurableTorrent, TorrentConfiguration } from './engine/configured.ts'
import { Engine } from './engine/engine.ts'
import type { EngineParts } from './engine/engine.ts'
import { facesRoute } from './faces/endpoint.ts'
import { createLocalClient } from './faces/local-client.ts'
import { SessionDescriber } from './faces/session-view.ts'
import type { SettingsAccess } from './faces/settings-access.ts'
import { RowBook } from './faces/rows.ts'
import { StateBook } from './faces/state-book.ts'
import { SystemMeter } from './faces/system.ts'
import { torrentFetcher } from './fetch/torrent-fetcher.ts'
import { Logger } from './log/logger.ts'
import { peerTracer } from './log/session-log.ts'
import type { LogOptions } from './log/logger.ts'
import { listenRemote } from './http/remote.ts'
import type { RemoteOptions } from './http/remote.ts'
import type { TlsFiles } from './http/server.ts'
import { metricsRoute } from './metrics/endpoint.ts'
import { MetricsListeners } from './metrics/listeners.ts'
import type { MetricsAddress } from './metrics/listeners.ts'
import { Metrics } from './metrics/metrics.ts'
import type { PerTorrent } from './metrics/torrent-metrics.ts'
import { pageRoute } from './page/page-route.ts'
import { monitorOf } from './monitor.ts'
import { controlOf } from './process-control.ts'
import { qbittorrentRoute } from './qbittorrent/endpoint.ts'
import { Publications } from './publications/publications.ts'
import type { PublicationRunner } from './publications/runner.ts'
import { AllowedFolders } from './security/allowed-folders.ts'
import { Gate } from './security/gate.ts'
import { Logins } from './security/logins.ts'
import { AccessTable } from './state/access-table.ts'
import { openDatabase } from './state/database.ts'
import { lockInstance } from './state/instance-lock.ts'
import { PublicationTable } from './state/publication-table.ts'
import { SettingTable } from './state/setting-table.ts'
import { TorrentTable } from './state/torrent-table.ts'
import { watchDaemon } from './watching.ts'
import type { Watching } from './watching.ts'
import { transmissionRoute } from './transmission/endpoint.ts'

/** How a daemon is started. */
export interface DaemonOptions {
  /** Of the program, as faces show it. */
  readonly version: string
  readonly session: SessionOptions
  /** Folder of torrents that name none. */
  readonly downloadDirectory: string
  /** Folders below which torrents may be written besides that one. */
  readonly roots?: readonly string[]
  /** Remote control over TCP; absent = only the unix socket in the state directory. */
  readonly remote?: RemoteOptions
  /** What it does by itself. */
  readonly automation?: AutomationOptions
  /** Works on folders that are published and followed. Absent = none are. */
  readonly publishing?: PublicationRunner
  /** What is said of single torrents. Absent = nothing. */
  readonly configuration?: TorrentConfiguration
  /** Absent = no series of single torrents, and no address for metrics beside that of remote control. */
  readonly metrics?: {
    readonly perTorrent: PerTorrent
    readonly listen?: readonly MetricsAddress[]
  }
  /** Absent = nothing is written; the last lines are for faces all the same. */
  readonly log?: LogOptions
  /** Absent = the default alerts, told in the log; false = none. */
  readonly alerts?: AlertOptions | false
  /** Somebody asks the daemon to stop: whoever started it disposes it then. Absent = that is refused. */
  readonly onStop?: () => void
  /** Somebody asks to read the configuration again. Absent = that is refused. */
  readonly onReload?: () => Promise<ReloadOutcome>
  /** Its configuration for faces. Absent = they see none. */
  readonly settings?: SettingsAccess
}

/** What a running daemon can take over. */
export type FollowedOptions = Pick<DaemonOptions, 'session' | 'automation' | 'alerts' | 'log' | 'metrics'>

/** A running daemon. Disposing stops torrents, saves everything and closes every handle. */
export interface Daemon extends AsyncDisposable {
  /** Ports of remote control, one for each of its addresses. */
  readonly httpPorts: readonly number[]
  readonly socketPath: string
  /** The interface of the faces, without a detour over HTTP. */
  readonly client: DaemonClient
  readonly control: DaemonControl & DaemonMonitor
  readonly logger: Logger
  /** What runs below it, for settings that change. */
  readonly session: Session
  /** Its torrents, to follow a configuration that changes. */
  torrents(): readonly ConfigurableTorrent[]
  /**
   * Takes over what can change at once of a configuration that was read again: limits and queues of the session, folders,
   * automation, alerts, the log, addresses of metrics. Rejects with DAEMON_LISTEN_FAILED for these. The settings `decided`
   * count more than what remote control changed before. One call at a time.
   */
  follow(options: FollowedOptions, decided?: readonly string[]): Promise<void>
  /** What remote control has changed of settings, by their keys: it counts more than they do. Undefined = not set any more. */
  changedSettings(): ReadonlyMap<string, number | undefined>
  /** Another certificate for remote control. @throws when it cannot be used */
  renew(tls: TlsFiles): void
}

/**
 * Starts a daemon. Rejects with DAEMON_ALREADY_RUNNING, DAEMON_STATE_UNREADABLE, DAEMON_LISTEN_FAILED,
 * TRANSPORT_LISTEN_FAILED.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  await using stack = new AsyncDisposableStack()
  const { automation = {} } = options
  const { stateDir } = options.session
  stack.use(lockInstance(stateDir))
  const database = openDatabase(stateDir)
  stack.defer(() => database.close())
  const logger = stack.use(new Logger(options.log))
  const report: Report = (note) => logger.log(note)
  const metrics = stack.use(new Metrics({ version: options.version, perTorrent: { kind: 'off' }, ...options.metrics }))
  const parts = { observer: metrics.observer, tracer: peerTracer(logger) }
  const session = stack.use(await createSession(options.session, parts))
  const settings = new SettingTable(database)
  const engine = stack.use(engineOf(options, { session, table: new TorrentTable(database), settings, report }))
  const watching = stack.use(watchDaemon({ options, metrics, logger, session, engine, settings }))
  const system = stack.use(new SystemMeter(() => session.summary().disk))
  const book = stateBookOf(engine)
  const fetchTorrent = torrentFetcher(options.session)
  const table = new PublicationTable(database)
  const publications = stack.use(new Publications({ session, table, runner: options.publishing, report }))
  const faces = { engine, publications, book, system, log: logger.book, fetchTorrent, settings: options.settings }
  const client = createLocalClient({ ...faces, isOwner: true })
  const urls: string[] = []
  const logins = new Logins(new Gate(new AccessTable(database)))
  const control = { ...controlOf({ options, engine, urls }), ...monitorOf(watching.alerts, logger) }
  const remote = stack.use(
    await listenRemote({
      socketPath: join(stateDir, 'daemon.sock'),
      logins,
      watch: (handler) => watching.requests.watch(handler),
      onOpen: (found) => void urls.push(...found),
      routes: [
        transmissionRoute({ engine, stop: () => control.stop(), fetchTorrent }),
        facesRoute({ owner: client, guest: createLocalClient(faces) }, control),
        qbittorrentRoute({ ...faces, stop: () => control.stop(), logins, settings }),
        metricsRoute(metrics),
        pageRoute(),
      ],
      ...(options.remote === undefined ? {} : { remote: options.remote }),
    }),
  )
  const listeners = stack.use(new MetricsListeners(metrics))
  await listeners.follow(options.metrics?.listen ?? [])
  engine.start()
  publications.start()
  const services = { engine, settings, database, fetchFile: fetchTorrent, options: automation, report }
  const following = followWith({
    engine,
    watching,
    logger,
    listeners,
    automation: stack.use(startAutomation(services)),
  })
  const running = stack.move()
  const { ports: httpPorts, socketPath } = remote
  const handles = { client, control, logger, session, ...following, renew: (tls: TlsFiles): void => remote.renew(tls) }
  return { httpPorts, socketPath, ...handles, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

function stateBookOf(engine: Engine): StateBook {
  const describer = new SessionDescriber(engine)
  const rowBook = new RowBook()
  return new StateBook(
    () => engine.torrents().map((torrent) => rowBook.rowOf(torrent)),
    (rows) => describer.view(rows),
  )
}

interface Followers {
  readonly engine: Engine
  readonly watching: Watching
  readonly logger: Logger
  readonly listeners: MetricsListeners
  readonly automation: RunningAutomation
}

function followWith({
  engine,
  watching,
  logger,
  listeners,
  automation,
}: Followers): Pick<Daemon, 'torrents' | 'follow' | 'changedSettings'> {
  return {
    torrents: () => engine.torrents(),
    follow: async (options, decided) => {
      await engine.follow(options.session, automaticFolders(options.automation ?? {}), decided)
      await automation.follow(options.automation ?? {})
      await watching.follow(options.alerts ?? {})
      await logger.follow(options.log ?? {})
      await listeners.follow(options.metrics?.listen ?? [])
    },
    changedSettings: () => engine.preferences.changedSettings(),
  }
}

function engineOf(
  options: DaemonOptions,
  parts: Pick<EngineParts, 'session' | 'table' | 'settings' | 'report'>,
): Engine {
  const { session, version, downloadDirectory, roots = [], automation = {}, configuration } = options
  return new Engine({
    ...parts,
    options: session,
    version,
    downloadDirectory,
    folders: new AllowedFolders([downloadDirectory, ...roots]),
    automaticFolders: automaticFolders(automation),
    ...(configuration === undefined ? {} : { configuration }),
  })
}

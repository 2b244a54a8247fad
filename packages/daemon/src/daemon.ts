// The composition root of the daemon: state directory, session, engine and the HTTP side, started in an order in which
// remote control answers before the first torrent is loaded, and stopped in the reverse.

import { join } from 'node:path'

import { createSession } from '@ccbt/core'
import type { SessionOptions } from '@ccbt/core'
import type { DaemonClient } from '@ccbt/rpc-client'

import { Engine } from './engine/engine.ts'
import { facesRoute } from './faces/endpoint.ts'
import { createLocalClient } from './faces/local-client.ts'
import { SessionDescriber } from './faces/session-view.ts'
import { StateBook } from './faces/state-book.ts'
import { SystemMeter } from './faces/system.ts'
import { LogBook } from './log/log-book.ts'
import { listenHttp } from './http/server.ts'
import type { HttpAddress, HttpListener, HttpServerOptions } from './http/server.ts'
import { openDatabase } from './state/database.ts'
import { TorrentTable } from './state/torrent-table.ts'
import { transmissionRoute } from './transmission/endpoint.ts'

/** How a daemon is started. */
export interface DaemonOptions {
  /** Of the program, as faces show it. */
  readonly version: string
  readonly session: SessionOptions
  /** Folder of torrents that name none. */
  readonly downloadDirectory: string
  /** TCP address of remote control; absent = only the unix socket in the state directory. */
  readonly http?: { readonly host: string; readonly port: number }
}

/** A running daemon. Disposing stops torrents, saves everything and closes every handle. */
export interface Daemon extends AsyncDisposable {
  /** Port of remote control; 0 without one. */
  readonly httpPort: number
  readonly socketPath: string
  /** The interface of the faces, without a detour over HTTP. */
  readonly client: DaemonClient
}

/** Starts a daemon. Rejects with DAEMON_STATE_UNREADABLE, DAEMON_LISTEN_FAILED, TRANSPORT_LISTEN_FAILED. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  await using stack = new AsyncDisposableStack()
  const { stateDir } = options.session
  const database = openDatabase(stateDir)
  stack.defer(() => database.close())
  const session = stack.use(await createSession(options.session))
  const table = new TorrentTable(database)
  const engine = stack.use(new Engine({ session, table, downloadDirectory: options.downloadDirectory }))
  const describer = new SessionDescriber(engine, options.version)
  const system = stack.use(new SystemMeter(() => session.snapshot().disk))
  const book = new StateBook(engine, () => describer.view())
  const client = createLocalClient({ engine, book, system, log: new LogBook() })
  const routes = [transmissionRoute(engine), facesRoute(client)]
  const server: HttpServerOptions = { routes, isAllowed: () => true, hostNames: [] }
  const socketPath = join(stateDir, 'daemon.sock')
  const listen = async (address: HttpAddress): Promise<HttpListener> => stack.use(await listenHttp(address, server))
  await listen({ socketPath })
  const httpPort = options.http === undefined ? 0 : (await listen(options.http)).port
  engine.start()
  const running = stack.move()
  return { httpPort, socketPath, client, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

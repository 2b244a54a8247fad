// Everything that the daemon can be asked through: the unix socket for its owner, and TCP addresses behind the gate.

import { invalidRequest } from '../errors.ts'
import { trustedProxies } from '../security/client-address.ts'
import type { Logins } from '../security/logins.ts'
import { BodyReader } from './body.ts'
import { networkEntrance, ownerEntrance } from './entrance.ts'
import type { Route } from './route.ts'
import { listenHttp } from './server.ts'
import type { HttpHandler, HttpListener, TlsFiles } from './server.ts'

/** Remote control over TCP. */
export interface RemoteOptions {
  /** Port 0 = any free one. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** Nobody is asked for a password; on loopback addresses only. */
  readonly isOpen?: boolean
  /** Names under which pages may reach us besides addresses and localhost. */
  readonly hostNames?: readonly string[]
  /** `/torrents`: what a reverse proxy puts before every path. */
  readonly basePath?: string
  /** Addresses and networks of reverse proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[]
  readonly tls?: TlsFiles
}

/** Where to listen, and what for. */
export interface ListenRequest {
  readonly socketPath: string
  /** Who comes in over TCP, unless that is open. */
  readonly logins: Logins
  readonly routes: readonly Route[]
  readonly remote?: RemoteOptions
  /** Puts something around what answers, to count it. */
  readonly watch?: (handler: HttpHandler) => HttpHandler
  /** Hears where remote control is, before the socket answers anybody. */
  readonly onOpen: (urls: readonly string[]) => void
}

/** Open addresses. */
export interface Remote extends AsyncDisposable {
  readonly socketPath: string
  readonly ports: readonly number[]
  renew(tls: TlsFiles): void
}

/** Opens all or none. Rejects with DAEMON_LISTEN_FAILED, DAEMON_REQUEST_INVALID. */
export async function listenRemote(request: ListenRequest): Promise<Remote> {
  const { socketPath, logins, routes, remote, watch = (handler) => handler } = request
  const { addresses = [], isOpen = false, hostNames = [], basePath = '', tls } = remote ?? {}
  const exposed = addresses.find(({ host }) => !isLoopback(host))
  if (isOpen && exposed !== undefined) {
    throw invalidRequest(`without a password only loopback addresses are possible, not ${exposed.host}`)
  }
  const entrance = {
    routes,
    bodies: new BodyReader(),
    ...(isOpen ? {} : { logins }),
    hostNames: hostNames.map((name) => name.toLowerCase()),
    basePath: normalBase(basePath),
    proxies: trustedProxies(remote?.trustedProxies ?? []),
  }
  await using stack = new AsyncDisposableStack()
  const handler = watch(networkEntrance(entrance))
  const listeners: HttpListener[] = []
  for (const { host, port } of addresses) {
    const address = { host, port, ...(tls === undefined ? {} : { tls }) }
    listeners.push(stack.use(await listenHttp(address, handler)))
  }
  const ports = listeners.map(({ port }) => port)
  const scheme = tls === undefined ? 'http' : 'https'
  const urls = addresses.map(({ host }, index) => `${scheme}://${hostText(host)}:${ports[index]}${entrance.basePath}/`)
  request.onOpen(urls)
  // Last: who waits for the socket finds everything else open, and learns where.
  stack.use(await listenHttp({ socketPath }, watch(ownerEntrance(entrance))))
  const running = stack.move()
  return {
    socketPath,
    ports,
    renew: (files) => {
      for (const listener of listeners) listener.renew(files)
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** `/a/b` for `a/b/`; '' for none. */
function normalBase(path: string): string {
  const inner = path.replaceAll(/^\/+|\/+$/g, '')
  return inner === '' ? '' : `/${inner}`
}

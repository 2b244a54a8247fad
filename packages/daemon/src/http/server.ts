// The HTTP side of the daemon: listens on addresses and on a unix socket, lets through what may come in, and gives each
// request to the first route that takes it. A request that goes wrong costs that request and nothing else.

import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'

import { listenFailed } from '../errors.ts'
import { capConnections } from './connection-cap.ts'
import { sendAnswer } from './send.ts'
import type { HttpAnswer } from './route.ts'

const LIMITS: ServerOptions = {
  // A body of 32 MiB comes within the request's time on any line that is of use.
  requestTimeout: 60_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16_384,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
}
const MAX_HEADERS = 100
const MAX_CONNECTIONS = 500
/** A client that takes nothing of its answer for so long has gone. */
const IDLE_MS = 120_000

/** A certificate with its chain, and its key, as PEM. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

/** What a server does with its requests. */
export interface HttpHandler {
  /** The answer to a request; `signal` aborts when the client goes away. */
  answer(request: IncomingMessage, signal: AbortSignal): Promise<HttpAnswer>
  /** Whether many clients come from this address. */
  isProxy(address: string): boolean
}

/** Where a server listens. */
export type HttpAddress =
  | { readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | { readonly socketPath: string }

/** A listening server. */
export interface HttpListener extends AsyncDisposable {
  /** The port of a TCP address; 0 for a unix socket. */
  readonly port: number
  /** Another certificate for connections to come; nothing without TLS. @throws when it cannot be used */
  renew(tls: TlsFiles): void
}

/** For answers under way when the server closes: the client that asked for the end is to hear that it comes. */
const LAST_WORDS_MS = 200

/** Listens at one address. Rejects with DAEMON_LISTEN_FAILED. */
export async function listenHttp(address: HttpAddress, handler: HttpHandler): Promise<HttpListener> {
  const isLocal = 'socketPath' in address
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void handle(request, response, handler)
  }
  const server = makeServer(address, onRequest)
  server.maxConnections = MAX_CONNECTIONS
  server.maxHeadersCount = MAX_HEADERS
  server.setTimeout(IDLE_MS)
  if (!isLocal) capConnections(server, (ip) => handler.isProxy(ip))
  if (isLocal) await rm(address.socketPath, { force: true })
  await bound(server, address)
  if (isLocal) await chmod(address.socketPath, 0o600)
  const bind = server.address()
  return {
    port: typeof bind === 'object' && bind !== null ? bind.port : 0,
    renew: ({ certificate, key }) => {
      if (server instanceof TlsServer) server.setSecureContext({ cert: certificate, key })
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
      }),
  }
}

function makeServer(
  address: HttpAddress,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server | TlsServer {
  const tls = 'tls' in address ? address.tls : undefined
  if (tls === undefined) return createServer(LIMITS, onRequest)
  const secrets = { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' } as const
  try {
    return createTlsServer({ ...LIMITS, ...secrets, handshakeTimeout: 10_000 }, onRequest)
  } catch (error) {
    throw listenFailed(textOf(address), error)
  }
}

function bound(server: Server | TlsServer, address: HttpAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const failed = (cause: Error): void => reject(listenFailed(textOf(address), cause))
  server.once('error', failed)
  const target = 'socketPath' in address ? { path: address.socketPath } : { host: address.host, port: address.port }
  server.listen(target, () => {
    server.off('error', failed)
    // Errors of single accepts cost that connection, not the server.
    server.on('error', () => {})
    resolve()
  })
  return promise
}

function textOf(address: HttpAddress): string {
  return 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`
}

async function handle(request: IncomingMessage, response: ServerResponse, handler: HttpHandler): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => {
    // Aborting costs more than the rest of a small answer.
    if (!response.writableFinished) closed.abort()
  })
  try {
    sendAnswer(response, await handler.answer(request, closed.signal))
  } catch {
    // The client hung up while it was sending, or one of the routes has an error: both end this request only.
    if (!response.headersSent) sendAnswer(response, { status: 500, body: 'internal error\n' })
    else response.destroy()
  }
}

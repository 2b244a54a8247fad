// The HTTP side of the daemon: listens on addresses and on a unix socket, lets through what may come in, and gives each
// request to the first route that takes it. A request that goes wrong costs that request and nothing else.

import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import { listenFailed } from '../errors.ts'
import { readBody } from './body.ts'
import { isExpectedHost } from './host-guard.ts'
import type { HttpAnswer, HttpRequest, Route } from './route.ts'

/** Slow clients end here; a body of 32 MiB comes within it on any line that is of use. */
const REQUEST_TIMEOUT_MS = 60_000
const MAX_CONNECTIONS = 500

/** What a server is made of. */
export interface HttpServerOptions {
  readonly routes: readonly Route[]
  /** Whether a request that came over the network may go on; the unix socket needs no password. */
  readonly isAllowed: (request: IncomingMessage) => boolean
  /** Host names under which pages may reach us, besides addresses and localhost. */
  readonly hostNames: readonly string[]
}

/** Where a server listens. */
export type HttpAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string }

/** A listening server. */
export interface HttpListener extends AsyncDisposable {
  /** The port of a TCP address; 0 for a unix socket. */
  readonly port: number
}

/** Listens at one address. Rejects with DAEMON_LISTEN_FAILED. */
export async function listenHttp(address: HttpAddress, options: HttpServerOptions): Promise<HttpListener> {
  const isLocal = 'socketPath' in address
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void handle(request, response, isLocal, options)
  })
  server.maxConnections = MAX_CONNECTIONS
  if (isLocal) await rm(address.socketPath, { force: true })
  await bound(server, address)
  if (isLocal) await chmod(address.socketPath, 0o600)
  const bind = server.address()
  return {
    port: typeof bind === 'object' && bind !== null ? bind.port : 0,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function bound(server: Server, address: HttpAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const text = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`
  const failed = (cause: Error): void => reject(listenFailed(text, cause))
  server.once('error', failed)
  server.listen('socketPath' in address ? { path: address.socketPath } : address, () => {
    server.off('error', failed)
    // Errors of single accepts cost that connection, not the server.
    server.on('error', () => {})
    resolve()
  })
  return promise
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  isLocal: boolean,
  options: HttpServerOptions,
): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  try {
    send(response, await answer({ request, isLocal, signal: closed.signal }, options))
  } catch {
    // The client hung up while it was sending, or one of the routes has an error: both end this request only.
    if (!response.headersSent) send(response, { status: 500, body: 'internal error\n' })
    else response.destroy()
  }
}

interface Arrival {
  readonly request: IncomingMessage
  readonly isLocal: boolean
  readonly signal: AbortSignal
}

async function answer({ request, isLocal, signal }: Arrival, options: HttpServerOptions): Promise<HttpAnswer> {
  if (!isLocal && !isExpectedHost(request.headers, options.hostNames)) {
    return { status: 403, body: 'this host name or origin is not allowed\n' }
  }
  if (!isLocal && !options.isAllowed(request)) {
    return { status: 401, headers: { 'www-authenticate': 'Basic realm="ccbt"' }, body: 'unauthorized\n' }
  }
  const body = await readBody(request)
  if (body === undefined) return { status: 413, headers: { connection: 'close' }, body: 'too large\n' }
  const url = new URL(request.url ?? '/', 'http://localhost')
  const received: HttpRequest = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    signal,
  }
  for (const route of options.routes) {
    const taken = route(received)
    if (taken !== undefined) return await taken
  }
  return { status: 404, body: 'not found\n' }
}

/** Unsent bytes of a stream whose client does not read. */
const MAX_UNSENT_BYTES = 16_777_216

function send(response: ServerResponse, { status, headers, body = '', stream }: HttpAnswer): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    ...(stream === undefined ? { 'content-length': Buffer.byteLength(body) } : {}),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...headers,
  })
  if (stream === undefined) {
    response.end(body)
    return
  }
  response.flushHeaders()
  stream((text) => {
    if (response.writableLength > MAX_UNSENT_BYTES) response.destroy()
    else response.write(text)
  })
}

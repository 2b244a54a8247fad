// Serves one file of a torrent over HTTP while it is downloaded, to players on this machine. The address has a secret in
// it, and only requests for that very host are answered: other pages in the user's browser cannot reach the file by
// having a name of theirs point here.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

import { mediaTypeOf } from './media-types.ts'
import { parseRange } from './range.ts'
import type { ByteRange } from './range.ts'

/** A file to serve. */
export interface StreamedFile {
  readonly name: string
  readonly length: number
  /** Bytes as they come, until `signal` aborts. */
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** How a server is made. */
export interface StreamServerOptions {
  readonly file: StreamedFile
  /** On 127.0.0.1; 0 = any free one. */
  readonly port: number
}

/** A running server. */
export interface StreamServer extends AsyncDisposable {
  /** What a player opens. */
  readonly url: string
}

/** A player has one or two; more are dropped. */
const MAX_CONNECTIONS = 32
const HEADER_TIMEOUT_MS = 10_000
const SECRET_BYTES = 16

/** Listens; rejects with what the system says when the port is taken. */
export async function startStreamServer({ file, port }: StreamServerOptions): Promise<StreamServer> {
  const path = `/${randomBytes(SECRET_BYTES).toString('hex')}/${encodeURIComponent(file.name)}`
  const server = createServer({ headersTimeout: HEADER_TIMEOUT_MS, requestTimeout: HEADER_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, port)
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const ended = new AbortController()
  server.on('request', (request, response) => {
    const status = refusal(request, { host, path })
    if (status === undefined) void serve(file, { request, response, signal: ended.signal })
    else response.writeHead(status, { allow: 'GET, HEAD', 'content-length': 0 }).end()
  })
  return {
    url: `http://${host}${path}`,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** The status of a request that is not answered. */
function refusal(
  { method, url, headers }: IncomingMessage,
  { host, path }: { readonly host: string; readonly path: string },
): number | undefined {
  if (headers.host !== host) return 421
  if (url !== path) return 404
  return method === 'GET' || method === 'HEAD' ? undefined : 405
}

async function serve(
  file: StreamedFile,
  { request, response, signal }: { request: IncomingMessage; response: ServerResponse; signal: AbortSignal },
): Promise<void> {
  const range = parseRange(request.headers.range, file.length)
  const headers = headersOf(file)
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${file.length}`, 'content-length': 0 }).end()
    return
  }
  const { start, end } = range === 'whole' ? { start: 0, end: file.length } : range
  const part = range === 'whole' ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.length}` }
  response.writeHead(range === 'whole' ? 200 : 206, { ...headers, ...part, 'content-length': end - start })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  try {
    await pipeline(file.read({ start, end }, AbortSignal.any([signal, gone.signal])), response)
  } catch {
    // The player has gone, which is how every seek ends, or the torrent has: the broken connection tells the player.
    response.destroy()
  }
}

function headersOf({ name }: StreamedFile): Record<string, string> {
  const type = mediaTypeOf(name)
  const isPlayed = type !== 'application/octet-stream'
  return {
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'content-disposition': `${isPlayed ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`,
    ...(isPlayed ? {} : { 'content-security-policy': "default-src 'none'; sandbox" }),
    'content-type': type,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
}

async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, '127.0.0.1', resolve)
  await promise
}

// Web servers that do as a test wants, and a torrent to fetch from them.

import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

import { createWebSeed } from '@ccbt/web-seed'
import type { FetchOutcome, RangeSink, SeedFile, WebSeed, WebSeedOptions } from '@ccbt/web-seed'
import { scaledClock } from '@ccbt/testkit'

export const NEVER: AbortSignal = new AbortController().signal

/** A server on loopback. */
export interface Running extends AsyncDisposable {
  readonly port: number
  /** Ends in a slash. */
  readonly url: string
  readonly requests: IncomingMessage[]
  /** Connections accepted so far. */
  readonly connections: () => number
  /** Connections that are open. */
  readonly open: () => number
}

/** Starts `server` on a free port. */
export async function running(
  server: Server | HttpServer,
  scheme = 'http',
  requests: IncomingMessage[] = [],
): Promise<Running> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}/`,
    requests,
    connections: () => connections,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** A server that handles each request with `listener`. */
export function http(listener: RequestListener): Promise<Running> {
  const requests: IncomingMessage[] = []
  const server = createHttpServer((incoming, response) => {
    requests.push(incoming)
    listener(incoming, response)
  })
  // What closes a connection is the client.
  server.keepAliveTimeout = 0
  return running(server, 'http', requests)
}

/** A server that answers each request with these bytes, and ends the connection after them unless `isKept`. */
export function raw(answer: string | Uint8Array, isKept = false): Promise<Running> {
  const server = createServer((socket) => {
    socket.on('data', () => {
      socket.write(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer)
      if (!isKept) socket.end()
    })
  })
  return running(server)
}

/** Bytes that differ from place to place. */
export function content(length: number, seed = 1): Uint8Array {
  const out = new Uint8Array(length)
  for (let i = 0, x = seed; i < length; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0
    out[i] = x >>> 16
  }
  return out
}

/** Answers a range request with 206 as a file server does, 200 without a range. */
export function serveFile(incoming: IncomingMessage, response: ServerResponse, data: Uint8Array): void {
  const match = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? '')
  if (match === null) {
    response.writeHead(200, { 'Content-Length': data.length }).end(data)
    return
  }
  const [start, end] = [Number(match[1]), Number(match[2])]
  response
    .writeHead(206, {
      'Content-Range': `bytes ${start}-${end}/${data.length}`,
      'Content-Length': end - start + 1,
    })
    .end(data.subarray(start, end + 1))
}

/** A torrent of one file; `changes` make another of it. */
export function seedOf(url: string, data: Uint8Array, changes: Partial<WebSeedOptions> = {}): WebSeed {
  return createWebSeed({
    url,
    style: 'url-list',
    name: 'file.bin',
    isMultiFile: false,
    files: [{ path: ['file.bin'], length: data.length, offset: 0, isPad: false }],
    infoHash: content(20),
    pieceLength: 16_384,
    totalLength: data.length,
    userAgent: 'ccbt/test',
    clock: scaledClock(),
    ...changes,
  })
}

/** Waits for something to be so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

/** Files one after the other. */
export function layOut(files: readonly { path: readonly string[]; length: number; isPad?: boolean }[]): SeedFile[] {
  let offset = 0
  return files.map(({ path, length, isPad = false }) => {
    const file = { path, length, offset, isPad }
    offset += length
    return file
  })
}

/** What a fetch brought. */
export interface Fetched {
  readonly outcome: FetchOutcome
  readonly bytes: Uint8Array
}

/** Fetches a range; its bytes must be no more than asked for. */
export async function fetchRange(
  seed: WebSeed,
  offset: number,
  length: number,
  signal: AbortSignal = NEVER,
): Promise<Fetched> {
  const bytes = new Uint8Array(length)
  let at = 0
  const sink: RangeSink = {
    data(part) {
      bytes.set(part, at)
      at += part.length
    },
  }
  const outcome = await seed.fetch({ offset, length }, sink, signal).result
  return { outcome, bytes: bytes.subarray(0, at) }
}

/** What becomes of fetching 100 bytes from 50 of a file of 1000 from a server that answers like this. */
export async function outcomeOf(answer: string, changes: Partial<WebSeedOptions> = {}): Promise<FetchOutcome> {
  await using server = await raw(answer)
  using seed = seedOf(server.url, new Uint8Array(1000), changes)
  return (await fetchRange(seed, 50, 100)).outcome
}

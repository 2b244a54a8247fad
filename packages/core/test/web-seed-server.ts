// Web servers of a torrent's files for tests: node:http with ranges, which can be made to fail, lie, stall or count.

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { onTestFinished } from 'vitest'

import { listen } from './support.ts'
import type { Fixture } from './support.ts'

/** What a server does; every hook may be absent. */
export interface ServerScript {
  /** Changes bytes before they are sent; `offset` is that of the first in the torrent. */
  readonly spoil?: (offset: number, data: Uint8Array) => Uint8Array
  /** Answers by itself; false = the usual answer follows. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Bytes per second that one answer is sent at. */
  readonly rateBps?: number
}

export interface WebServer {
  /** Ends with a slash. */
  readonly url: string
  /** Paths in the order of the requests. */
  readonly paths: string[]
  /** Parts of the torrent that were asked for: where they start and how long they are. */
  readonly ranges: { readonly offset: number; readonly length: number }[]
  readonly sent: () => number
  readonly connections: () => number
}

/** Serves the files of `source` below `/dir/`. */
export async function webServer(source: Fixture, script: ServerScript = {}): Promise<WebServer> {
  const paths: string[] = []
  const ranges: { offset: number; length: number }[] = []
  let sent = 0
  let connections = 0
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.split('?', 1)[0]!)
    paths.push(path)
    const file = source.metainfo.files.find((f) => `/dir/${f.rawPath}` === path)
    if (script.answer?.(request, response) === true) return
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    if (file === undefined || range === null) return void response.writeHead(404).end()
    const [start, end] = [Number(range[1]), Number(range[2]) + 1]
    const offset = file.offset + start
    ranges.push({ offset, length: end - start })
    const good = source.bytes.subarray(offset, file.offset + end)
    const data = script.spoil?.(offset, good) ?? good
    response.writeHead(206, {
      'Content-Range': `bytes ${start}-${end - 1}/${file.length}`,
      'Content-Length': data.length,
    })
    sendSlowly(response, data, script.rateBps ?? Number.POSITIVE_INFINITY, (bytes) => (sent += bytes))
  })
  server.on('connection', (socket) => {
    connections++
    socket.on('close', () => connections--)
  })
  const address = await listen(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://${address}/dir/`, paths, ranges, sent: () => sent, connections: () => connections }
}

/** Ten parts a second; all at once without a limit. */
function sendSlowly(
  response: ServerResponse,
  data: Uint8Array,
  rateBps: number,
  onSent: (bytes: number) => void,
): void {
  let at = 0
  const send = (): void => {
    const part = data.subarray(at, at + rateBps / 10)
    at += part.length
    onSent(part.length)
    response.write(part)
    if (at === data.length) response.end()
  }
  send()
  if (at === data.length) return
  const timer = setInterval(send, 100)
  response.once('close', () => clearInterval(timer))
}

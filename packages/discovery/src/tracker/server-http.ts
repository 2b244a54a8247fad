import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import type Engine from 'bittorrent-tracker/server'

const MAX_HEADER_BYTES = 16_384
const REQUEST_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 2000

/** The HTTP face of a tracker; nothing but announces and scrapes of named torrents reaches the engine. */
export function createHttpFace(engine: Engine, log: (line: string) => void): Server {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      response.on('error', () => {
        // The client is gone; so is the only one who could be told.
      })
      const status = statusOf(request)
      if (status === 200) handOver(engine, request, response, log)
      else response.writeHead(status, { Connection: 'close' }).end()
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  return server
}

function statusOf(request: IncomingMessage): number {
  if (request.method !== 'GET') return 405
  const [path, query = ''] = (request.url ?? '').split('?', 2)
  if (path === '/announce') return 200
  // Without an info-hash the engine would list every torrent it knows.
  return path === '/scrape' && /(?:^|&)info_hash=/.test(query) ? 200 : 404
}

function handOver(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): void {
  try {
    response.setHeader('Content-Type', 'text/plain')
    engine.onHttpRequest(request, response)
  } catch (error) {
    // Job boundary: one request that the engine cannot digest must not end the tracker.
    log(`request failed: ${error instanceof Error ? error.message : String(error)}`)
    if (!response.headersSent) response.writeHead(400, { Connection: 'close' })
    response.end()
  }
}

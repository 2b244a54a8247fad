// Writes answers. Every one carries headers that keep a page from being framed, sniffed or filled with foreign scripts.

import type { ServerResponse } from 'node:http'

import type { HttpAnswer } from './route.ts'

/** Unsent bytes of a stream whose client does not read. */
const MAX_UNSENT_BYTES = 16_777_216

const SAFE_HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** Writes an answer; of a stream its beginning. */
export function sendAnswer(response: ServerResponse, { status, headers, body = '', stream }: HttpAnswer): void {
  response.writeHead(status, {
    ...SAFE_HEADERS,
    // A stream comes as it is written through nginx as well, which else collects it.
    ...(stream === undefined ? { 'content-length': Buffer.byteLength(body) } : { 'x-accel-buffering': 'no' }),
    ...headers,
  })
  if (stream === undefined) {
    response.end(body)
    return
  }
  // It may be quiet for long; a client that is gone is found by TCP's keep-alive.
  response.socket?.setTimeout(0)
  response.flushHeaders()
  stream((text) => {
    if (response.writableLength > MAX_UNSENT_BYTES) response.destroy()
    else response.write(text)
  })
}

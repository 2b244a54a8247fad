// Reads the body of a request up to a limit.

import type { IncomingMessage } from 'node:http'

/** A torrent file of 10 MB in base64 inside JSON, and room. */
const MAX_BODY_BYTES = 33_554_432

/** The whole body; undefined when it is over the limit, and then the rest is not read. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    const bytes = part as Buffer
    length += bytes.length
    if (length > MAX_BODY_BYTES) return undefined
    parts.push(bytes)
  }
  return Buffer.concat(parts, length)
}

// Reads bodies of requests, each up to a limit and all together up to another one.

import type { IncomingMessage } from 'node:http'

/** A torrent file of 10 MB in base64 inside JSON, and room. */
const MAX_BODY_BYTES = 33_554_432
/** Bodies that are being received at the same time. */
const MAX_TOTAL_BYTES = 134_217_728

/** Receives bodies; one for all listeners of a daemon. */
export class BodyReader {
  #heldBytes = 0

  /** The whole body; `too-large` when it is over the limit of `maxBytes`, `busy` over that of all. The rest is not read then. */
  async read(request: IncomingMessage, maxBytes: number = MAX_BODY_BYTES): Promise<Buffer | 'too-large' | 'busy'> {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return 'too-large'
    const parts: Buffer[] = []
    let length = 0
    try {
      for await (const part of request) {
        const bytes = part as Buffer
        length += bytes.length
        this.#heldBytes += bytes.length
        if (length > maxBytes) return 'too-large'
        if (this.#heldBytes > MAX_TOTAL_BYTES) return 'busy'
        parts.push(bytes)
      }
      return Buffer.concat(parts, length)
    } finally {
      this.#heldBytes -= length
    }
  }
}

// The client's side of a CONNECT request to an HTTP proxy (RFC 9110, 9.3.6).

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import { EARLY_DATA } from './handshake.ts'
import type { Handshake, Step } from './handshake.ts'
import type { Credentials } from './settings.ts'

/** Longest head of an answer. */
const MAX_HEAD_BYTES = 16_384
const START = 'HTTP/1.'
const HEAD_END = '\r\n\r\n'

/** A handshake; what is kept of the answer is at most the longest head and one read more. */
export class HttpConnectHandshake implements Handshake {
  readonly hello: Uint8Array
  readonly #hasCredentials: boolean
  #head = ''

  constructor(target: Endpoint, credentials?: Credentials) {
    const host = formatEndpoint(target)
    const lines = [`CONNECT ${host} HTTP/1.1`, `Host: ${host}`]
    if (credentials !== undefined) {
      const pair = Buffer.from(`${credentials.user}:${credentials.password}`)
      lines.push(`Proxy-Authorization: Basic ${pair.toString('base64')}`)
    }
    this.hello = new TextEncoder().encode(lines.join('\r\n') + HEAD_END)
    this.#hasCredentials = credentials !== undefined
  }

  input(bytes: Uint8Array): Step {
    // A head that ends in these bytes began to end in the last ones.
    const from = Math.max(0, this.#head.length - HEAD_END.length)
    this.#head += Buffer.from(bytes).toString('latin1')
    const start = this.#head.slice(0, START.length)
    if (!START.startsWith(start)) return { kind: 'failed', reason: 'it does not speak HTTP' }
    const end = this.#head.indexOf(HEAD_END, from)
    if (end > MAX_HEAD_BYTES || (end === -1 && this.#head.length > MAX_HEAD_BYTES)) {
      return { kind: 'failed', reason: `its answer has more than ${MAX_HEAD_BYTES} bytes` }
    }
    if (end === -1) return { kind: 'more' }
    const refusal = this.#refusal()
    if (refusal !== undefined) return refusal
    return this.#head.length > end + HEAD_END.length ? EARLY_DATA : { kind: 'done' }
  }

  #refusal(): Step | undefined {
    const status = /^HTTP\/1\.[01] (\d{3})(?= |\r)/.exec(this.#head)?.[1]
    if (status === undefined) return { kind: 'failed', reason: 'its answer is not HTTP' }
    if (status.startsWith('2')) return undefined
    if (status !== '407') {
      return { kind: 'failed', reason: `it refuses with HTTP status ${status}`, isAboutTarget: true }
    }
    const reason = this.#hasCredentials ? 'it refuses the user and password' : 'it wants a user and password'
    return { kind: 'failed', reason }
  }
}

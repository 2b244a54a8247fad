// One HTTP request to a UPnP device on the network: no redirects, no kept connections, headers, body and time bounded.

import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'

import { concatBytes } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

import { errnoOf } from '../errors.ts'
import { Deadline } from '../tracker/deadline.ts'
import { MAX_XML_LENGTH, parseXml } from './xml.ts'
import type { XmlElement } from './xml.ts'

const MAX_HEADER_BYTES = 16_384
const TIMEOUT_MS = 5000

/** What all requests to devices have in common. */
export interface UpnpHttpOptions {
  readonly clock: Clock
  readonly userAgent: string
  /** Local IPv4 address of the connections; the system's choice when it is `undefined`. */
  readonly from: string | undefined
}

/** A GET, or with `action` a POST of SOAP. */
export interface UpnpRequest {
  /** http, with an IP literal as host. */
  readonly url: URL
  readonly action?: { readonly name: string; readonly body: string }
}

/** A whole answer that is XML, or why there is none. */
export type UpnpAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly xml: XmlElement
      /** Our end of the connection: how the device sees us. */
      readonly localIp: string
    }
  | { readonly kind: 'silent'; readonly reason: string }

/** Sends one request. Never rejects. */
export async function requestUpnp(
  wanted: UpnpRequest,
  options: UpnpHttpOptions,
  signal: AbortSignal,
): Promise<UpnpAnswer> {
  using deadline = new Deadline(options.clock, TIMEOUT_MS, signal)
  try {
    const response = await responseOf(wanted, options, deadline.signal)
    const localIp = response.socket.localAddress ?? ''
    const body = await readBody(response)
    const xml = body && parseXml(new TextDecoder().decode(body))
    if (xml === undefined) return { kind: 'silent', reason: `no XML that can be read (HTTP ${response.statusCode})` }
    return { kind: 'answered', status: response.statusCode ?? 0, xml, localIp }
  } catch (error) {
    return { kind: 'silent', reason: deadline.isExpired ? `no answer within ${TIMEOUT_MS / 1000} s` : errnoOf(error) }
  }
}

function responseOf(
  { url, action }: UpnpRequest,
  options: UpnpHttpOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const soap = action && {
    'Content-Type': 'text/xml; charset="utf-8"',
    'Content-Length': Buffer.byteLength(action.body),
    SOAPAction: `"${action.name}"`,
  }
  const request = httpRequest(url, {
    method: action === undefined ? 'GET' : 'POST',
    headers: { 'User-Agent': options.userAgent, Connection: 'close', ...soap },
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
    ...(options.from === undefined ? {} : { localAddress: options.from }),
  })
  request.once('response', resolve)
  // Stays for the life of the request: a second error after the first has nobody else to take it.
  request.on('error', reject)
  request.end(action?.body)
  return promise
}

/** The body; `undefined` when it is longer than any text that is read. */
async function readBody(response: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Uint8Array>) {
    length += part.length
    // Leaving the loop closes the connection.
    if (length > MAX_XML_LENGTH) return undefined
    parts.push(part)
  }
  return concatBytes(parts)
}

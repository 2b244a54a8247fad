// A UPnP gateway on loopback: answers searches by UDP and requests by HTTP, well or badly as a test decides.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { fakeServer } from './fake-gateway.ts'
import type { FakeServer } from './fake-gateway.ts'

export const WAN_IP = 'urn:schemas-upnp-org:service:WANIPConnection:1'
const SEARCHED = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1'

/** A gateway; a test may change what can be changed at any time. */
export interface FakeIgd extends AsyncDisposable {
  /** Answers searches. */
  readonly ssdp: FakeServer
  /** Where the description is. */
  readonly location: string
  /** Internal client, port and lease, by protocol and port outside. */
  readonly mappings: Map<string, string>
  /** `METHOD path action` of every request. */
  readonly requests: string[]
  description: string
  externalIp: string
  /** An error of UPnP for an action, `undefined` for none. */
  fault: (action: string, fields: ReadonlyMap<string, string>) => number | undefined
  /** Answers to a search. */
  answers: () => readonly string[]
}

/** The description of a device with a few services, given as type and control URL. */
export function describe(services: readonly (readonly [type: string, controlUrl: string])[], more = ''): string {
  const list = services.map(
    ([type, url]) => `<service><serviceType>${type}</serviceType><serviceId>x</serviceId>
<SCPDURL>/x.xml</SCPDURL><controlURL>${url}</controlURL></service>`,
  )
  return `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">${more}<device><deviceType>${SEARCHED}</deviceType>
<modelName>Tom &#38; Jerry</modelName><!-- a comment with <tags> --><deviceList><device><deviceList><device>
<serviceList>${list.join('')}</serviceList></device></deviceList></device></deviceList></device></root>`
}

/** An answer to a search. */
export function searchAnswer(location: string, target: string = SEARCHED): string {
  return [
    'HTTP/1.1 200 OK',
    'CACHE-CONTROL: max-age=1800',
    `ST: ${target}`,
    'EXT:',
    `Location: ${location}`,
    '',
    '',
  ].join('\r\n')
}

/** Starts one. */
export async function fakeIgd(
  handler?: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<FakeIgd> {
  const server = createServer((request, response) => {
    if (handler?.(request, response) !== true) void serve(igd, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/root.xml`
  const ssdp = await fakeServer(() => igd.answers().map((text) => new TextEncoder().encode(text)))
  const igd: FakeIgd = {
    ssdp,
    location,
    mappings: new Map(),
    requests: [],
    description: describe([[WAN_IP, '/control']]),
    externalIp: '203.0.113.9',
    fault: () => undefined,
    answers: () => [searchAnswer(location)],
    async [Symbol.asyncDispose]() {
      await ssdp[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return igd
}

async function serve(igd: FakeIgd, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const action = /^"urn:schemas-upnp-org:service:\w+:\d#(\w+)"$/.exec(String(request.headers.soapaction))?.[1] ?? ''
  igd.requests.push(`${request.method} ${request.url} ${action}`.trim())
  if (request.method === 'GET') {
    response.end(igd.description)
    return
  }
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  const body = Buffer.concat(parts).toString()
  const fields = new Map(Array.from(body.matchAll(/<(New\w+)>([^<]*)</g), ([, name, value]) => [name!, value!]))
  const code = igd.fault(action, fields)
  if (code === undefined)
    response.end(envelope(`<u:${action}Response>${act(igd, action, fields)}</u:${action}Response>`))
  else {
    response.statusCode = 500
    const error = `<UPnPError><errorCode>${code}</errorCode><errorDescription>no</errorDescription></UPnPError>`
    response.end(envelope(`<s:Fault><faultcode>s:Client</faultcode><detail>${error}</detail></s:Fault>`))
  }
}

function act(igd: FakeIgd, action: string, fields: ReadonlyMap<string, string>): string {
  if (action === 'GetExternalIPAddress') return `<NewExternalIPAddress>${igd.externalIp}</NewExternalIPAddress>`
  const key = `${fields.get('NewProtocol')} ${fields.get('NewExternalPort')}`
  const inside = `${fields.get('NewInternalClient')}:${fields.get('NewInternalPort')}`
  if (action === 'AddPortMapping') igd.mappings.set(key, `${inside} ${fields.get('NewLeaseDuration')}`)
  else igd.mappings.delete(key)
  return ''
}

function envelope(body: string): string {
  return `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`
}

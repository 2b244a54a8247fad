// Finds the gateways of a network by SSDP (UPnP Device Architecture 1.1, 1.3): one search by multicast, answers by
// unicast from anybody. An answer may only point at its own sender, and only a few are considered.

import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'

import { formatEndpoint, normalIp, scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'

const MULTICAST: Endpoint = { host: '239.255.255.250', port: 1900 }
/** What gateways call themselves; those of version 2 answer to both. */
const TARGETS: readonly string[] = [1, 2].map(
  (version) => `urn:schemas-upnp-org:device:InternetGatewayDevice:${version}`,
)

/** Devices spread their answers over so many seconds. */
const MAX_WAIT_S = 2
/** Moments of sending: datagrams get lost on wireless networks. */
const SEND_AT_MS: readonly number[] = [0, 1000]
const SEARCH_MS = 1000 + MAX_WAIT_S * 1000
/** As UPnP 1.1 recommends it. */
const MULTICAST_TTL = 2

/** Devices that are considered; those that are known to be gateways come in addition. */
const MAX_DEVICES = 8
/** Per sender: some gateways offer both versions at separate addresses. */
const MAX_PER_HOST = 2
/** All datagrams that are looked at in a search; a flood ends it. */
const MAX_DATAGRAMS = 256
const MAX_ANSWER_BYTES = 4096

/** How a search is made. */
export interface SearchOptions {
  readonly clock: Clock
  /** Local IPv4 address, which selects the network; the system's choice when it is `undefined`. */
  readonly from: string | undefined
  /** Where the search goes; everybody when it is `undefined`. */
  readonly target: Endpoint | undefined
  /** Hosts that are gateways for certain: always considered, first, and the end of the search. */
  readonly gateways: readonly string[]
}

/** Where the descriptions of the gateways on the network are, best first. Never rejects. */
export async function searchDevices(options: SearchOptions, signal: AbortSignal): Promise<URL[]> {
  const { clock, from, target = MULTICAST } = options
  const found = new FoundDevices(options.gateways, target)
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = (): void => resolve()
  const timers = [clock.after(SEARCH_MS, end)]
  const socket = createSocket('udp4')
  socket.on('error', end)
  socket.on('message', (bytes, sender) => {
    found.add(bytes, sender)
    if (found.isEnough) end()
  })
  socket.once('listening', () => {
    for (const ms of SEND_AT_MS) timers.push(clock.after(ms, () => send(socket, target)))
  })
  signal.addEventListener('abort', end, { once: true })
  try {
    if (!signal.aborted) {
      socket.bind({ port: 0, ...(from === undefined ? {} : { address: from }) })
      await promise
    }
  } finally {
    signal.removeEventListener('abort', end)
    for (const cancel of timers) cancel()
    socket.close()
  }
  return found.toArray()
}

/** Where the answer `bytes` of `host` points; `undefined` when it is none, or points elsewhere. */
export function readLocation(bytes: Uint8Array, host: string): URL | undefined {
  if (bytes.length > MAX_ANSWER_BYTES) return undefined
  const [status, ...lines] = new TextDecoder('latin1').decode(bytes).split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim())
  }
  if (!/^HTTP\/1\.[01] 200(?: |$)/.test(status ?? '') || !TARGETS.includes(headers.get('st') ?? '')) return undefined
  const url = URL.parse(headers.get('location') ?? '')
  return url !== null && isAt(url, host) ? url : undefined
}

/** Whether a device at `host` is one of the network that was searched; one on this machine when that is all there is. */
export function mayAnswer(host: string, target: Endpoint): boolean {
  const scope = scopeOf(host)
  return scope === 'private' || scope === 'link-local' || (scope === 'loopback' && scopeOf(target.host) === 'loopback')
}

/** Whether `url` is plain http at the IP literal `host`. */
export function isAt(url: URL, host: string): boolean {
  return url.protocol === 'http:' && url.hostname === host && url.username === '' && url.password === ''
}

function send(socket: Socket, target: Endpoint): void {
  const { host, port } = target
  try {
    // Multicast goes the way of the default route unless the socket is bound.
    const { address } = socket.address()
    socket.setMulticastTTL(MULTICAST_TTL)
    if (address !== '0.0.0.0') socket.setMulticastInterface(address)
  } catch {
    // The local address is gone, or not there yet: the search ends without an answer.
    return
  }
  for (const name of TARGETS) {
    const lines = [
      'M-SEARCH * HTTP/1.1',
      `HOST: ${formatEndpoint(target)}`,
      'MAN: "ssdp:discover"',
      `MX: ${MAX_WAIT_S}`,
    ]
    // An error of one datagram is the loss of it.
    socket.send([...lines, `ST: ${name}`, '', ''].join('\r\n'), port, host, () => {})
  }
}

/** Who answered, and where its description is. */
interface Device {
  readonly url: URL
  readonly host: string
}

/** Collects answers within the limits. */
class FoundDevices {
  readonly #gateways: readonly string[]
  readonly #target: Endpoint
  readonly #devices = new Map<string, Device>()
  #datagrams = 0

  constructor(gateways: readonly string[], target: Endpoint) {
    this.#gateways = gateways
    this.#target = target
  }

  /** After a flood nobody else is heard, and nobody can be better than what is a gateway for certain. */
  get isEnough(): boolean {
    return this.#datagrams >= MAX_DATAGRAMS || [...this.#devices.values()].some((device) => this.#isGateway(device))
  }

  add(bytes: Uint8Array, sender: RemoteInfo): void {
    this.#datagrams++
    const host = normalIp(sender.address)
    if (host === undefined || this.isEnough || !mayAnswer(host, this.#target)) return
    const url = readLocation(bytes, host)
    if (url === undefined || this.#devices.has(url.href)) return
    const isOfHost = [...this.#devices.values()].filter((device) => device.host === host).length
    const device = { url, host }
    const isRoom = this.#isGateway(device) || this.#devices.size < MAX_DEVICES
    if (isRoom && isOfHost < MAX_PER_HOST) this.#devices.set(url.href, device)
  }

  toArray(): URL[] {
    const rank = (device: Device): number => (this.#isGateway(device) ? 0 : 1)
    return [...this.#devices.values()].toSorted((a, b) => rank(a) - rank(b)).map(({ url }) => url)
  }

  #isGateway({ host }: Device): boolean {
    return this.#gateways.includes(host)
  }
}

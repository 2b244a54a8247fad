// Where something can be reached: an address and a port, as text and in the compact form of trackers, DHT and PEX.

import { concatBytes } from '@ccbt/primitives'

import { endpointInvalid } from './errors.ts'
import { ipFromBytes, ipToBytes, normalIp } from './ip.ts'
import type { IpFamily } from './ip.ts'

const PORT_BYTES = 2

/** An IP literal (or a host name, before it is resolved) and a port. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * Reads `host:port` or `[v6]:port`; IP literals get their normal form.
 * @example parseEndpoint('[::1]:6881') // { host: '::1', port: 6881 }
 * @throws ADDRESS_ENDPOINT_INVALID
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] === undefined ? match?.[2] : v6Host(match[1])
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65_535) throw endpointInvalid(text)
  return { host: normalIp(host) ?? host, port }
}

/**
 * The endpoints of a compact list (BEP 5, 7, 23): 6 or 18 bytes each, as they are, port 0 and repeats included. A rest
 * that is no entry is dropped.
 */
export function readCompact(bytes: Uint8Array, family: IpFamily): Endpoint[] {
  const ipBytes = family === 'ipv4' ? 4 : 16
  const endpoints: Endpoint[] = []
  for (let at = 0; at + ipBytes + PORT_BYTES <= bytes.length; at += ipBytes + PORT_BYTES) {
    const host = ipFromBytes(bytes.subarray(at, at + ipBytes))
    if (host !== undefined) endpoints.push({ host, port: bytes[at + ipBytes]! * 256 + bytes[at + ipBytes + 1]! })
  }
  return endpoints
}

/** The compact lists of `endpoints`, one per family; host names are left out. */
export function writeCompact(endpoints: readonly Endpoint[]): { v4: Uint8Array; v6: Uint8Array } {
  const v4: Uint8Array[] = []
  const v6: Uint8Array[] = []
  for (const { host, port } of endpoints) {
    const ip = ipToBytes(host)
    if (ip !== undefined) (ip.length === 4 ? v4 : v6).push(ip, Uint8Array.of(port >>> 8, port & 0xff))
  }
  return { v4: concatBytes(v4), v6: concatBytes(v6) }
}

/** What stands in brackets: an IPv6 address, with a zone index when it is link-local. */
function v6Host(text: string): string | undefined {
  const zoneAt = text.indexOf('%')
  const ip = zoneAt === -1 ? text : text.slice(0, zoneAt)
  const isZoneFine = zoneAt === -1 || /^%[\w.-]{1,32}$/.test(text.slice(zoneAt))
  return ip.includes(':') && isZoneFine && ipToBytes(ip) !== undefined ? text : undefined
}

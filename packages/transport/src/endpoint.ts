// Addresses of the other side, in one normal form: IPv4-mapped IPv6 addresses are written as IPv4.

import { isIP } from 'node:net'

import { CcbtError } from '@ccbt/primitives'

/** Where a peer is: an IP literal (or a host name, before it is resolved) and a port. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatEndpoint(endpoint: Endpoint): string {
  return endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`
}

/**
 * Reads `host:port` or `[v6]:port`.
 * @example parseEndpoint('[::1]:6881') // { host: '::1', port: 6881 }
 * @throws TRANSPORT_ENDPOINT_INVALID
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  const isValid = host !== undefined && port >= 1 && port <= 65_535 && (match?.[1] === undefined || isIP(host) === 6)
  if (!isValid) {
    throw new CcbtError('TRANSPORT_ENDPOINT_INVALID', `'${text}' is not HOST:PORT or [IPv6]:PORT`, {
      blame: 'input',
      context: { text },
    })
  }
  return { host: normalHost(host), port }
}

/** The normal form of an IP literal: IPv4-mapped addresses become IPv4, zone indexes stay. */
export function normalHost(host: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)
  return mapped?.[1] ?? host
}

// Which gateways there are: those of the default routes, as Linux tells them. Elsewhere none are known, and UPnP is
// left, which asks the whole network.

import { createReadStream } from 'node:fs'
import { endianness, networkInterfaces } from 'node:os'

import { ipFromBytes, normalIp, scopeOf } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'
import { fromHex } from '@ccbt/primitives'

/** Where both NAT-PMP and PCP listen. */
const GATEWAY_PORT = 5351
/** More default routes than that are no home network. */
const MAX_GATEWAYS = 2
/** Longest routing table that is read; a rest is not looked at. */
const MAX_TABLE_BYTES = 1_048_576

// Flags of a route: linux/route.h.
const ROUTE_UP = 1
const ROUTE_GATEWAY = 2

/** A gateway that may be asked. */
export interface Gateway {
  readonly endpoint: Endpoint
  /** The local address to ask from; the system's choice when it is `undefined`. */
  readonly from: string | undefined
}

/** A default route. */
export interface DefaultRoute {
  readonly interfaceName: string
  /** IP literal, with the interface as zone index when it is link-local. */
  readonly gateway: string
  /** Lower ones go first. */
  readonly metric: number
}

/**
 * The gateways of one family, best first. With `bind`, a local address, only those of the interface that has it. A
 * local address that is global is not behind NAT: in IPv4 there is nothing to map for it, and `undefined` is returned;
 * in IPv6 it is the only kind that there is something to open for.
 */
export async function findGateways(family: IpFamily, bind: string | undefined): Promise<Gateway[] | undefined> {
  const routes = family === 'ipv4' ? parseRoutes4(await table('route')) : parseRoutes6(await table('ipv6_route'))
  const usable: Gateway[] = []
  for (const { interfaceName, gateway } of routes.toSorted((a, b) => a.metric - b.metric)) {
    const own = addressesOf(interfaceName, family)
    if (bind !== undefined && !own.includes(bind)) continue
    const from = bind ?? own.find((ip) => scopeOf(ip) === 'global')
    if (family === 'ipv4' && from !== undefined && scopeOf(from) === 'global') return undefined
    if (family === 'ipv6' && from === undefined) continue
    usable.push({ endpoint: { host: gateway, port: GATEWAY_PORT }, from })
  }
  return usable.slice(0, MAX_GATEWAYS)
}

/** The default routes in a text of the form of /proc/net/route. */
export function parseRoutes4(text: string): DefaultRoute[] {
  const routes: DefaultRoute[] = []
  for (const line of text.split('\n')) {
    const [interfaceName = '', destination, gateway = '', flags = '', , , metric, mask] = line.split('\t')
    if (destination !== '00000000' || mask !== '00000000' || !leadsToGateway(flags)) continue
    const bytes = fromHex(gateway)
    // A number as the machine keeps it.
    const ip = bytes && ipFromBytes(endianness() === 'LE' ? bytes.toReversed() : bytes)
    if (ip !== undefined && scopeOf(ip) !== 'unusable')
      routes.push({ interfaceName, gateway: ip, metric: Number(metric) })
  }
  return routes
}

/** The default routes in a text of the form of /proc/net/ipv6_route. */
export function parseRoutes6(text: string): DefaultRoute[] {
  const routes: DefaultRoute[] = []
  for (const line of text.split('\n')) {
    const [destination, prefix, , , gateway = '', metric = '', , , flags = '', interfaceName = ''] = line
      .trim()
      .split(/ +/)
    if (!/^0{32}$/.test(destination ?? '') || prefix !== '00' || !leadsToGateway(flags)) continue
    const bytes = fromHex(gateway)
    const ip = bytes && ipFromBytes(bytes)
    if (ip === undefined || scopeOf(ip) === 'unusable') continue
    const zone = scopeOf(ip) === 'link-local' ? `%${interfaceName}` : ''
    routes.push({ interfaceName, gateway: `${ip}${zone}`, metric: Number.parseInt(metric, 16) })
  }
  return routes
}

function leadsToGateway(hexFlags: string): boolean {
  const flags = Number.parseInt(hexFlags, 16)
  return (flags & ROUTE_UP) !== 0 && (flags & ROUTE_GATEWAY) !== 0
}

function addressesOf(interfaceName: string, family: IpFamily): string[] {
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6'
  const infos = networkInterfaces()[interfaceName] ?? []
  return infos.flatMap((info) => (info.family === name ? [normalIp(info.address) ?? info.address] : []))
}

/** A table of the kernel; empty where there is none. */
async function table(name: string): Promise<string> {
  let text = ''
  try {
    const stream = createReadStream(`/proc/net/${name}`, { encoding: 'latin1', end: MAX_TABLE_BYTES - 1 })
    for await (const part of stream) text += String(part)
  } catch {
    // Another system, or one that hides it: a table that cannot be read names no gateway.
  }
  return text
}

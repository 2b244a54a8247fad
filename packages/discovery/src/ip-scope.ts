// How far an IP address reaches. Decides whether a redirect, a resolved name or a peer from a tracker may be contacted:
// whoever is out on the internet has no business pointing at addresses inside.

import { BlockList, isIP, SocketAddress } from 'node:net'

/** How far an address reaches; `unusable` is what no connection can be made to. */
export type IpScope = 'global' | 'private' | 'loopback' | 'link-local' | 'unusable'

type Range = readonly [address: string, prefix: number]

const RANGES: Readonly<Record<Exclude<IpScope, 'global'>, readonly Range[]>> = {
  loopback: [
    ['127.0.0.0', 8],
    ['::1', 128],
  ],
  private: [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    // Carrier-grade NAT: inside the provider's network.
    ['100.64.0.0', 10],
    ['fc00::', 7],
  ],
  'link-local': [
    ['169.254.0.0', 16],
    ['fe80::', 10],
  ],
  unusable: [
    ['0.0.0.0', 8],
    // Multicast, reserved and broadcast.
    ['224.0.0.0', 3],
    ['::', 128],
    ['ff00::', 8],
  ],
}

function blockList(ranges: readonly Range[]): BlockList {
  const list = new BlockList()
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, familyOf(address))
  return list
}

const LISTS: readonly (readonly [IpScope, BlockList])[] = [
  ['loopback', blockList(RANGES.loopback)],
  ['private', blockList(RANGES.private)],
  ['link-local', blockList(RANGES['link-local'])],
  ['unusable', blockList(RANGES.unusable)],
]

/** Address family of an IP literal, as node's network functions name it. */
export function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return ip.includes(':') ? 'ipv6' : 'ipv4'
}

/**
 * The one normal form of an IP literal: IPv6 compressed and in lower case, IPv4-mapped addresses as IPv4.
 * `undefined` when `text` is none, or has a zone index.
 */
export function normalIp(text: string): string | undefined {
  const version = isIP(text)
  if (version === 4) return text
  if (version === 0 || text.includes('%')) return undefined
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address
}

/** How far `ip`, a literal in normal form, reaches. */
export function scopeOf(ip: string): IpScope {
  const family = familyOf(ip)
  for (const [scope, list] of LISTS) if (list.check(ip, family)) return scope
  return 'global'
}

// How far an IP address reaches. Decides whether a redirect, a resolved name or a peer from a stranger may be contacted:
// whoever is out on the internet has no business pointing at addresses inside.

import { ipToBytes } from './ip.ts'

/** How far an address reaches; `unusable` is what no connection can be made to. */
export type IpScope = 'global' | 'private' | 'loopback' | 'link-local' | 'unusable'

interface Range {
  readonly bytes: Uint8Array
  readonly prefix: number
}

const RANGES: readonly (readonly [scope: IpScope, ranges: readonly Range[]])[] = [
  ['loopback', [range('127.0.0.0', 8), range('::1', 128)]],
  [
    'private',
    [
      range('10.0.0.0', 8),
      range('172.16.0.0', 12),
      range('192.168.0.0', 16),
      // Carrier-grade NAT: inside the provider's network.
      range('100.64.0.0', 10),
      range('fc00::', 7),
    ],
  ],
  ['link-local', [range('169.254.0.0', 16), range('fe80::', 10)]],
  // With multicast, reserved and broadcast addresses.
  ['unusable', [range('0.0.0.0', 8), range('224.0.0.0', 3), range('::', 128), range('ff00::', 8)]],
]

/** How far `ip`, an IP literal with or without a zone index, reaches; what is no literal is `unusable`. */
export function scopeOf(ip: string): IpScope {
  const bytes = ipToBytes(ip.replace(/%.*$/, ''))
  if (bytes === undefined) return 'unusable'
  for (const [scope, ranges] of RANGES) {
    for (const range of ranges) if (contains(range, bytes)) return scope
  }
  return 'global'
}

/** Whether `ip` is an address of this machine or of networks around it; names and unusable addresses are not. */
export function isLocalIp(ip: string): boolean {
  const scope = scopeOf(ip)
  return scope !== 'global' && scope !== 'unusable'
}

function range(ip: string, prefix: number): Range {
  return { bytes: ipToBytes(ip) ?? new Uint8Array(), prefix }
}

function contains({ bytes, prefix }: Range, ip: Uint8Array): boolean {
  if (bytes.length !== ip.length) return false
  const whole = prefix >>> 3
  for (let i = 0; i < whole; i++) if (bytes[i] !== ip[i]) return false
  const rest = 8 - (prefix & 7)
  return rest === 8 || bytes[whole]! >>> rest === ip[whole]! >>> rest
}

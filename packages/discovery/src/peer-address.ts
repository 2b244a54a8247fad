// Addresses of peers as trackers and other sources give them. Wrong ones are dropped one by one, never the whole list:
// half of a swarm is better than none.

import { readU32 } from '@ccbt/primitives'

import { normalIp, scopeOf } from './ip-scope.ts'

/** Where a peer may be reached. */
export interface PeerAddress {
  /** IP literal in normal form: IPv4-mapped IPv6 addresses are written as IPv4. */
  readonly host: string
  readonly port: number
  /** 20 bytes, when the source told it. */
  readonly peerId?: Uint8Array
}

/** Peers taken from one answer of a tracker; a swarm's worth, at 100 bytes each still small. */
export const MAX_PEERS_PER_ANSWER = 2000

const V4_ENTRY_BYTES = 6
const V6_ENTRY_BYTES = 18

/** Collects the usable addresses of one answer: no repeats, no more than 2000. */
export class PeerList {
  readonly #peers = new Map<string, PeerAddress>()
  readonly #acceptsLocal: boolean

  /** `acceptsLocal`: whether addresses that are not global are worth anything, coming from this source. */
  constructor(acceptsLocal: boolean) {
    this.#acceptsLocal = acceptsLocal
  }

  get isFull(): boolean {
    return this.#peers.size >= MAX_PEERS_PER_ANSWER
  }

  add(host: string, port: number, peerId?: Uint8Array): void {
    const ip = normalIp(host)
    if (this.isFull || ip === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return
    const scope = scopeOf(ip)
    if (scope === 'unusable' || (scope !== 'global' && !this.#acceptsLocal)) return
    const name = `${ip} ${port}`
    if (this.#peers.has(name)) return
    this.#peers.set(name, peerId === undefined ? { host: ip, port } : { host: ip, port, peerId })
  }

  /** Adds 6-byte entries (BEP 23); a rest that is no entry is dropped. */
  addCompactV4(bytes: Uint8Array): void {
    for (let at = 0; at + V4_ENTRY_BYTES <= bytes.length && !this.isFull; at += V4_ENTRY_BYTES)
      this.add(v4Text(bytes, at), readPort(bytes, at + 4))
  }

  /** Adds 18-byte entries (BEP 7); a rest that is no entry is dropped. */
  addCompactV6(bytes: Uint8Array): void {
    for (let at = 0; at + V6_ENTRY_BYTES <= bytes.length && !this.isFull; at += V6_ENTRY_BYTES)
      this.add(v6Text(bytes, at), readPort(bytes, at + 16))
  }

  toArray(): PeerAddress[] {
    return [...this.#peers.values()]
  }
}

/** The IP literal of 4 or 16 raw bytes, `undefined` for any other length. */
export function ipFromBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return v4Text(bytes, 0)
  return bytes.length === 16 ? normalIp(v6Text(bytes, 0)) : undefined
}

function readPort(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function v4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

function v6Text(bytes: Uint8Array, at: number): string {
  const groups: string[] = []
  for (let i = 0; i < 16; i += 4) {
    const word = readU32(bytes, at + i)
    groups.push((word >>> 16).toString(16), (word & 0xffff).toString(16))
  }
  return groups.join(':')
}

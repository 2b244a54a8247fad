// Addresses of peers as trackers and other sources give them. Wrong ones are dropped one by one, never the whole list:
// half of a swarm is better than none.

import { normalIp, readCompact, scopeOf } from '@ccbt/address'
import type { IpFamily } from '@ccbt/address'

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

/** Entries looked at in one list, unusable ones included. */
const MAX_ENTRIES_READ = 2 * MAX_PEERS_PER_ANSWER
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

  /** Adds a compact list: 6-byte (BEP 23) or 18-byte entries (BEP 7); a rest that is no entry is dropped. */
  addCompact(bytes: Uint8Array, family: IpFamily): void {
    const entryBytes = family === 'ipv4' ? V4_ENTRY_BYTES : V6_ENTRY_BYTES
    const used = bytes.subarray(0, MAX_ENTRIES_READ * entryBytes)
    for (const { host, port } of readCompact(used, family)) this.add(host, port)
  }

  toArray(): PeerAddress[] {
    return [...this.#peers.values()]
  }
}

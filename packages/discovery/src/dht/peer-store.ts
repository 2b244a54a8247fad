// Peers that others announced to this node (BEP 5). 2000 torrents with 500 peers each at most, for 30 minutes; 14 or 26
// bytes a peer, so that the full store takes 14 MB (IPv4) and not ten times that in objects. At the bound the torrent
// with the fewest peers goes, and of a full torrent the peer that announced least recently: a flood of made-up
// info-hashes pushes out itself.

import { ipToBytes } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'
import { keyBytes, keyOf } from '@ccbt/bencode'
import { concatBytes, randomBelow } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'

import { PeerSwarm } from './peer-swarm.ts'

const MAX_TORRENTS = 2000
const EXPIRY_MS = 30 * 60_000
/** Between two passes over everything. */
const SWEEP_MS = 5 * 60_000

/** What one address family's node remembers for others. */
export class PeerStore {
  readonly #clock: Clock
  readonly #random: Random
  readonly #family: IpFamily
  readonly #swarms = new Map<string, PeerSwarm>()
  #sweptAt: number

  constructor(clock: Clock, random: Random, family: IpFamily) {
    this.#clock = clock
    this.#random = random
    this.#family = family
    this.#sweptAt = clock.now()
  }

  /** Torrents that are remembered. */
  get torrents(): number {
    return this.#swarms.size
  }

  /** Peers of all torrents. */
  get peers(): number {
    let peers = 0
    for (const swarm of this.#swarms.values()) peers += swarm.size
    return peers
  }

  /** Notes a peer; one that is there already is noted anew. */
  add(infoHash: Uint8Array, peer: Endpoint): void {
    this.#sweep()
    const ip = ipToBytes(peer.host)
    if (ip === undefined || ip.length !== this.#ipBytes()) return
    const key = keyOf(infoHash)
    let swarm = this.#swarms.get(key)
    if (swarm === undefined) {
      if (this.#swarms.size >= MAX_TORRENTS) this.#dropSmallest()
      swarm = new PeerSwarm(this.#ipBytes())
      this.#swarms.set(key, swarm)
    }
    swarm.note(concatBytes([ip, Uint8Array.of(peer.port >>> 8, peer.port & 0xff)]), this.#clock.now())
  }

  /** At most `most` peers of a torrent in compact form, a different choice each time. */
  sample(infoHash: Uint8Array, most: number): Uint8Array[] {
    this.#sweep()
    return this.#swarms.get(keyOf(infoHash))?.sample(most, this.#random, this.#clock.now() - EXPIRY_MS) ?? []
  }

  /** At most `most` info-hashes (BEP 51), a different choice each time. */
  sampleTorrents(most: number): Uint8Array[] {
    const keys = [...this.#swarms.keys()]
    const chosen = Math.min(most, keys.length)
    for (let i = 0; i < chosen; i++) {
      const j = i + randomBelow(this.#random, keys.length - i)
      const key = keys[j]!
      keys[j] = keys[i]!
      keys[i] = key
    }
    return keys.slice(0, chosen).map(keyBytes)
  }

  #ipBytes(): number {
    return this.#family === 'ipv4' ? 4 : 16
  }

  #dropSmallest(): void {
    let smallest: string | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const [key, { size }] of this.#swarms) {
      if (size >= fewest) continue
      smallest = key
      fewest = size
      if (fewest === 1) break
    }
    if (smallest !== undefined) this.#swarms.delete(smallest)
  }

  #sweep(): void {
    const now = this.#clock.now()
    if (now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    for (const [key, swarm] of this.#swarms) if (swarm.expire(now - EXPIRY_MS) === 0) this.#swarms.delete(key)
  }
}

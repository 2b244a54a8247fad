// What has gone over all connections of a session since it began. Numbers of connections and torrents that are gone stay in
// the sum, so that it only ever grows; who is still there is asked when somebody wants to know.

import type { Transport } from '@ccbt/transport'

import { countQualities } from '../peer/peer-scores.ts'
import type { QualityCounts, Scored } from '../peer/peer-scores.ts'
import type { WastedBytes } from '../snapshot.ts'

/** Bytes and pieces since the start of the session. */
export interface Traffic {
  /** Blocks that counted, of peers and web seeds; wasted ones are not among them. */
  payloadReceived: number
  payloadSent: number
  /** What peers and we said around the blocks. */
  protocolReceived: number
  protocolSent: number
  readonly wasted: { -readonly [Reason in keyof WastedBytes]: number }
  piecesVerified: number
}

/** How many connections there are of one kind, past the handshake. */
export interface PeerCount {
  readonly direction: 'in' | 'out'
  readonly transport: Transport
  readonly isEncrypted: boolean
  count: number
}

/** A live torrent, as the sum sees it. */
export interface TrafficSource {
  /** Adds its numbers. */
  addTraffic(total: Traffic): void
  readonly connections: Iterable<
    Scored & {
      readonly direction: 'in' | 'out'
      readonly stream: { readonly transport: Transport; readonly isEncrypted: boolean }
      readonly isHandshaken: boolean
    }
  >
}

/** All zero. */
export function noTraffic(): Traffic {
  return {
    payloadReceived: 0,
    payloadSent: 0,
    protocolReceived: 0,
    protocolSent: 0,
    wasted: { hashFailed: 0, duplicate: 0, unrequested: 0 },
    piecesVerified: 0,
  }
}

/** The sum over all torrents that run or ran. */
export class TrafficBook {
  readonly #sources = new Set<TrafficSource>()
  readonly #ended: Traffic = noTraffic()
  #protocolReceived = 0

  /** A torrent begins to run. */
  follow(source: TrafficSource): void {
    this.#sources.add(source)
  }

  /** It has ended; its numbers stay. */
  end(source: TrafficSource): void {
    if (this.#sources.delete(source)) source.addTraffic(this.#ended)
  }

  total(): Traffic {
    const total = structuredClone(this.#ended)
    for (const source of this.#sources) source.addTraffic(total)
    // What has come of a block counts as protocol until the block is whole; a number once told is never taken back.
    total.protocolReceived = Math.max(total.protocolReceived, this.#protocolReceived)
    this.#protocolReceived = total.protocolReceived
    return total
  }

  /** How many connections there are of each quality. */
  qualities(): QualityCounts {
    const counts = { idle: 0, poor: 0, fair: 0, good: 0 }
    for (const source of this.#sources) {
      const connections = Array.from(source.connections).filter(({ isHandshaken }) => isHandshaken)
      countQualities(connections, counts)
    }
    return counts
  }

  /** How many connections there are of each kind. */
  peers(): PeerCount[] {
    const counts = new Map<string, PeerCount>()
    for (const source of this.#sources) {
      for (const { direction, stream, isHandshaken } of source.connections) {
        const { transport, isEncrypted } = stream
        if (!isHandshaken) continue
        const key = `${direction} ${transport} ${isEncrypted}`
        const known = counts.get(key)
        if (known === undefined) counts.set(key, { direction, transport, isEncrypted, count: 1 })
        else known.count++
      }
    }
    return [...counts.values()]
  }
}

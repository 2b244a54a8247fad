// How many blocks a connection may be asked for: what its window holds, weighed by what its peer has delivered so far, no
// more than its share of the last blocks, and no more than a download limit lets in soon.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { Connection } from '../peer/connection.ts'
import { reliabilityOf } from '../peer/peer-scores.ts'

/** Of what its window allows, even the least reliable peer is asked for so much: it may become better. */
const LEAST_TRUST = 1 / 8
/** Toward the end one connection has no more on order than its share of what is missing, but so many blocks. */
const MIN_SHARE = 2
/** Requests that are under way for so many times what a request takes now are late. */
const LATENCIES_WAITED = 8
const MIN_PATIENCE_MS = 2000
const MAX_PATIENCE_MS = 8000
const STOCK_EVERY_MS = 100
const LIMIT_HOLDS_S = 2

/** What an allowance looks at. */
export interface RequestAllowanceParts {
  readonly picker: Pick<PiecePicker, 'outstanding' | 'missingBlocks' | 'setPatience'>
  readonly connections: Iterable<Connection>
}

/** Says how much more each connection of a torrent may be asked for; sets the picker's patience by the same figures. */
export class RequestAllowance {
  readonly #parts: RequestAllowanceParts
  #share = Number.MAX_SAFE_INTEGER
  #stockAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: RequestAllowanceParts) {
    this.#parts = parts
  }

  /** Blocks that may be asked for now; 0 also while so few that they are not worth a write. */
  more(connection: Connection, nowMs: number): number {
    this.#takeStock(nowMs)
    const target = Math.min(
      Math.ceil(connection.window.target * Math.max(reliabilityOf(connection), LEAST_TRUST)),
      this.#share,
    )
    const outstanding = this.#parts.picker.outstanding(connection.slot)
    const missing = target - outstanding
    // Refills are batched: an eighth of the window at a time, so that requests leave in few writes.
    if (missing <= 0 || (outstanding > 0 && missing < target >>> 3)) return 0
    return Math.min(missing, this.#limitLeaves(connection))
  }

  /** Looks at the swarm as a whole from time to time: how the last blocks are spread, and how long they are waited for. */
  #takeStock(nowMs: number): void {
    if (nowMs - this.#stockAtMs < STOCK_EVERY_MS) return
    this.#stockAtMs = nowMs
    let senders = 0
    let timed = 0
    let latencyMs = 0
    for (const { amInterested, peerChoking, window } of this.#parts.connections) {
      if (!amInterested || peerChoking) continue
      senders++
      if (window.latencyMs === undefined) continue
      timed++
      latencyMs += window.latencyMs
    }
    const { picker } = this.#parts
    this.#share = Math.max(MIN_SHARE, Math.ceil(picker.missingBlocks / Math.max(1, senders)))
    if (timed > 0) picker.setPatience(clamp((LATENCIES_WAITED * latencyMs) / timed, MIN_PATIENCE_MS, MAX_PATIENCE_MS))
  }

  /**
   * Blocks that may be asked for without having more on order than the download limit lets in within two seconds: what is
   * asked for comes in at once, and cannot be limited any more.
   */
  #limitLeaves({ limits }: Connection): number {
    const rateBps = limits.download.limit.effectiveBps
    if (rateBps === 0) return Number.MAX_SAFE_INTEGER
    let onOrder = 0
    for (const { slot, isAdded } of this.#parts.connections)
      if (isAdded) onOrder += this.#parts.picker.outstanding(slot)
    return Math.max(0, Math.ceil((rateBps * LIMIT_HOLDS_S) / BLOCK_LENGTH) - onOrder)
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}

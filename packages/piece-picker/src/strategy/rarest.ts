// The piece that the fewest peers have first; equals at random, so that clients do not all fetch the same one. The
// first few pieces are taken at random altogether: a rare piece is slow to get, and there must be something to upload.
//
// A search walks the levels of each tier from the peer's floor. Where the peer has little of what stands there, it goes
// on over the peer's set, 32 pieces at a time: 100,000 pieces are 3,125 words.

import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'
import { HIGHEST_PRIORITY, keyAt, TIER_KEYS } from '../frontier.ts'
import type { Frontier } from '../frontier.ts'
import type { OpenPiece } from '../open-piece.ts'
import type { Peer } from '../peer-table.ts'
import { lowestBit, nextCommonWord } from '../piece-set.ts'
import type { Tier } from '../tier.ts'
import type { Wants } from '../wants.ts'
import type { PieceOrder } from './order.ts'

/** Pieces looked at in the order of the tiers before the search goes by words; takes about as long as that. */
const MAX_STEPS = 1024
/** Pieces looked at for a random first piece. */
const RANDOM_STEPS = 256

export interface RarestOptions {
  readonly frontier: Frontier
  readonly wants: Wants
  readonly random: Random
  /** Whether the next piece is to be a random one. */
  readonly startsAtRandom: () => boolean
}

export class RarestFirst implements PieceOrder {
  readonly staysWithPiece = true
  readonly goesByIndex = false
  readonly #frontier: Frontier
  readonly #wants: Wants
  readonly #random: Random
  readonly #startsAtRandom: () => boolean
  /** How many pieces the search under way may still look at. */
  #steps = 0
  /** The best piece of the search by words under way, its key, and the key of the one after it. */
  readonly #best = { piece: -1, key: 0, nextKey: 0 }

  constructor(options: RarestOptions) {
    this.#frontier = options.frontier
    this.#wants = options.wants
    this.#random = options.random
    this.#startsAtRandom = options.startsAtRandom
  }

  next(peer: Peer, minPriority: number): number {
    if (this.#frontier.topPriority < minPriority || peer.floor >= keyAt(minPriority - 1, 0)) return -1
    if (this.#startsAtRandom()) {
      const piece = this.#anyOfTopTier(peer)
      if (piece !== -1) return piece
    }
    return this.#nextByTiers(peer, minPriority)
  }

  keyOf(piece: number): number {
    return keyAt(this.#wants.priorities[piece]!, this.#frontier.counts[piece]!)
  }

  prefers(a: OpenPiece, b: OpenPiece): boolean {
    return a.free < b.free
  }

  #nextByTiers(peer: Peer, minPriority: number): number {
    this.#steps = MAX_STEPS
    let priority = HIGHEST_PRIORITY - Math.floor(peer.floor / TIER_KEYS)
    let level = peer.floor % TIER_KEYS
    for (; priority >= minPriority; priority--, level = 0) {
      const tier = this.#frontier.tiers[priority]
      const piece = tier === undefined ? -1 : this.#nextInTier(peer, tier, keyAt(priority, level))
      if (piece !== -1) return piece
      if (this.#steps <= 0) return this.#nextByWords(peer, minPriority)
      peer.floor = keyAt(priority - 1, 0)
    }
    return -1
  }

  #nextInTier(peer: Peer, tier: Tier, floor: number): number {
    // What stands at level 0 is had by nobody but seeds.
    const place = floor % TIER_KEYS
    const from = peer.isSeed ? place : Math.max(place, 1)
    for (let level = from; level < this.#frontier.levels; level++) {
      const start = tier.start(level)
      if (start === tier.order.length) return -1
      const count = tier.end(level) - start
      if (count === 0) continue
      peer.floor = floor - place + level
      const piece = this.#nextInRange(peer, tier.order, start, count)
      if (piece !== -1) return piece
      this.#steps -= count
      if (this.#steps <= 0) return -1
    }
    return -1
  }

  /** A piece of the peer among `count` from `start`, looked for from a random one on; -1 = none in `#steps` steps. */
  #nextInRange(peer: Peer, order: Int32Array, start: number, count: number): number {
    const end = start + count
    let at = start + randomBelow(this.#random, count)
    for (let left = Math.min(count, this.#steps); left > 0; left--) {
      const piece = order[at]!
      if (peer.pieces.has(piece)) return piece
      if (++at === end) at = start
    }
    return -1
  }

  #anyOfTopTier(peer: Peer): number {
    const tier = this.#frontier.tiers[this.#frontier.topPriority]!
    this.#steps = RANDOM_STEPS
    return this.#nextInRange(peer, tier.order, tier.start(0), tier.size)
  }

  /** Looks at each piece of the frontier that the peer has, from a random one on. */
  #nextByWords(peer: Peer, minPriority: number): number {
    const words = peer.pieces.words.length
    const middle = randomBelow(this.#random, words)
    const best = this.#best
    best.piece = -1
    best.key = best.nextKey = keyAt(0, 0)
    this.#findBest(peer, middle, words)
    this.#findBest(peer, 0, middle)
    const isFound = best.key < keyAt(minPriority - 1, 0)
    // The piece that is found leaves the frontier: what comes after it is the floor then.
    peer.floor = isFound ? best.nextKey : best.key
    return isFound ? best.piece : -1
  }

  #findBest(peer: Peer, from: number, end: number): void {
    const mine = this.#frontier.pieces.words
    const theirs = peer.pieces.words
    const best = this.#best
    for (let i = nextCommonWord(mine, theirs, from, end); i < end; i = nextCommonWord(mine, theirs, i + 1, end)) {
      for (let word = mine[i]! & theirs[i]!; word !== 0; word &= word - 1) {
        const piece = (i << 5) + lowestBit(word)
        const key = this.keyOf(piece)
        if (key >= best.nextKey) continue
        best.nextKey = Math.max(best.key, key)
        if (key >= best.key) continue
        best.key = key
        best.piece = piece
      }
    }
  }
}

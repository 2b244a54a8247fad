// The metadata as it would be if it had one claimed size: which 16 KiB pieces are there and from whom, who is asked for
// what, and who must have lied when the whole has the wrong hash. Pure: time comes in, requests and verdicts go out.
//
// At first the pieces come from everybody. When such a mix is wrong, one peer after the other supplies everything alone:
// a peer alone is right or a liar, and what is right then tells who spoilt the mix.

import { hash } from 'node:crypto'

import { concatBytes } from '@ccbt/primitives'
import { METADATA_PIECE_BYTES } from '@ccbt/wire-protocol'

/** Ask `peer` for `piece` of the metadata. */
export interface MetadataRequest<P> {
  readonly peer: P
  readonly piece: number
}

/** What a message of a peer has led to. */
export type MetadataVerdict<P> =
  /** Nothing to be done but to ask for more. */
  | { readonly kind: 'taken' }
  /** The peer answered what it was not asked. */
  | { readonly kind: 'unrequested' }
  /** All pieces are there and the hash is wrong; `liars` are those for whom that is proven. */
  | { readonly kind: 'wrong'; readonly liars: readonly P[] }
  /** `bytes` have the right hash. */
  | { readonly kind: 'complete'; readonly bytes: Uint8Array; readonly liars: readonly P[] }

/** Requests that a peer has at once: before its first answer, and afterwards. */
const FIRST_WINDOW = 2
const WINDOW = 4
/** Peers that are asked for the same piece at once when every piece has been asked for. */
const MAX_ASKERS = 3
const SILENCE_MS = 3000
const MAX_IDLE_MS = 60_000
/** Answers that fail to come in a row before a peer counts as one that has nothing. */
const HOPELESS_MISSES = 3
/** How long a peer may take alone while others wait for their turn: so much, and for each piece so much more. */
const ALONE_MS = 10_000
const ALONE_PIECE_MS = 100

const TAKEN = { kind: 'taken' } as const
const UNREQUESTED = { kind: 'unrequested' } as const

/** A peer that claims this size. */
interface Supporter {
  /** When it was asked for each piece that it has not answered yet. */
  readonly asked: Map<number, number>
  /** Pieces that were asked for too long ago, or for an attempt that is over: an answer may still come. */
  readonly late: Set<number>
  /** Answers that failed to come since the last that did. */
  misses: number
  idleUntilMs: number
  delivered: number
  aloneTries: number
}

/** What a peer contributed to a mix that was wrong. */
interface Evidence<P> {
  readonly peer: P
  readonly piece: number
  readonly digest: string
}

/** One claimed size. */
export class SizeCandidate<P extends object> {
  readonly pieces: number
  readonly #isRight: (bytes: Uint8Array) => boolean
  readonly #supporters = new Map<P, Supporter>()
  readonly #askers: Uint8Array
  #parts: (Uint8Array | undefined)[] = []
  #senders: (P | undefined)[] = []
  #done = 0
  #evidence: readonly Evidence<P>[] = []
  #isOneByOne = false
  #alone: P | undefined
  #aloneUntilMs = 0

  constructor(size: number, isRight: (bytes: Uint8Array) => boolean) {
    this.pieces = Math.ceil(size / METADATA_PIECE_BYTES)
    this.#isRight = isRight
    this.#askers = new Uint8Array(this.pieces)
  }

  get done(): number {
    return this.#done
  }

  get supporters(): number {
    return this.#supporters.size
  }

  /** Whether there is hope that this peer answers. */
  isPromising(peer: P): boolean {
    return (this.#supporters.get(peer)?.misses ?? 0) < HOPELESS_MISSES
  }

  joined(peer: P): void {
    const supporter = { misses: 0, idleUntilMs: 0, delivered: 0, aloneTries: 0 }
    this.#supporters.set(peer, { asked: new Map(), late: new Set(), ...supporter })
  }

  /** What it sent stays. */
  left(peer: P): void {
    const supporter = this.#supporters.get(peer)
    if (supporter === undefined) return
    for (const piece of supporter.asked.keys()) this.#askers[piece]!--
    this.#supporters.delete(peer)
    if (this.#alone === peer) this.#alone = undefined
  }

  received(peer: P, piece: number, data: Uint8Array): MetadataVerdict<P> {
    const supporter = this.#supporters.get(peer)
    if (supporter === undefined || !this.#answered(supporter, piece)) return UNREQUESTED
    supporter.misses = 0
    supporter.idleUntilMs = 0
    supporter.delivered++
    if (this.#parts[piece] !== undefined || (this.#isOneByOne && peer !== this.#alone)) return TAKEN
    this.#parts[piece] = data.slice()
    this.#senders[piece] = peer
    this.#done++
    return this.#done === this.pieces ? this.#judge() : TAKEN
  }

  rejected(peer: P, piece: number, nowMs: number): MetadataVerdict<P> {
    const supporter = this.#supporters.get(peer)
    if (supporter === undefined || !this.#answered(supporter, piece)) return UNREQUESTED
    this.#missed(peer, supporter, nowMs)
    return TAKEN
  }

  /** Whom to ask for what now. The requests count as sent. */
  requests(nowMs: number): MetadataRequest<P>[] {
    if (this.#isOneByOne) this.#takeTurns(nowMs)
    const requests: MetadataRequest<P>[] = []
    for (const [peer, supporter] of this.#supporters) {
      this.#expire(peer, supporter, nowMs)
      if (supporter.idleUntilMs > nowMs || (this.#isOneByOne && peer !== this.#alone)) continue
      const window = windowOf(supporter)
      while (supporter.asked.size < window) {
        const piece = this.#choose(supporter)
        if (piece === undefined) break
        supporter.asked.set(piece, nowMs)
        this.#askers[piece]!++
        requests.push({ peer, piece })
      }
    }
    return requests
  }

  /** Takes the request back; false when there was none. */
  #answered(supporter: Supporter, piece: number): boolean {
    if (!supporter.asked.delete(piece)) return supporter.late.delete(piece)
    this.#askers[piece]!--
    return true
  }

  #expire(peer: P, supporter: Supporter, nowMs: number): void {
    let isSilent = false
    for (const [piece, askedAtMs] of supporter.asked) {
      if (nowMs - askedAtMs < SILENCE_MS) continue
      this.#answered(supporter, piece)
      supporter.late.add(piece)
      isSilent = true
    }
    if (isSilent) this.#missed(peer, supporter, nowMs)
  }

  #missed(peer: P, supporter: Supporter, nowMs: number): void {
    supporter.idleUntilMs = nowMs + Math.min(SILENCE_MS * 2 ** supporter.misses, MAX_IDLE_MS)
    supporter.misses++
    if (this.#alone === peer) this.#alone = undefined
  }

  /** A piece that nobody is asked for; when there is none, one that few others are asked for. */
  #choose({ asked }: Supporter): number | undefined {
    let best: number | undefined
    for (let piece = 0; piece < this.pieces; piece++) {
      if (this.#parts[piece] !== undefined) continue
      const askers = this.#askers[piece]!
      if (askers === 0) return piece
      if (askers >= MAX_ASKERS || asked.has(piece)) continue
      if (best === undefined || askers < this.#askers[best]!) best = piece
    }
    return best
  }

  /** Everything is there. */
  #judge(): MetadataVerdict<P> {
    const parts = this.#parts.filter((part) => part !== undefined)
    const senders = new Set(this.#senders.filter((sender) => sender !== undefined))
    const bytes = concatBytes(parts)
    if (this.#isRight(bytes)) return { kind: 'complete', bytes, liars: this.#liarsOf(parts) }
    const [only] = senders
    this.#isOneByOne = true
    this.#alone = undefined
    if (only === undefined || senders.size > 1) {
      this.#evidence = evidenceOf(parts, this.#senders)
      return { kind: 'wrong', liars: [] }
    }
    this.left(only)
    // What it sent into the mix needs no judgement any more.
    this.#evidence = this.#evidence.filter(({ peer }) => peer !== only)
    return { kind: 'wrong', liars: [only] }
  }

  #liarsOf(right: readonly Uint8Array[]): P[] {
    const digests = right.map(digestOf)
    return [...new Set(this.#evidence.filter((e) => e.digest !== digests[e.piece]).map((e) => e.peer))]
  }

  /** Sees to it that one peer supplies everything: the next one when this one is gone, silent or too slow. */
  #takeTurns(nowMs: number): void {
    const isTooSlow = this.#supporters.size > 1 && nowMs > this.#aloneUntilMs
    if (this.#alone !== undefined && !isTooSlow) return
    let next: [P, Supporter] | undefined
    for (const entry of this.#supporters) {
      if (entry[1].idleUntilMs > nowMs) continue
      if (next === undefined || isBefore(entry[1], next[1])) next = entry
    }
    if (next === undefined) return
    this.#startAlone(next[0], next[1], nowMs)
  }

  #startAlone(peer: P, supporter: Supporter, nowMs: number): void {
    for (const other of this.#supporters.values()) {
      for (const piece of other.asked.keys()) other.late.add(piece)
      other.asked.clear()
    }
    this.#askers.fill(0)
    this.#parts = []
    this.#senders = []
    this.#done = 0
    this.#alone = peer
    this.#aloneUntilMs = nowMs + (ALONE_MS + ALONE_PIECE_MS * this.pieces) * 2 ** supporter.aloneTries
    supporter.aloneTries++
  }
}

function windowOf({ misses, delivered }: Supporter): number {
  if (misses > 0) return 1
  return delivered === 0 ? FIRST_WINDOW : WINDOW
}

/** Whose turn comes first: who had fewer, then who has proven to answer. */
function isBefore(a: Supporter, b: Supporter): boolean {
  return a.aloneTries === b.aloneTries ? a.delivered > b.delivered : a.aloneTries < b.aloneTries
}

function evidenceOf<P>(parts: readonly Uint8Array[], senders: readonly (P | undefined)[]): Evidence<P>[] {
  return parts.flatMap((part, piece) => {
    const peer = senders[piece]
    return peer === undefined ? [] : [{ peer, piece, digest: digestOf(part) }]
  })
}

function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64')
}

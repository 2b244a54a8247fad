// Who spoiled a piece. A corrupt piece with one contributor names its sender at once. With several, the digests of its
// blocks are kept and the piece is fetched again from one peer: when that attempt is right, the blocks that differ name
// the liars; when it is wrong too, its single sender is one.

import { bytesEqual } from '@ccbt/primitives'
import type { PeerSlot, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import { NO_SLOT } from '@ccbt/piece-picker'
import type { PiecePicker } from '@ccbt/piece-picker'

/** Bytes of a block digest (SHA-1). */
const DIGEST_BYTES = 20
/** Corrupt attempts whose digests are kept per piece. */
const MAX_ATTEMPTS = 4
/** Pieces with kept attempts; beyond that the oldest is forgotten. */
const MAX_SUSPECT_PIECES = 256

interface Attempt {
  readonly digests: Uint8Array
  /** Sender of each block, as a slot. */
  readonly senders: Uint16Array
}

/** What blame needs and tells. */
export interface BlameParts {
  readonly picker: PiecePicker
  readonly store: PieceStore
  /** Who shall send the whole piece again; undefined = there is nobody just now. */
  readonly chooseSender: (piece: PieceIndex) => PeerSlot | undefined
  /** A peer is found to have sent bad data. */
  readonly ban: (slot: PeerSlot, piece: PieceIndex) => void
}

/** Finds the senders of bad blocks. */
export class Blame {
  readonly #parts: BlameParts
  readonly #attempts = new Map<PieceIndex, Attempt[]>()

  constructor(parts: BlameParts) {
    this.#parts = parts
  }

  /** A piece did not hash right: has it fetched again. */
  corrupt(piece: PieceIndex, digests: Uint8Array): void {
    const senders = new Uint16Array(digests.length / DIGEST_BYTES)
    this.#parts.picker.contributors(piece, senders)
    this.#parts.picker.failed(piece)
    const distinct = new Set(senders)
    const [only] = distinct
    if (distinct.size === 1 && only !== undefined && only !== NO_SLOT) {
      this.#parts.ban(only as PeerSlot, piece)
      return
    }
    this.#keep(piece, { digests, senders })
    this.#parts.picker.setExclusive(piece, this.#parts.chooseSender(piece))
    this.#parts.store.withDigests(piece)
  }

  /** A piece that was corrupt before is right now; `digests` are those of its good blocks. */
  stored(piece: PieceIndex, digests: Uint8Array): void {
    const liars = new Set<number>()
    for (const attempt of this.#attempts.get(piece) ?? []) {
      for (let block = 0; block < attempt.senders.length; block++) {
        const good = digests.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES)
        const was = attempt.digests.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES)
        if (!bytesEqual(good, was) && attempt.senders[block] !== NO_SLOT) liars.add(attempt.senders[block]!)
      }
    }
    this.#attempts.delete(piece)
    for (const slot of liars) this.#parts.ban(slot as PeerSlot, piece)
  }

  #keep(piece: PieceIndex, attempt: Attempt): void {
    const attempts = this.#attempts.get(piece) ?? []
    attempts.push(attempt)
    if (attempts.length > MAX_ATTEMPTS) attempts.shift()
    this.#attempts.set(piece, attempts)
    if (this.#attempts.size <= MAX_SUSPECT_PIECES) return
    for (const oldest of this.#attempts.keys()) {
      this.#attempts.delete(oldest)
      return
    }
  }
}

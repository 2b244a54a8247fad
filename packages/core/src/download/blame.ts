// Who spoiled a piece. A corrupt piece with one contributor names its sender at once. With several it depends on what is
// known of its blocks:
// - With a Merkle tree (BEP 52) peers are asked for the hashes of the blocks. They name the bad ones and their senders,
//   and nothing but these blocks is fetched again.
// - Otherwise the digests of the blocks are kept and the piece is fetched again from one peer: when that attempt is right,
//   the blocks that differ name the liars; when it is wrong too, its single sender is one.

import { Bitfield, BLOCK_LENGTH, bytesEqual, isCcbtError } from '@ccbt/primitives'
import type { Layout, PeerSlot, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import { NO_SLOT } from '@ccbt/piece-picker'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { LeafFinder } from '../hashes/leaf-finder.ts'
import type { Connection } from '../peer/connection.ts'

/** Corrupt attempts whose digests are kept per piece. */
const MAX_ATTEMPTS = 4
/** Pieces with kept attempts; beyond that the oldest is forgotten. */
const MAX_SUSPECT_PIECES = 256

interface Attempt {
  /** One hash for each block. */
  readonly digests: Uint8Array
  /** Sender of each block, as a slot. */
  readonly senders: Uint16Array
}

/** What blame needs and tells. */
export interface BlameParts {
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly store: Pick<PieceStore, 'restore' | 'withDigests'>
  /** Absent where blocks have no hashes that peers could tell. */
  readonly leaves: Pick<LeafFinder<Connection>, 'known' | 'seek' | 'forget'> | undefined
  /** Who shall send the whole piece again; undefined = there is nobody just now. */
  readonly chooseSender: (piece: PieceIndex) => PeerSlot | undefined
  /** A peer is found to have sent bad data. */
  readonly ban: (slot: PeerSlot, piece: PieceIndex) => void
  /** Gives up what has come of a piece that was begun anew meanwhile. */
  readonly abandon: (piece: PieceIndex) => void
  /** How much of a wrong piece came from this machine. */
  readonly bytesFromHere: (piece: PieceIndex) => number
  /** It is known which blocks of a wrong piece are right; gives how many of the others came from this machine. */
  readonly onJudged: (piece: PieceIndex, good: Bitfield) => number
  /** So many bytes have to be fetched again. */
  readonly onWaste: (bytes: number) => void
}

/** Finds the senders of bad blocks. */
export class Blame {
  readonly #parts: BlameParts
  readonly #attempts = new Map<PieceIndex, Attempt[]>()
  /** Pieces whose block hashes are being asked for: in the picker they stay complete. */
  readonly #waiting = new Map<PieceIndex, Attempt>()
  readonly #abort = new AbortController()

  constructor(parts: BlameParts) {
    this.#parts = parts
  }

  /** Nothing is fetched again from here on. */
  stop(): void {
    this.#abort.abort()
    this.#waiting.clear()
  }

  /** A piece did not hash right: has what is bad of it fetched again. */
  corrupt(piece: PieceIndex, digests: Uint8Array): void {
    const { layout, leaves, picker } = this.#parts
    const blocks = layout.blocksIn(piece)
    const senders = new Uint16Array(blocks)
    picker.contributors(piece, senders)
    const attempt = { digests, senders }
    const known = leaves?.known(piece)
    if (known !== undefined) this.#judge(piece, attempt, known)
    else if (leaves?.seek(piece, blocks) === true) {
      this.#waiting.set(piece, attempt)
      const only = onlySender(attempt)
      if (only === undefined) return
      senders.fill(NO_SLOT)
      this.#parts.ban(only, piece)
    } else this.#fetchAgain(piece, attempt)
  }

  /** Peers have told the hashes of a piece's blocks. */
  leavesFound(piece: PieceIndex, leaves: Uint8Array): void {
    const attempt = this.#waiting.get(piece)
    if (this.#waiting.delete(piece) && attempt !== undefined) this.#judge(piece, attempt, leaves)
  }

  /** Nobody tells them. */
  leavesNotFound(piece: PieceIndex): void {
    const attempt = this.#waiting.get(piece)
    if (this.#waiting.delete(piece) && attempt !== undefined) this.#fetchAgain(piece, attempt)
  }

  /** A piece is right. Where it was corrupt before, `digests` are those of its good blocks. */
  stored(piece: PieceIndex, digests: Uint8Array | undefined): void {
    this.#parts.leaves?.forget(piece)
    const attempts = this.#attempts.get(piece)
    if (digests === undefined || attempts === undefined) return
    this.#attempts.delete(piece)
    const liars = new Set(
      attempts.flatMap((attempt) => differences(attempt, digests).map((at) => attempt.senders[at]!)),
    )
    this.#banAll(liars, piece)
  }

  /** The hash of each block is known: those that differ are bad, and the others stay. */
  #judge(piece: PieceIndex, attempt: Attempt, leaves: Uint8Array): void {
    const bad = differences(attempt, leaves)
    const good = new Bitfield(attempt.senders.length)
    good.fill()
    for (const block of bad) good.clear(block)
    const notReceived = this.#parts.onJudged(piece, good)
    this.#parts.onWaste((bad.length - notReceived) * BLOCK_LENGTH)
    void this.#keepGood(piece, good)
    this.#banAll(new Set(bad.map((at) => attempt.senders[at]!)), piece)
  }

  async #keepGood(piece: PieceIndex, good: Bitfield): Promise<void> {
    const { abandon, picker, store } = this.#parts
    abandon(piece)
    const blocks = await store.restore({ piece, blocks: good.bytes }, this.#abort.signal).catch((error: unknown) => {
      // The torrent stops.
      if (isCcbtError(error, 'ABORTED')) return undefined
      throw error
    })
    if (this.#abort.signal.aborted) return
    picker.failed(piece)
    if (blocks !== undefined) picker.restored(piece, blocks)
  }

  #fetchAgain(piece: PieceIndex, attempt: Attempt): void {
    const { bytesFromHere, layout, picker, store } = this.#parts
    this.#parts.onWaste(layout.pieceLength(piece) - bytesFromHere(piece))
    picker.failed(piece)
    if (attempt.senders.every((slot) => slot === NO_SLOT)) return
    const only = onlySender(attempt)
    if (only !== undefined) {
      this.#parts.ban(only, piece)
      return
    }
    this.#keep(piece, attempt)
    picker.setExclusive(piece, this.#parts.chooseSender(piece))
    store.withDigests(piece)
  }

  #banAll(slots: Iterable<number>, piece: PieceIndex): void {
    // Every number among the senders came in as a PeerSlot.
    for (const slot of slots) if (slot !== NO_SLOT) this.#parts.ban(slot as PeerSlot, piece)
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

function onlySender({ senders }: Attempt): PeerSlot | undefined {
  const distinct = new Set(senders)
  const [only] = distinct
  return distinct.size === 1 && only !== undefined && only !== NO_SLOT ? (only as PeerSlot) : undefined
}

/** The blocks whose digests are not those of `good`. */
function differences({ digests, senders }: Attempt, good: Uint8Array): number[] {
  const length = digests.length / senders.length
  const isSame = (block: number): boolean =>
    bytesEqual(
      digests.subarray(block * length, (block + 1) * length),
      good.subarray(block * length, (block + 1) * length),
    )
  return Array.from(senders.keys()).filter((block) => !isSame(block))
}

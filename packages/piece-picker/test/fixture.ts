import { Bitfield, Layout, seededRandom } from '@ccbt/primitives'
import type { BlockId, PeerSlot, PieceIndex } from '@ccbt/primitives'
import { createPicker } from '../src/index.ts'
import type { PickerOptions, PiecePicker } from '../src/index.ts'

/** A torrent of whole pieces. */
export function layoutOf(pieces: number, blocksPerPiece: number): Layout {
  return new Layout({ totalLength: pieces * blocksPerPiece * 16_384, pieceLength: blocksPerPiece * 16_384 })
}

/** Each look at it is a millisecond after the one before. */
export function hurriedClock(): PickerOptions['clock'] {
  let nowMs = 0
  return { now: () => ++nowMs }
}

/** A picker that starts rarest first, and its layout. */
export function pickerOf(
  pieces: number,
  blocksPerPiece: number,
  options: Partial<PickerOptions> = {},
): { picker: PiecePicker; layout: Layout } {
  const layout = layoutOf(pieces, blocksPerPiece)
  return {
    layout,
    picker: createPicker({ layout, clock: hurriedClock(), random: seededRandom(1), randomFirst: 0, ...options }),
  }
}

export function slot(n: number): PeerSlot {
  return n as PeerSlot
}

export function piece(n: number): PieceIndex {
  return n as PieceIndex
}

/** Connects a peer with these pieces, or with all. */
export function connect(picker: PiecePicker, n: number, pieces: Iterable<number> | 'all'): PeerSlot {
  picker.peerAdded(slot(n))
  if (pieces === 'all') picker.peerHasAll(slot(n))
  else {
    const bits = new Bitfield(picker.have.size)
    for (const p of pieces) bits.set(p)
    picker.peerBitfield(slot(n), bits)
  }
  return slot(n)
}

export function pick(picker: PiecePicker, peer: PeerSlot, want: number): BlockId[] {
  const out = new Uint32Array(want)
  return Array.from(out.subarray(0, picker.pick(peer, want, out)), (block) => block as BlockId)
}

/** Integers from `from` up to, not including, `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n)
}

export function sorted(blocks: Iterable<number>): number[] {
  return [...blocks].sort((a, b) => a - b)
}

// How well the parts of a torrent are supplied by the connected peers.

import type { PieceIndex } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'

/** So many connections, or more. */
const MOST = 255

/**
 * For each of at most `parts` equal parts: how many connections have the rarest of its missing pieces, or of all when none
 * is missing; 255 = so many or more. O(pieces).
 */
export function availabilityOf(picker: Pick<PiecePicker, 'have' | 'availability'>, parts: number): number[] {
  const pieces = picker.have.size
  const length = Math.min(parts, pieces)
  const start = (part: number): number => Math.floor((part * pieces) / length)
  return Array.from({ length }, (_, part) => rarest(picker, start(part), start(part + 1)))
}

function rarest(picker: Pick<PiecePicker, 'have' | 'availability'>, from: number, to: number): number {
  let ofMissing = Number.MAX_SAFE_INTEGER
  let ofAll = MOST
  for (let piece = from; piece < to; piece++) {
    const count = picker.availability(piece as PieceIndex)
    if (count < ofAll) ofAll = count
    if (count < ofMissing && !picker.have.has(piece)) ofMissing = count
  }
  return ofMissing === Number.MAX_SAFE_INTEGER ? ofAll : Math.min(MOST, ofMissing)
}

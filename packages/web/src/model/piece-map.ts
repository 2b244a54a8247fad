// A bitfield as a map of cells: with more pieces than cells, a cell stands for several. What is missing has a supply.

/** What the daemon sends as base64: a bit for each piece, or a byte for each part of the supply. */
export function decodeBytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** Per cell the share of its pieces that are there, 0 to 1. At most `maxCells`; the pieces are spread evenly. */
export function pieceCells(have: Uint8Array, pieces: number, maxCells: number): Float32Array {
  const cells = new Float32Array(Math.min(pieces, maxCells))
  for (let cell = 0; cell < cells.length; cell++) {
    const first = Math.floor((cell * pieces) / cells.length)
    const end = Math.floor(((cell + 1) * pieces) / cells.length)
    cells[cell] = countBits(have, first, end) / (end - first)
  }
  return cells
}

/** How many peers have what is missing of a cell. */
export type Supply = 'unknown' | 'nobody' | 'one' | 'few' | 'many'

/** From so many peers on, one that leaves does not matter. */
export const MANY_PEERS = 5

/**
 * The supply of a cell of `cells`, by its rarest part; `parts` are the connections that have each equal part of the
 * torrent, none when that is not known.
 */
export function supplyOf(parts: Uint8Array, cell: number, cells: number): Supply {
  const from = Math.floor((cell * parts.length) / cells)
  const end = Math.max(from + 1, Math.floor(((cell + 1) * parts.length) / cells))
  const peers = Math.min(...parts.subarray(from, end))
  if (peers === Infinity) return 'unknown'
  if (peers === 0) return 'nobody'
  if (peers === 1) return 'one'
  return peers < MANY_PEERS ? 'few' : 'many'
}

function countBits(have: Uint8Array, first: number, end: number): number {
  let count = 0
  for (let piece = first; piece < end; piece++) count += ((have[piece >> 3] ?? 0) >> (7 - (piece & 7))) & 1
  return count
}

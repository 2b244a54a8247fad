// A bitfield as a map of cells: with more pieces than cells, a cell stands for several.

/** The bits of the daemon's base64, one byte each eight pieces. */
export function decodeHave(base64: string): Uint8Array {
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

function countBits(have: Uint8Array, first: number, end: number): number {
  let count = 0
  for (let piece = first; piece < end; piece++) count += ((have[piece >> 3] ?? 0) >> (7 - (piece & 7))) & 1
  return count
}

// How much of each file is verified, from the bits of the pieces.

import type { Metainfo } from '@ccbt/metainfo'

/** Verified bytes of each file, in the order of the torrent. One pass over files and pieces. */
export function fileProgress({ files, pieceLength }: Metainfo, have: Uint8Array): number[] {
  return files.map(({ offset, length }) => {
    let done = 0
    const end = offset + length
    for (let piece = Math.floor(offset / pieceLength); piece * pieceLength < end; piece++) {
      if (((have[piece >>> 3] ?? 0) & (0x80 >>> (piece & 7))) === 0) continue
      const from = Math.max(offset, piece * pieceLength)
      done += Math.min(end, (piece + 1) * pieceLength) - from
    }
    return done
  })
}

// The byte space of a torrent as its peers number it, and what its pieces hash to.

import type { PieceTree } from '@ccbt/disk-io'
import type { Metainfo, MetainfoFile } from '@ccbt/metainfo'
import { Layout } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'

import { PieceTrees } from '../hashes/piece-trees.ts'

/** Pieces and files of one torrent. */
export interface ByteSpace {
  readonly layout: Layout
  /** In the order of the torrent and by its indexes; perhaps with padding behind them. */
  readonly files: readonly MetainfoFile[]
  /** Absent for a v1 torrent. */
  readonly trees: PieceTrees | undefined
  /** The v2 hashes of a piece, as far as they are known. */
  readonly treeOf: (piece: PieceIndex) => PieceTree | undefined
}

/**
 * A v2 torrent ends with a whole piece: libtorrent puts padding behind its last file too, and asks for the last block in
 * its full length.
 */
export function byteSpaceOf(metainfo: Metainfo): ByteSpace {
  const { kind, files, pieceLength, totalLength } = metainfo
  const missing = kind === 'v2' ? (pieceLength - (totalLength % pieceLength)) % pieceLength : 0
  const all = missing === 0 ? files : [...files, padding(totalLength, missing)]
  const layout = new Layout({
    totalLength: totalLength + missing,
    pieceLength,
    padding: all.filter((file) => file.isPad),
  })
  const trees = kind === 'v1' ? undefined : new PieceTrees(metainfo)
  return { layout, files: all, trees, treeOf: (piece) => trees?.pieceTree(piece) }
}

/** Indexes of the files that are not padding: those that have a place on disk. */
export function placedFiles(files: readonly MetainfoFile[]): number[] {
  return [...files.keys()].filter((index) => files[index]?.isPad !== true)
}

function padding(offset: number, length: number): MetainfoFile {
  return { path: ['.pad', String(length)], rawPath: '', length, offset, isPad: true, isExecutable: false }
}

// Files that two torrents have in common: since every file of a v2 or hybrid torrent has a tree of its own (BEP 52), equal
// roots and lengths mean equal content, whatever the pieces and names are.

import { toHex } from '@ccbt/primitives'
import type { Metainfo } from './metainfo.ts'

/** Indexes of two files with the same content. */
export interface SameFile {
  readonly here: number
  readonly there: number
}

/**
 * For each file of `here` with data that `there` has too, the first of them. Empty when one of the two is a v1 torrent.
 * @example sameFiles(newTorrent, oldTorrent).map(({ there }) => oldTorrent.files[there].path)
 */
export function sameFiles(here: Pick<Metainfo, 'files'>, there: Pick<Metainfo, 'files'>): SameFile[] {
  const known = new Map<string, number>()
  for (const [index, file] of there.files.entries()) {
    const key = contentKey(file)
    if (key !== undefined && !known.has(key)) known.set(key, index)
  }
  return here.files.flatMap((file, index) => {
    const twin = known.get(contentKey(file) ?? '')
    return twin === undefined ? [] : [{ here: index, there: twin }]
  })
}

function contentKey({ piecesRoot, length }: Metainfo['files'][number]): string | undefined {
  return piecesRoot === undefined ? undefined : `${length} ${toHex(piecesRoot)}`
}

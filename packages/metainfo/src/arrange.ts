// The order and padding of a new torrent's files, decided before anything is hashed: v1 hashes run across file borders.

import type { Metainfo } from './metainfo.ts'
import { comparePaths } from './path-order.ts'
import type { SpecFile } from './spec.ts'

/** BEP 47 recommends the name. */
const PAD_FOLDER = '.pad'

/** How the files of a new torrent are to lie in its byte space. */
export interface Arrangement {
  readonly kind: Metainfo['kind']
  /** Bytes. */
  readonly pieceLength: number
  /** Whether every file of a v1 torrent shall begin with a piece, as it does in v2 and hybrid torrents. */
  readonly align?: boolean
}

/**
 * The files in the order of the torrent: as given for v1, else by the bytes of their paths, as the file tree has them
 * (BEP 52). In hybrid and aligned torrents of several files every file with data begins with a piece: padding (BEP 47)
 * fills the gaps. A hybrid has padding behind its last file as well: libtorrent and the reference creator of BEP 52 put
 * it there, and the same files are to give the same info-hash.
 * @example arrangeFiles(files, { kind: 'hybrid', pieceLength: 2 ** 20 }).filter((file) => file.isPad)
 */
export function arrangeFiles<File extends SpecFile>(
  files: readonly File[],
  arrangement: Arrangement,
): (File | SpecFile)[] {
  const { kind, align = false } = arrangement
  if (kind === 'v1' && !align) return [...files]
  const sorted = files.toSorted((a, b) => comparePaths(a.path, b.path))
  return kind === 'v2' || sorted.length === 1 ? sorted : withPadding(sorted, arrangement)
}

function withPadding<File extends SpecFile>(
  files: readonly File[],
  { kind, pieceLength }: Arrangement,
): (File | SpecFile)[] {
  const pad = padMaker(files)
  const last = kind === 'hybrid' ? files.length : files.findLastIndex((file) => file.length > 0)
  return files.flatMap((file, index) => {
    const over = file.length % pieceLength
    return over > 0 && index !== last ? [file, pad(pieceLength - over)] : [file]
  })
}

/**
 * Makes padding with a path of its own: the length, and from the second of a length on a number behind it. rtorrent loads
 * no torrent with two files of one path, be they padding or not.
 */
function padMaker(files: readonly SpecFile[]): (length: number) => SpecFile {
  const taken = new Set(files.flatMap(({ path }) => (path[0] === PAD_FOLDER ? path.slice(1, 2) : [])))
  const counts = new Map<number, number>()
  return (length) => {
    let count = counts.get(length) ?? 0
    let name: string
    do name = ++count === 1 ? String(length) : `${length}.${count}`
    while (taken.has(name))
    counts.set(length, count)
    return { path: [PAD_FOLDER, name], length, isPad: true }
  }
}

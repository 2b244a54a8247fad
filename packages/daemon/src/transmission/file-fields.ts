// The fields of `torrent-get` that are about files. Transmission knows no padding: files are numbered without it, and
// three priorities stand for our seven.

import type { Metainfo } from '@ccbt/metainfo'

import { fileProgress } from '../faces/file-progress.ts'
import type { Field, FieldSource } from './field-source.ts'

const NORMAL = 4
/** Their priorities as ours; ours as theirs are -1, 0 and 1. */
export const PRIORITY: Readonly<Record<'low' | 'normal' | 'high', number>> = { low: 1, normal: NORMAL, high: 7 }

/** Every field by its name. */
export const FILE_FIELDS: Readonly<Record<string, Field>> = {
  files: (source) => filesOf(source).map(({ done, length, name }) => ({ bytesCompleted: done, length, name })),
  fileStats: (source) =>
    filesOf(source).map(({ done, isWanted, priority }) => ({ bytesCompleted: done, wanted: isWanted, priority })),
  priorities: (source) => filesOf(source).map(({ priority }) => priority),
  wanted: (source) => filesOf(source).map(({ isWanted }) => Number(isWanted)),
  fileCount: countOf,
  'file-count': countOf,
}

/** The indexes that real files of a torrent have among all of them, in the order in which clients number them. */
export function shownFiles({ files }: Metainfo): number[] {
  return files.flatMap(({ isPad }, index) => (isPad ? [] : [index]))
}

function countOf({ metainfo }: FieldSource): number {
  const known = metainfo()
  return known === undefined ? 0 : shownFiles(known).length
}

interface FileFacts {
  readonly name: string
  readonly length: number
  readonly done: number
  readonly isWanted: boolean
  readonly priority: number
}

function filesOf({ torrent, metainfo }: FieldSource): FileFacts[] {
  const known = metainfo()
  if (known === undefined) return []
  const { select, priorities } = torrent.wishes()
  const selected = select === undefined ? undefined : new Set(select)
  const done = fileProgress(known, torrent.handle?.have ?? new Uint8Array(0))
  // A file may have another name by now than in the torrent.
  const placed = torrent.handle?.files() ?? known.files
  return shownFiles(known).map((index) => {
    const { path, length } = placed[index] ?? known.files[index]!
    return {
      name: path.join('/'),
      length,
      done: done[index] ?? 0,
      isWanted: selected?.has(index) ?? true,
      priority: Math.sign((priorities?.[index] ?? NORMAL) - NORMAL),
    }
  })
}

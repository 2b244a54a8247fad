// Which files of a torrent `--select` means: indexes, ranges of indexes and glob patterns.

import { matchesFile } from '@ccbt/core'

import { usageError } from '../errors.ts'

/** What the selection looks at of a file of a torrent. */
export interface SelectableFile {
  readonly path: readonly string[]
  readonly isPad: boolean
}

const RANGE = /^(\d{1,9})(?:-(\d{1,9}))?$/

/**
 * The indexes of the chosen files in ascending order. An item is an index, a range or a glob pattern; the pattern is
 * matched with the whole path, the path inside the torrent's folder and, when it has no slash, the file name.
 * @throws CcbtError CLI_USAGE when an item chooses nothing.
 * @example selectFiles(['0,2-5', '*.iso'], metainfo.files)
 */
export function selectFiles(lists: readonly string[], files: readonly SelectableFile[]): number[] {
  const chosen = new Set<number>()
  const items = lists.flatMap((list) => list.split(',')).map((item) => item.trim())
  for (const item of items.filter((item) => item !== '')) {
    const range = RANGE.exec(item)
    const found = range === null ? matching(item, files) : span(item, range, files.length)
    if (found.length === 0) throw usageError('--select', `--select: no file matches '${item}' (see: ccbt info)`)
    for (const index of found) chosen.add(index)
  }
  if (chosen.size === 0) throw usageError('--select', '--select: names no file')
  return [...chosen].sort((a, b) => a - b)
}

function span(item: string, range: RegExpExecArray, files: number): number[] {
  const first = Number(range[1])
  const last = range[2] === undefined ? first : Number(range[2])
  if (first > last) throw usageError('--select', `--select: '${item}' runs backwards`)
  if (last >= files) throw usageError('--select', `--select: there is no file ${last}, the last one is ${files - 1}`)
  return Array.from({ length: last - first + 1 }, (_, n) => first + n)
}

function matching(pattern: string, files: readonly SelectableFile[]): number[] {
  return files.flatMap(({ path, isPad }, index) => (!isPad && matchesFile(path, pattern) ? [index] : []))
}

// Which files a request wants, and how urgently. An empty list means all files; numbers are those that clients see, which
// leave padding out.

import type { Metainfo } from '@ccbt/metainfo'

import type { FileChoice } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import { integersOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { TorrentSettings } from '../state/torrent-record.ts'
import { PRIORITY, shownFiles } from './file-fields.ts'

type Choice = Pick<TorrentSettings, 'select' | 'priorities'>

/** Whether a request says anything about files. */
export function choosesFiles(args: Arguments): boolean {
  return ['files-wanted', 'files-unwanted', 'priority-high', 'priority-low', 'priority-normal'].some((name) =>
    Array.isArray(args[name]),
  )
}

/** What the files of a torrent become. @throws DAEMON_REQUEST_INVALID for a file that there is not */
export function chosenFiles(args: Arguments, metainfo: Metainfo, { select, priorities }: Choice): FileChoice {
  const shown = shownFiles(metainfo)
  const listed = (name: string): number[] => realIndexes(integersOf(args, name), shown)
  const wanted = new Set(select ?? metainfo.files.keys())
  for (const index of listed('files-unwanted')) wanted.delete(index)
  for (const index of listed('files-wanted')) wanted.add(index)
  const levels = metainfo.files.map((_, index) => priorities?.[index] ?? PRIORITY.normal)
  for (const level of ['low', 'normal', 'high'] as const) {
    for (const index of listed(`priority-${level}`)) levels[index] = PRIORITY[level]
  }
  return { select: [...wanted].toSorted((a, b) => a - b), priorities: levels }
}

function realIndexes(numbers: readonly number[] | undefined, shown: readonly number[]): number[] {
  if (numbers === undefined) return []
  if (numbers.length === 0) return [...shown]
  return numbers.map((number) => {
    const index = shown[number]
    if (index === undefined) throw invalidRequest(`there is no file ${number}; the torrent has ${shown.length}`)
    return index
  })
}

// Priorities of files: qBittorrent has 0 (not wanted), 1 (normal), 6 (high) and 7 (most), and we 0 to 7 with 4 as normal.

import { invalidRequest } from '../errors.ts'
import { NORMAL_PRIORITY } from '../faces/detail.ts'

const OURS: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, NORMAL_PRIORITY],
  // Older clients count in fours.
  [4, NORMAL_PRIORITY],
  [6, 6],
  [7, 7],
])

/** Our priority for one of theirs. @throws DAEMON_REQUEST_INVALID */
export function priorityOf(theirs: number): number {
  const ours = OURS.get(theirs)
  if (ours === undefined) throw invalidRequest('priority must be 0, 1, 6 or 7')
  return ours
}

/** Their priority for one of ours: the next one that they have. */
export function filePriority(ours: number): number {
  if (ours === 0 || ours === 7) return ours
  return ours > NORMAL_PRIORITY ? 6 : 1
}

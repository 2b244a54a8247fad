// Whether what a download still has to write fits on its disk: the one rule, for the guard of a daemon's disks and for
// transfers without a daemon.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { TorrentHandle, TorrentSummary } from '@ccbt/core'

/** A download that does not fit. */
export interface Shortage {
  /** What it still has to write, bytes. */
  readonly neededBytes: number
  /** What there is for it. */
  readonly roomBytes: number
}

/** A download, with the files of its torrent. */
export type Download = Pick<TorrentHandle, 'summary' | 'files'>

const WRITING: ReadonlySet<TorrentSummary['phase']> = new Set(['downloading', 'queued'])
const BLOCK_BYTES = 512

/** Whether a torrent writes data, or begins to when the queue says so. Thousands that seed cost nothing here. */
export function isWriting(download: Pick<TorrentHandle, 'phase' | 'summary'> | undefined): boolean {
  return download !== undefined && WRITING.has(download.phase) && missingBytes(download.summary()) > 0
}

/** What is wanted and not there. */
export function missingBytes({ wantedLength, wantedDone }: TorrentSummary): number {
  return wantedLength - wantedDone
}

/** Undefined = it fits. Its files are looked at only when it matters what of the missing they have space for already. */
export async function shortageOf(download: Download, roomBytes: number): Promise<Shortage | undefined> {
  const summary = download.summary()
  const missing = missingBytes(summary)
  if (missing <= roomBytes) return undefined
  const neededBytes = Math.min(missing, await unallocatedBytes(summary.directory, download, missing))
  return neededBytes <= roomBytes ? undefined : { neededBytes, roomBytes }
}

/** What of the wanted files has no space on the disk yet, `enough` at least when it is more than that. */
async function unallocatedBytes(directory: string, download: Download, enough: number): Promise<number> {
  let bytes = 0
  for (const { path, length, isPad, priority } of download.files()) {
    if (isPad || priority === 0) continue
    bytes += Math.max(0, length - (await allocatedBytes(join(directory, ...path))))
    if (bytes >= enough) break
  }
  return bytes
}

async function allocatedBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).blocks * BLOCK_BYTES
  } catch {
    // It is not there yet, or whoever writes it will tell what is wrong with it.
    return 0
  }
}

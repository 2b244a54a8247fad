// What another program knows of a torrent's data, made into a record of our own. A file counts as verified only when it has
// its whole length and nothing has changed it since: everything else is hashed.

import { lstat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { encodeResumeRecord } from '@ccbt/disk-io'
import type { Metainfo } from '@ccbt/metainfo'
import type { Bitfield } from '@ccbt/primitives'

/** What another program says of the data in `directory`. */
export interface ForeignData {
  readonly directory: string
  /** Pieces that it has verified. */
  readonly verified: Bitfield
  /** Whether a file with this time (milliseconds since 1970) is as it was verified. */
  readonly isUnchanged: (file: number, mtimeMs: number) => boolean
  readonly uploadedBytes: number
  readonly downloadedBytes: number
  /** Milliseconds since 1970. */
  readonly addedAtMs: number
}

/** What is said of it as `AddOptions.record` takes it. It looks at the files and reads none. */
export async function recordOfForeignData(metainfo: Metainfo, data: ForeignData): Promise<string> {
  const { directory, verified, uploadedBytes, downloadedBytes, addedAtMs } = data
  const files = []
  for (const [index, { path, length }] of metainfo.files.entries()) {
    // Missing and unreadable files are hashed, which finds out.
    const stats = await lstat(join(resolve(directory), ...path)).catch(() => undefined)
    const isGood = stats?.isFile() === true && stats.size === length && data.isUnchanged(index, stats.mtimeMs)
    files.push(
      isGood
        ? { exists: true, size: length, mtimeNs: Math.round(stats.mtimeMs * 1e6) }
        : { exists: false, size: 0, mtimeNs: 0 },
    )
  }
  const { infoHash } = metainfo
  const record = encodeResumeRecord({ infoHash, directory, verified, files, uploadedBytes, downloadedBytes, addedAtMs })
  return JSON.stringify({ data: record.toString(), names: [] })
}

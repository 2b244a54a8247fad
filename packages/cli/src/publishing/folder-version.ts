// A folder as it is now, as a torrent: v2, so that a file which has not changed keeps its root whatever is around it.

import { arrangeFiles, buildTorrent, checkPlan, choosePieceLength, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { usageError } from '../errors.ts'
import { hashSource } from '../making/hash-source.ts'
import { checkUnchanged, readSourceTree } from '../making/source-tree.ts'

/** A folder as it was when it was read. */
export interface FolderVersion {
  readonly metainfo: Metainfo
  /** What a torrent cannot hold and why, one line each. */
  readonly leftOut: readonly string[]
}

/** Which of its files, and when to stop. */
export interface FolderOptions {
  readonly exclude: readonly string[]
  readonly signal: AbortSignal
}

/** Reads all of it. Rejects with ABORTED, CLI_FILE_CHANGED, CLI_FILE_NOT_FOUND, CLI_USAGE, DISK_*. */
export async function folderVersion(path: string, { exclude, signal }: FolderOptions): Promise<FolderVersion> {
  const tree = await readSourceTree(path, { exclude })
  if (!tree.isFolder) throw usageError('dir', `${path} is a file: publish the folder that it is in`)
  const total = tree.files.reduce((sum, file) => sum + file.length, 0)
  if (total === 0) throw usageError('dir', `${path}: there is no data to publish`)
  const pieceLength = choosePieceLength(total)
  const torrent = {
    kind: 'v2',
    name: tree.name,
    isMultiFile: true,
    files: arrangeFiles(tree.files, { kind: 'v2', pieceLength, align: false }),
    pieceLength,
  } as const
  checkPlan(torrent)
  const hashed = await hashSource(torrent, { signal, onProgress: () => {} })
  await checkUnchanged(tree)
  return { metainfo: parseTorrent(buildTorrent(hashed)), leftOut: tree.leftOut }
}

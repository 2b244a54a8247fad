// Hashes the files of a new torrent: what its kind needs, in one pass over the data.

import { systemClock } from '@ccbt/core'
import { createDiskIo } from '@ccbt/disk-io'
import type { DiskIo } from '@ccbt/disk-io'
import { collectFileHashes } from '@ccbt/metainfo'
import type { FileHashCollector, FileHashes, SpecFile, TorrentSpec } from '@ccbt/metainfo'
import type { SourceFile } from './source-tree.ts'

/** The torrent without its hashes, with files as `arrangeFiles` gives them. */
export interface UnhashedTorrent extends TorrentSpec {
  readonly kind: NonNullable<TorrentSpec['kind']>
  readonly files: readonly (SourceFile | SpecFile)[]
}

/** How it goes. */
export interface HashProgress {
  readonly signal: AbortSignal
  /** `bytes` more are hashed. */
  onProgress(bytes: number): void
}

/** The torrent with its hashes. Rejects with ABORTED, DISK_FILE_TRUNCATED or DISK_READ_FAILED. */
export async function hashSource(torrent: UnhashedTorrent, progress: HashProgress): Promise<TorrentSpec> {
  await using disk = createDiskIo({ clock: systemClock })
  if (torrent.kind !== 'v1') return await hashTrees(disk, torrent, progress)
  const { pieceLength } = torrent
  const files = torrent.files.map((file) => ({ absolutePath: placeOf(file), length: file.length }))
  return { ...torrent, pieceHashes: await disk.hashFiles({ files, pieceLength, ...progress }) }
}

async function hashTrees(disk: DiskIo, torrent: UnhashedTorrent, progress: HashProgress): Promise<TorrentSpec> {
  const { kind, pieceLength } = torrent
  const sources = alignedFiles(torrent.files)
  const collectors = new Map<number, FileHashCollector>()
  const hashes = new Map<SpecFile, FileHashes>()
  const digests = await disk.hashBlocks({
    files: sources.map(({ file, padding }) => ({ absolutePath: file.absolutePath, length: file.length, padding })),
    pieceLength,
    wantsPieces: kind === 'hybrid',
    onLeaves: (index, firstPiece, leaves) => {
      const { file } = sources[index]!
      const collector = collectors.get(index) ?? collectFileHashes({ length: file.length, pieceLength })
      collectors.set(index, collector)
      const complete = collector.add(firstPiece, leaves)
      if (complete === undefined) return
      hashes.set(file, complete)
      collectors.delete(index)
    },
    ...progress,
  })
  const files = torrent.files.map((file) => withHashes(file, hashes.get(file)))
  return { ...torrent, files, ...(kind === 'hybrid' ? { pieceHashes: digests } : {}) }
}

function withHashes(file: SpecFile, hashes: FileHashes | undefined): SpecFile {
  return hashes === undefined ? file : { ...file, hashes }
}

interface PaddedFile {
  readonly file: SourceFile
  readonly padding: number
}

/** The real files, each with the length of the padding behind it. */
function alignedFiles(files: readonly (SourceFile | SpecFile)[]): PaddedFile[] {
  return files.flatMap((file, index) => {
    const next = files[index + 1]
    return isSource(file) ? [{ file, padding: next?.isPad === true ? next.length : 0 }] : []
  })
}

function placeOf(file: SourceFile | SpecFile): string | undefined {
  return isSource(file) ? file.absolutePath : undefined
}

function isSource(file: SourceFile | SpecFile): file is SourceFile {
  return 'absolutePath' in file
}

// Adds the Xet hashes of the files of a new torrent, and their chunks to the index.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SpecFile, TorrentSpec } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { createChunkIndex, createFileChunker } from '@ccbt/xet'
import type { HashProgress } from './hash-source.ts'
import type { SourceFile } from './source-tree.ts'

/** Of no bytes at all. */
const EMPTY_HASH = new Uint8Array(32)

/** The torrent with the hashes. Rejects with ABORTED, XET_READ_FAILED, XET_FILE_CHANGED or XET_INDEX_FAILED. */
export async function addXetHashes(
  torrent: TorrentSpec & { readonly files: readonly (SourceFile | SpecFile)[] },
  stateFolder: string,
  progress: HashProgress,
): Promise<TorrentSpec> {
  await mkdir(stateFolder, { recursive: true })
  await using index = createChunkIndex({ path: join(stateFolder, 'chunks.sqlite'), suite: 'blake3' })
  await using chunker = createFileChunker({ suite: 'blake3' })
  const files: SpecFile[] = []
  for (const file of torrent.files) {
    if (file.isPad === true) {
      files.push(file)
      continue
    }
    if (!('absolutePath' in file) || file.length === 0) {
      files.push({ ...file, xetHash: EMPTY_HASH })
      continue
    }
    const chunks = await chunker.chunk(file.absolutePath, progress)
    const root = file.hashes === undefined ? {} : { root: toHex(file.hashes.piecesRoot) }
    const { size, mtimeMs, fileHash } = chunks
    // An index that is full is no reason not to make a torrent.
    await index.put({ path: file.absolutePath, size, mtimeMs, fileHash: toHex(fileHash), ...root }, chunks)
    files.push({ ...file, xetHash: fileHash })
  }
  return { ...torrent, files }
}

// Content that lies on this computer already, by its hash.

import { constants } from 'node:fs'
import { access, copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesEqual, toHex } from '@ccbt/primitives'
import { createChunkIndex, createFileChunker } from '@ccbt/xet'
import type { ChunkIndex } from '@ccbt/xet'
import { errnoOf } from './errors.ts'

/** What is wanted. */
export interface LocalContent {
  /** Where the index of chunks is. */
  readonly stateFolder: string
  /** Of a file, or of a chunk: 32 bytes. */
  readonly hash: Uint8Array
  /** The file to write. */
  readonly path: string
  readonly signal: AbortSignal
}

/** Writes the content if the index knows where it is; what is found is hashed. False when it is not here. */
export async function copyLocal({ stateFolder, hash, path, signal }: LocalContent): Promise<boolean> {
  const indexPath = join(stateFolder, 'chunks.sqlite')
  // One that is not there is not to be made.
  const isThere = await access(indexPath).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) === undefined) throw error
      return false
    },
  )
  if (!isThere) return false
  await using index = createChunkIndex({ path: indexPath, suite: 'blake3' })
  const [place] = await index.find(hash)
  const chunk = place && (await index.read(place, hash))
  if (chunk === undefined) return await copyFileOf(index, { hash, path, signal })
  await writeFile(path, chunk)
  return true
}

async function copyFileOf(
  index: Pick<ChunkIndex, 'files'>,
  { hash, path, signal }: Omit<LocalContent, 'stateFolder'>,
): Promise<boolean> {
  const found = (await index.files()).filter(({ fileHash }) => fileHash === toHex(hash))
  await using chunker = createFileChunker({ suite: 'blake3' })
  for (const file of found) {
    const copied = await copyFile(file.path, path, constants.COPYFILE_FICLONE).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error
      return 'gone' as const
    })
    if (copied === 'gone') continue
    const { fileHash } = await chunker.chunk(path, { signal })
    if (bytesEqual(fileHash, hash)) return true
  }
  return false
}

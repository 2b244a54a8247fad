// Content that lies on this computer already, by its hash.

import { constants } from 'node:fs'
import { access, copyFile, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesEqual, toHex } from '@ccbt/primitives'
import { FileRoot } from '@ccbt/core'
import { createChunkIndex, createFileChunker } from '@ccbt/xet'
import type { ChunkIndex } from '@ccbt/xet'
import { errnoOf } from '../errors.ts'

/** What is wanted. */
export interface LocalContent {
  /** Where the index of chunks is. */
  readonly stateFolder: string
  /** Of a file, or of a chunk: 32 bytes. */
  readonly hash: Uint8Array
  /** The hash is the `pieces root` of a file in v2 torrents. */
  readonly isRoot: boolean
  /** The file to write. */
  readonly path: string
  readonly signal: AbortSignal
}

/** Writes the content if the index knows where it is; what is found is hashed. False when it is not here. */
export async function copyLocal({ stateFolder, ...content }: LocalContent): Promise<boolean> {
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
  return (!content.isRoot && (await copyChunk(index, content))) || (await copyFileOf(index, content))
}

async function copyChunk(index: ChunkIndex, { hash, path }: Pick<LocalContent, 'hash' | 'path'>): Promise<boolean> {
  const [place] = await index.find(hash)
  const chunk = place && (await index.read(place, hash))
  if (chunk !== undefined) await writeFile(path, chunk)
  return chunk !== undefined
}

async function copyFileOf(
  index: Pick<ChunkIndex, 'files'>,
  content: Omit<LocalContent, 'stateFolder'>,
): Promise<boolean> {
  const hex = toHex(content.hash)
  for (const file of await index.files()) {
    if ((content.isRoot ? file.root : file.fileHash) !== hex) continue
    const copied = await copyFile(file.path, content.path, constants.COPYFILE_FICLONE).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error
      return 'gone' as const
    })
    if (copied !== 'gone' && bytesEqual(await hashOf(content), content.hash)) return true
  }
  return false
}

async function hashOf({ path, isRoot, signal }: Pick<LocalContent, 'path' | 'isRoot' | 'signal'>): Promise<Uint8Array> {
  if (isRoot) return (await rootOf(path, signal)) ?? new Uint8Array()
  await using chunker = createFileChunker({ suite: 'blake3' })
  return (await chunker.chunk(path, { signal })).fileHash
}

/** `undefined` = there is nothing in it. */
async function rootOf(path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  await using handle = await open(path)
  const file = new FileRoot((await handle.stat()).size)
  for await (const bytes of handle.createReadStream({ autoClose: false, signal }))
    if (bytes instanceof Uint8Array) file.add(bytes)
  return file.root
}

// Whole files that are on this machine already: those with the same root share their blocks with what is here, where the
// file system can, before anything of them is read or fetched. What they are worth is found out by the check.

import type { PieceStore } from '@ccbt/disk-io'
import type { MetainfoFile } from '@ccbt/metainfo'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { ChunkIndex, IndexedFile } from '@ccbt/xet'

/** Files in one question to the index. */
const FILES_PER_QUERY = 256

/** A file that shares its blocks with another. */
export interface ClonedFile {
  readonly index: number
  /** The other one. */
  readonly path: string
}

/** What {@link cloneTwins} works with. */
export interface TwinParts {
  readonly index: Pick<ChunkIndex, 'findFiles'>
  readonly store: Pick<PieceStore, 'clone' | 'fileStates'>
  readonly files: readonly MetainfoFile[]
  readonly isWanted: (fileIndex: number) => boolean
  readonly signal: AbortSignal
}

/** Makes the wanted files that are missing, as far as that costs nothing. Never rejects because of a disk. */
export async function cloneTwins(parts: TwinParts): Promise<ClonedFile[]> {
  const cloned: ClonedFile[] = []
  const missing = await missingFiles(parts)
  for (let from = 0; from < missing.length && !parts.signal.aborted; from += FILES_PER_QUERY) {
    const asked = missing.slice(from, from + FILES_PER_QUERY)
    for (const [index, twin] of await twinsOf(asked, parts)) {
      const { path, size, mtimeMs } = twin
      if (await isCloned(parts.store.clone(index, { from: path, size, mtimeMs }))) cloned.push({ index, path })
    }
  }
  return cloned
}

/** Indexes of those with a root. */
async function missingFiles({ store, files, isWanted }: TwinParts): Promise<number[]> {
  const mayHaveTwin = files.some(({ piecesRoot }) => piecesRoot !== undefined)
  const states = mayHaveTwin ? await store.fileStates() : []
  return [...states.keys()].filter(
    (index) => files[index]?.piecesRoot !== undefined && isWanted(index) && states[index]?.exists === false,
  )
}

async function twinsOf(asked: readonly number[], { index, files }: TwinParts): Promise<[number, IndexedFile][]> {
  const roots = asked.map((fileIndex) => toHex(files[fileIndex]!.piecesRoot!))
  const queries = asked.map((fileIndex, n) => {
    const { length, path } = files[fileIndex]!
    return { size: length, name: path.at(-1) ?? '', root: roots[n]! }
  })
  const found = await index.findFiles(queries)
  return asked.flatMap((fileIndex, n): [number, IndexedFile][] => {
    const twin = found[n]?.twins.find(({ root }) => root === roots[n])
    return twin === undefined ? [] : [[fileIndex, twin]]
  })
}

/** What is wrong with the disk is told when the file is written the ordinary way. */
async function isCloned(cloning: Promise<boolean>): Promise<boolean> {
  try {
    return await cloning
  } catch (error) {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    return false
  }
}

// What a new version has in common with the one that is here: files that are copied instead of fetched, and files that it
// takes away.

import { constants } from 'node:fs'
import { copyFile, lstat, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Metainfo, MetainfoFile } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { errnoOf } from '../errors.ts'

/** A version whose files lie below `directory`. */
export interface LocalVersion {
  readonly metainfo: Metainfo
  readonly directory: string
}

/** How many files of the old version are not in the new one, under any content. */
export function removedFiles(old: Metainfo, next: Metainfo): number {
  // Without the first part, which is the torrent's name.
  const inside = ({ path }: MetainfoFile): string => path.slice(1).join('/')
  const present = new Set(next.files.filter(isReal).map(inside))
  return old.files.filter((file) => isReal(file) && !present.has(inside(file))).length
}

/** Bytes of the new version in files that the old one has not. */
export function newBytes(old: Metainfo | undefined, next: Metainfo): number {
  const known = new Set(old?.files.filter(isReal).map(identity))
  const files = next.files.filter(
    (file) => isReal(file) && (file.piecesRoot === undefined || !known.has(identity(file))),
  )
  return files.reduce((sum, { length }) => sum + length, 0)
}

/**
 * Copies files of the old version to where the new one has the same: by their roots, wherever they are. Shares their blocks
 * on file systems that can. What is copied is hashed later like everything else. Returns the bytes.
 */
export async function copySameFiles(old: LocalVersion, next: LocalVersion, signal: AbortSignal): Promise<number> {
  const known = new Map(old.metainfo.files.filter(isReal).map((file) => [identity(file), file]))
  let bytes = 0
  for (const file of next.metainfo.files.filter(isReal)) {
    if (signal.aborted) break
    const same = file.length === 0 || file.piecesRoot === undefined ? undefined : known.get(identity(file))
    if (same === undefined) continue
    const from = join(old.directory, ...same.path)
    if (await copied(from, join(next.directory, ...file.path), file.length)) bytes += file.length
  }
  return bytes
}

/** False when it was there, or the source is not what it was: then it is fetched. */
async function copied(from: string, to: string, length: number): Promise<boolean> {
  const source = await lstat(from).catch(() => undefined)
  const present = await lstat(to).catch(() => undefined)
  if (source?.isFile() !== true || source.size !== length || present !== undefined) return false
  await mkdir(dirname(to), { recursive: true })
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    // Gone or not readable: peers have it. A full disk is told by the download.
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

function isReal({ isPad, symlinkTarget }: MetainfoFile): boolean {
  return !isPad && symlinkTarget === undefined
}

function identity({ piecesRoot, length }: MetainfoFile): string {
  return `${piecesRoot === undefined ? '' : toHex(piecesRoot)} ${length}`
}

// How much room a folder has.

import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

import { errnoOf } from '../errors.ts'

/** Bytes that may still be written below `folder`. Rejects with the system's error when that cannot be told. */
export type FreeSpace = (folder: string) => Promise<number>

/**
 * Asks the system; a folder that does not exist has the room of the one that it would be made in. A disk that says nothing of
 * its size, as some in the network do, is not known to have an end.
 */
export async function freeSpace(folder: string): Promise<number> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder)
    return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize
  } catch (error) {
    const isMissing = errnoOf(error) === 'ENOENT' && dirname(folder) !== folder
    if (!isMissing) throw error
    return await freeSpace(dirname(folder))
  }
}

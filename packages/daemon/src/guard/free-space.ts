// How much room a folder has.

import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

import { errnoOf } from '../errors.ts'

/** Bytes that may still be written below `folder`. Rejects with the system's error when that cannot be told. */
export type FreeSpace = (folder: string) => Promise<number>

/** Asks the system; a folder that does not exist has the room of the one that it would be made in. */
export async function freeSpace(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch (error) {
    const isMissing = errnoOf(error) === 'ENOENT' && dirname(folder) !== folder
    if (!isMissing) throw error
    return await freeSpace(dirname(folder))
  }
}

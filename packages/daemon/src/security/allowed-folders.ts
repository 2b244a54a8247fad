// The folders below which torrents may be written. A path is judged by where it really leads: symbolic links in the part that
// exists are followed first, and what does not exist yet cannot be a link.

import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path'

import { errnoOf, folderRefused } from '../errors.ts'

/** Folders that were allowed. */
export class AllowedFolders {
  readonly #roots: readonly string[]

  /** @param roots absolute paths; they need not exist yet */
  constructor(roots: readonly string[]) {
    this.#roots = roots
  }

  /** Where `folder` really is. Rejects with DAEMON_FOLDER_REFUSED when that is outside of the allowed ones. */
  async check(folder: string): Promise<string> {
    if (!isAbsolute(folder) || folder.includes('\0')) throw folderRefused(folder, 'it is not an absolute path')
    const real = await realFolder(normalize(folder))
    for (const root of this.#roots) {
      if (isWithin(real, await realFolder(normalize(root)))) return real
    }
    throw folderRefused(folder, 'it is outside of the allowed folders')
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** Follows the links of the part that exists. */
async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path)
      throw folderRefused(path, errnoOf(error) ?? 'unknown error')
    if (await isThere(path)) throw folderRefused(path, 'it is a link to nothing')
    return join(await realFolder(dirname(path)), basename(path))
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw folderRefused(path, errnoOf(error) ?? 'unknown error')
  }
}

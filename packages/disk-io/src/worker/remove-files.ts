// Deletes files of a torrent and the folders that are empty then, as carefully as files are opened: no link on the way is
// followed, and the torrent's folder itself is never left or removed.

import { lstatSync, rmdirSync, unlinkSync } from 'node:fs'

import type { FileRef } from '../jobs.ts'
import { errnoOf } from './failure.ts'
import { guarded } from './file-cache.ts'
import { enterBelow } from './open-below.ts'

/** A folder that is not empty, or that somebody else keeps, stays. */
const KEPT_FOLDER = new Set(['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM', 'EACCES', 'ENOTDIR'])

/** Deletes those of the files that exist and are regular files. */
export function removeFiles(files: readonly FileRef[]): void {
  for (const file of files) guarded('write', file, () => withName(file, unlinkFile))
}

/** Deletes those of the folders, given as `FileRef`s, that are empty; to be called with the deepest first. */
export function removeFolders(folders: readonly FileRef[]): void {
  for (const folder of folders) guarded('write', folder, () => withName(folder, removeFolder))
}

/** Nothing happens where a folder on the way is missing. */
function withName({ root, relative }: FileRef, act: (name: string) => void): void {
  try {
    enterBelow(root ?? '/', relative, act)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

function unlinkFile(name: string): void {
  if (lstatSync(name).isFile()) unlinkSync(name)
}

function removeFolder(name: string): void {
  try {
    if (lstatSync(name).isDirectory()) rmdirSync(name)
  } catch (error) {
    if (!KEPT_FOLDER.has(errnoOf(error) ?? '')) throw error
  }
}

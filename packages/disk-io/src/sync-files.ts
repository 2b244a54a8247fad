// Makes written data survive a power loss. It runs in the system's own threads, not in the disk workers: a sync may take
// seconds on a slow disk, and the workers have to hash and write meanwhile.

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'

import { writeFailed } from './errors.ts'
import { pathOf } from './file-refs.ts'
import type { FileRef } from './jobs.ts'

/** Syncs under way at once: more would only take the threads that other file operations and name look-ups need. */
const MAX_SYNCS = 2
// Neither follows a link nor waits for a FIFO that somebody has put there. Windows has neither flag.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Syncs the data of these files, and the folders that name those which this process has made. Rejects with the first error. */
export async function syncFiles(files: readonly FileRef[]): Promise<void> {
  await eachOf(files.map(pathOf), syncData)
  await eachOf(foldersOf(files.filter((file) => file.isOurs)), syncFolder)
}

async function eachOf(paths: Iterable<string>, sync: (path: string) => Promise<void>): Promise<void> {
  const queue = paths[Symbol.iterator]()
  const next = async (): Promise<void> => {
    for (let step = queue.next(); step.done !== true; step = queue.next()) await sync(step.value)
  }
  const outcomes = await Promise.allSettled(Array.from({ length: MAX_SYNCS }, next))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

async function syncData(path: string): Promise<void> {
  try {
    await using file = await open(path, OPEN_FLAGS)
    await file.datasync()
  } catch (error) {
    throw writeFailed(path, error)
  }
}

async function syncFolder(path: string): Promise<void> {
  try {
    await using folder = await open(path, 'r')
    await folder.sync()
  } catch (error) {
    throw writeFailed(path, error)
  }
}

/** The folders of the files up to their root: a new file is found again only when all of them are synced. */
function foldersOf(files: readonly FileRef[]): Set<string> {
  const folders = new Set<string>()
  for (const file of files) {
    const root = file.root ?? '/'
    for (let folder = dirname(pathOf(file)); folder.length > root.length; folder = dirname(folder)) folders.add(folder)
    folders.add(root)
  }
  return folders
}

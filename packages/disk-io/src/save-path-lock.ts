// Keeps two writers from the same data: a lock file for each torrent and folder in the state directory, with the process that
// holds it. It appears with its whole content (link), never half-written. One whose process is gone is taken over.

import { linkSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { bug } from '@ccbt/primitives'

import { bootId, readText } from './boot-id.ts'
import { errnoOf, savePathLocked, writeFailed } from './errors.ts'
import { resumeName } from './resume-key.ts'
import type { ResumeKey } from './resume-key.ts'

/** A held lock; disposing releases it. */
export interface SavePathLock extends AsyncDisposable {
  readonly path: string
}

/** Who holds a lock. Together they name one process of one boot, also when its number was used again. */
interface Owner {
  readonly pid: number
  /** Field 22 of /proc/PID/stat; '' where there is no /proc. */
  readonly startTime: string
  readonly bootId: string
}

const MAX_ATTEMPTS = 5

/**
 * The locks of one process in one folder. All say the same, so that a further one is no more than another name of one that
 * is held: with thousands of torrents their files are most of what a start writes.
 */
export class SavePathLocks {
  readonly #directory: string
  readonly #held = new Set<string>()

  /** @param directory folder of the lock files, made when missing */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** Locks a torrent's data. Rejects with DISK_SAVE_PATH_LOCKED when somebody has it, this process included. */
  async lock(key: ResumeKey): Promise<SavePathLock> {
    const path = join(this.#directory, `${resumeName(key)}.lock`)
    const [other] = this.#held
    const isNew = other !== undefined && isLinked(other, path)
    if (!isNew) await lockSavePath(this.#directory, key)
    this.#held.add(path)
    return {
      path,
      [Symbol.asyncDispose]: async () => {
        this.#held.delete(path)
        await rm(path, { force: true })
      },
    }
  }
}

/**
 * Whatever is in the way, such as a lock that is there or one that has just been released, is looked at by the long way.
 * At once: a start links thousands, and waiting for each costs more than linking it.
 */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch {
    return false
  }
}

/**
 * Locks a torrent's data for this process. Rejects with DISK_SAVE_PATH_LOCKED when somebody has it, this process included.
 * @param lockDirectory folder of the lock files, made when missing
 */
export async function lockSavePath(lockDirectory: string, key: ResumeKey): Promise<SavePathLock> {
  const path = join(lockDirectory, `${resumeName(key)}.lock`)
  // Two locks of one process must not share the file that they are linked from.
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`
  try {
    await mkdir(lockDirectory, { recursive: true })
    await writeFile(draft, JSON.stringify(ownerOf(process.pid)), { mode: 0o600 })
  } catch (error) {
    throw writeFailed(path, error)
  }
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (await linkNew(draft, path)) return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
      const owner = await readOwner(path)
      if (owner !== undefined && isAlive(owner)) throw savePathLocked(key.directory, owner.pid)
      await takeAway(path, `${draft}.stale`)
    }
  } finally {
    await rm(draft, { force: true })
  }
  throw bug(`the lock ${path} comes and goes`)
}

/** Makes the lock; false when there is one. */
async function linkNew(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw writeFailed(path, error)
  }
}

/** Removes a stale lock. What was moved away is looked at again: another process may have replaced it a moment before. */
async function takeAway(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw writeFailed(path, error)
  }
  const owner = await readOwner(aside)
  if (owner !== undefined && isAlive(owner)) await linkNew(aside, path)
  await rm(aside, { force: true })
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isOwner(value) ? value : undefined
  } catch {
    // Gone, unreadable or not JSON: nobody's.
    return undefined
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false
  if (!('pid' in value) || !Number.isInteger(value.pid)) return false
  return 'startTime' in value && typeof value.startTime === 'string' && 'bootId' in value
}

function isAlive(owner: Owner): boolean {
  const now = ownerOf(owner.pid)
  if (now.bootId !== owner.bootId) return false
  if (now.startTime !== '' || owner.startTime !== '') return now.startTime === owner.startTime
  try {
    process.kill(owner.pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

function ownerOf(pid: number): Owner {
  // The name of the program, in parentheses, may hold spaces: fields are counted from its end.
  const stat = readText(`/proc/${pid}/stat`)
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return { pid, startTime, bootId: bootId() }
}

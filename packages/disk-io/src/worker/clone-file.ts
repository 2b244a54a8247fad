// A new file that shares its blocks with another one, on file systems that can (Btrfs, XFS): it takes no time and no space,
// and whoever writes to one of the two does not change the other.

import { chmodSync, constants, copyFileSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'

import type { CloneJob } from '../jobs.ts'
import { errnoOf } from './failure.ts'
import { guarded } from './file-cache.ts'
import { enterMade } from './open-below.ts'

const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants

/** False when it is not done: something is there, the source is not what it was, or the file system cannot. */
export function cloneFile(job: CloneJob): boolean {
  const { file } = job
  return guarded('write', file, () => {
    const source = sourceOf(job)
    if (source === undefined) return false
    let isCloned = false
    enterMade(file.root ?? '/', file.relative, (name) => {
      isCloned = clone(job.from, name)
      // Rights as the source has them, but a new file of ours can be written, and is no program.
      if (isCloned) chmodSync(name, (source.mode & 0o666) | 0o600)
    })
    return isCloned
  })
}

function sourceOf({ from, size, mtimeMs }: CloneJob): Stats | undefined {
  const stats = statSync(from, { throwIfNoEntry: false })
  return stats?.isFile() === true && stats.size === size && stats.mtimeMs === mtimeMs ? stats : undefined
}

function clone(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE)
    return true
  } catch (error) {
    // Nothing is left behind. What else is wrong with the disk is told when the file is written the ordinary way.
    if (errnoOf(error) === undefined) throw error
    return false
  }
}

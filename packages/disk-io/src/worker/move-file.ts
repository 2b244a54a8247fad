// Steps of moving a file: what is where, a second name for it, whether a copy is right. No step loses or replaces a byte:
// the old name is taken away only when the new one stands.

import { closeSync, fchmodSync, fstatSync, futimesSync, linkSync, openSync, renameSync, unlinkSync } from 'node:fs'
import type { Stats } from 'node:fs'

import type { FileMove, FileRef, FoundMove, MoveState, Placing, Span } from '../jobs.ts'
import { errnoOf, notAFile } from './failure.ts'
import { guarded, pathOf } from './file-cache.ts'
import type { FileCache } from './file-cache.ts'
import { enterBelow, enterMade, statBelow } from './open-below.ts'
import { readIfThere } from './span-io.ts'

const RUN_LENGTH = 1_048_576
/** What `link` says on file systems without hard links, and when a file cannot have one more. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'])

/** What is at both places now. */
export function surveyMove({ from, to }: FileMove): FoundMove {
  const old = statOf(from)
  if (old !== undefined && !old.isFile()) throw notAFile(pathOf(from))
  return { state: stateOf(old, statOf(to)), length: old?.size ?? 0 }
}

/** Lets a file be found at its new place as well; without hard links at that place only. */
export function placeFile({ from, to }: FileMove): Placing {
  return guarded('write', to, () => {
    const isSameName = surveyMove({ from, to }).state === 'same-name'
    let placing: Placing = 'placed'
    enterBelow(from.root ?? '/', from.relative, (source) =>
      enterMade(to.root ?? '/', to.relative, (target) => {
        if (isSameName) renameSync(source, target)
        else placing = link(source, target)
      }),
    )
    return placing
  })
}

/** Whether the bytes of both are there and the same. */
export function isSameSpan(files: FileCache, a: Span, b: Span): boolean {
  const [one, other] = [a.file, b.file]
  if (one === undefined || other === undefined) return false
  const [left, right] = [new Uint8Array(RUN_LENGTH), new Uint8Array(RUN_LENGTH)]
  for (let done = 0; done < a.length; done += RUN_LENGTH) {
    const length = Math.min(RUN_LENGTH, a.length - done)
    const count = readIfThere(files, one, left.subarray(0, length), a.fileOffset + done)
    const there = readIfThere(files, other, right.subarray(0, length), b.fileOffset + done)
    if (count !== there || Buffer.compare(left.subarray(0, count), right.subarray(0, count)) !== 0) return false
    if (count < length) return true
  }
  return true
}

/** Makes a copy look as old as the original, and gives it the same rights and size. */
export function imitate(files: FileCache, { from, to }: FileMove): void {
  guarded('write', to, () => {
    const stats = statOf(from)
    if (stats === undefined) return
    const fd = files.forWriting(to)
    if ((fstatSync(fd).mode & 0o777) !== (stats.mode & 0o777)) fchmodSync(fd, stats.mode & 0o777)
    futimesSync(fd, stats.atimeMs / 1000, stats.mtimeMs / 1000)
  })
}

function stateOf(old: Stats | undefined, found: Stats | undefined): MoveState {
  if (old === undefined) return found?.isFile() === true ? 'moved' : 'absent'
  if (found === undefined) return 'apart'
  if (old.dev !== found.dev || old.ino !== found.ino) return 'occupied'
  return old.nlink > 1 ? 'linked' : 'same-name'
}

function statOf(file: FileRef): Stats | undefined {
  return guarded('read', file, () => statBelow(file.root ?? '/', file.relative))
}

function link(source: string, target: string): Placing {
  try {
    linkSync(source, target)
    return 'placed'
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno === 'EXDEV') return 'other-device'
    if (errno === 'EEXIST') return 'occupied'
    if (!NO_LINKS.has(errno)) throw error
    return renameOver(source, target)
  }
}

/** Renames over an empty file of our own, so that nothing of others is replaced. */
function renameOver(source: string, target: string): Placing {
  try {
    closeSync(openSync(target, 'wx'))
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'occupied'
    throw error
  }
  try {
    renameSync(source, target)
    return 'placed'
  } catch (error) {
    unlinkSync(target)
    throw error
  }
}

// What happens to files besides reading and writing pieces: reserving space, final sizes and modes, moving bytes out of the
// part-file.

import { fchmodSync, fstatSync, ftruncateSync } from 'node:fs'

import type { FileRef, FileState, FinalFile, Span } from '../jobs.ts'
import { errnoOf } from './failure.ts'
import { guarded } from './file-cache.ts'
import type { FileCache } from './file-cache.ts'
import { statBelow } from './open-below.ts'
import { readIfThere, writeFully } from './span-io.ts'

const RUN_LENGTH = 1_048_576
/** Runs of zeros this long are left out when copying, so that the target stays sparse. */
const BLOCK_LENGTH = 16_384
const ZEROS = new Uint8Array(BLOCK_LENGTH)

/** Writes zeros from the end of the file on, at most `maxBytes`; gives how many are then missing to `length`. */
export function fillFile(files: FileCache, file: FileRef, length: number, maxBytes: number): number {
  return guarded('write', file, () => {
    const fd = files.forWriting(file)
    const start = fstatSync(fd).size
    const end = Math.min(length, start + maxBytes)
    const zeros = new Uint8Array(Math.max(0, Math.min(RUN_LENGTH, end - start)))
    for (let at = start; at < end; at += zeros.length) writeFully(fd, zeros.subarray(0, end - at), at)
    return Math.max(0, length - end)
  })
}

/** Size and time of each file; what is not a readable regular file counts as missing. */
export function fileStates(list: readonly FileRef[]): FileState[] {
  return list.map((file) => {
    const stats = guarded('read', file, () => statBelow(file.root ?? '/', file.relative))
    if (stats === undefined || !stats.isFile()) return { exists: false, size: 0, mtimeNs: 0 }
    return { exists: true, size: stats.size, mtimeNs: Math.round(stats.mtimeMs * 1e6) }
  })
}

/** Gives a complete file its exact size and mode. One that already has them is not opened. */
export function finishFile(files: FileCache, final: FinalFile): void {
  const { file, length, isExecutable } = final
  guarded('write', file, () => {
    const stats = statBelow(file.root ?? '/', file.relative)
    const mode = isExecutable ? executableMode(stats?.mode ?? 0o644) : stats?.mode
    if (stats?.size === length && stats.mode === mode) return
    const fd = files.forWriting(file)
    if (fstatSync(fd).size !== length) ftruncateSync(fd, length)
    if (isExecutable) makeExecutable(fd)
  })
}

/** Copies the blocks that are not all zero; false = there are none, and the target is as it was. */
export function copySpan(files: FileCache, from: Span, to: Span): boolean {
  const { file: source } = from
  const { file: target } = to
  if (source === undefined || target === undefined) return false
  let isWritten = false
  const buffer = new Uint8Array(RUN_LENGTH)
  for (let done = 0; done < from.length; done += RUN_LENGTH) {
    const run = buffer.subarray(0, Math.min(RUN_LENGTH, from.length - done))
    const count = readIfThere(files, source, run, from.fileOffset + done)
    for (let at = 0; at < count; at += BLOCK_LENGTH) {
      const block = run.subarray(at, Math.min(at + BLOCK_LENGTH, count))
      if (Buffer.compare(block, ZEROS.subarray(0, block.length)) === 0) continue
      guarded('write', target, () => writeFully(files.forWriting(target), block, to.fileOffset + done + at))
      isWritten = true
    }
    if (count < run.length) break
  }
  return isWritten
}

function makeExecutable(fd: number): void {
  try {
    fchmodSync(fd, executableMode(fstatSync(fd).mode) & 0o7777)
  } catch (error) {
    // Somebody else's file, or a file system without modes: the data are complete all the same.
    if (errnoOf(error) !== 'EPERM') throw error
  }
}

/** Executable for everybody who may read. */
function executableMode(mode: number): number {
  return mode | ((mode & 0o444) >> 2)
}

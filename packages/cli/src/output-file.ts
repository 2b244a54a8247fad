// A file that is there completely or not at all: written beside its place, made durable, then renamed.

import { open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, inputError } from './errors.ts'

/** A file to write. */
export interface OutputFile {
  readonly path: string
  /** Replace what is there. */
  readonly force: boolean
}

/**
 * Refuses a place that is taken or cannot be used, before any work is done for it.
 * @throws CcbtError CLI_FILE_EXISTS, CLI_FILE_UNWRITABLE
 */
export async function checkOutput({ path, force }: OutputFile): Promise<void> {
  const folder = dirname(path)
  const parent = await stat(folder).catch(() => undefined)
  if (parent?.isDirectory() !== true) {
    throw inputError('CLI_FILE_UNWRITABLE', `${folder}: no such folder to write ${basename(path)} to`, { path })
  }
  const present = await stat(path).catch(() => undefined)
  if (present?.isDirectory() === true) {
    throw inputError('CLI_FILE_UNWRITABLE', `${path} is a folder; give the name of the file to write`, { path })
  }
  if (present !== undefined && !force) {
    throw inputError('CLI_FILE_EXISTS', `${path} is already there (--force replaces it)`, { path })
  }
}

/** Writes `bytes`; on failure nothing is left behind. */
export async function writeOutput(output: OutputFile, bytes: Uint8Array): Promise<void> {
  const { path } = output
  const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.tmp`)
  try {
    await writeDurably(temporary, bytes, await modeOf(path))
    // The work in between takes time: what has appeared meanwhile is not replaced either.
    await checkOutput(output)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw writeFailure(error, path)
  }
}

/** What may be done with the file that is there, which may be for its owner's eyes only. */
async function modeOf(path: string): Promise<number> {
  const present = await stat(path).catch(() => undefined)
  return present === undefined ? 0o666 : present.mode & 0o777
}

async function writeDurably(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode)
  await file.writeFile(bytes)
  await file.sync()
}

const WHY_NOT_WRITTEN: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
}

function writeFailure(error: unknown, path: string): unknown {
  const errno = errnoOf(error) ?? ''
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return inputError('CLI_NO_SPACE', `${path}: no space left on the disk`, { path })
  }
  const why = WHY_NOT_WRITTEN[errno]
  return why === undefined ? error : inputError('CLI_FILE_UNWRITABLE', `${path}: ${why}`, { path })
}

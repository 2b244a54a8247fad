import { getSystemErrorMessage } from 'node:util'

import { CcbtError, isCcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The disk or the quota is full. */
    DISK_NO_SPACE: { path: string; errno: string }
    /** The system refused to write, make or change a file. */
    DISK_WRITE_FAILED: { path: string; errno: string }
    /** The system refused to read a file. */
    DISK_READ_FAILED: { path: string; errno: string }
    /** A file ends before the bytes that it should have. */
    DISK_FILE_TRUNCATED: { path: string }
    /** A folder, FIFO, device or socket is where a file should be. */
    DISK_NOT_A_FILE: { path: string }
    /** A path leaves its folder or passes through a symbolic link. */
    DISK_UNSAFE_PATH: { path: string }
    /** The file to write has other hard links, and ccbt did not make it. */
    DISK_HARDLINKED: { path: string }
    /** Another file is where a file was to be moved. */
    DISK_FILE_EXISTS: { path: string }
    /** Another process, or another torrent of this one, writes the same data. `pid` is its process. */
    DISK_SAVE_PATH_LOCKED: { path: string; pid: number }
  }
}

export function unsafePath(path: string): CcbtError<'DISK_UNSAFE_PATH'> {
  return new CcbtError('DISK_UNSAFE_PATH', `${JSON.stringify(path)} is not a safe path for a file of a torrent`, {
    blame: 'input',
    context: { path },
  })
}

export function savePathLocked(path: string, pid: number): CcbtError<'DISK_SAVE_PATH_LOCKED'> {
  const message = `${path} is being used for the same torrent by process ${pid}`
  return new CcbtError('DISK_SAVE_PATH_LOCKED', message, { blame: 'input', context: { path, pid } })
}

export function fileExists(path: string): CcbtError<'DISK_FILE_EXISTS'> {
  const message = `${path} exists already and is another file: nothing was moved`
  return new CcbtError('DISK_FILE_EXISTS', message, { blame: 'input', context: { path } })
}

/** Either disk is broken, or somebody else wrote to the file meanwhile. */
export function copyDiffers(path: string): CcbtError<'DISK_READ_FAILED'> {
  const message = `the copy of ${path} is not the same as the file: nothing was moved`
  return new CcbtError('DISK_READ_FAILED', message, { blame: 'disk', context: { path, errno: 'unknown' } })
}

export function aborted(): CcbtError<'ABORTED'> {
  return new CcbtError('ABORTED', 'aborted', { blame: 'us', context: {} })
}

/** The system's short name of an error, `ENOENT` and the like. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What the system said when `path` was to be written, as an error of ours. */
export function writeFailed(path: string, cause: unknown): CcbtError {
  const errno = errnoOf(cause) ?? 'unknown'
  const code = errno === 'ENOSPC' || errno === 'EDQUOT' ? 'DISK_NO_SPACE' : 'DISK_WRITE_FAILED'
  return new CcbtError(code, `cannot write ${path}: ${reasonOf(cause)}`, {
    blame: 'disk',
    context: { path, errno },
    cause,
  })
}

/** What the system said when `path` was to be read, as an error of ours. */
export function readFailed(path: string, cause: unknown): CcbtError<'DISK_READ_FAILED'> {
  const errno = errnoOf(cause) ?? 'unknown'
  const message = `cannot read ${path}: ${reasonOf(cause)}`
  return new CcbtError('DISK_READ_FAILED', message, { blame: 'disk', context: { path, errno }, cause })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const reason =
    'errno' in error && typeof error.errno === 'number' ? getSystemErrorMessage(error.errno) : error.message
  return `${reason} (${errnoOf(error) ?? 'unknown'})`
}

/** What a worker or the pool threw, as an error of ours. */
export function asCcbtError(error: unknown): CcbtError {
  if (isCcbtError(error)) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new CcbtError('INTERNAL_BUG', `internal error: ${reason}`, {
    blame: 'us',
    context: { what: reason },
    cause: error,
  })
}

/** A worker died between two segments of a piece: it had hashed some and forgot them. */
export function lostState(): CcbtError<'WORKER_CRASHED'> {
  const reason = 'the hash of a piece was lost'
  return new CcbtError('WORKER_CRASHED', `a worker thread died: ${reason}`, {
    blame: 'us',
    context: { kind: 'segment', reason },
  })
}

import { getSystemErrorMessage } from 'node:util'

import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The system refused to open or read a file. */
    XET_READ_FAILED: { path: string; errno: string }
    /** A folder, FIFO, device or socket is where a file should be. */
    XET_NOT_A_FILE: { path: string }
    /** A file was changed while its chunks were being made. */
    XET_FILE_CHANGED: { path: string }
    /** The chunk index cannot be opened, read or written. */
    XET_INDEX_FAILED: { path: string }
  }
}

/** What the system said when `path` was to be read, as an error of ours. */
export function readFailed(path: string, cause: unknown): CcbtError<'XET_READ_FAILED'> {
  const errno = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown'
  return new CcbtError('XET_READ_FAILED', `cannot read ${path}: ${reasonOf(cause)}`, {
    blame: 'disk',
    context: { path, errno },
    cause,
  })
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return 'errno' in cause && typeof cause.errno === 'number' ? getSystemErrorMessage(cause.errno) : cause.message
}

export function notAFile(path: string): CcbtError<'XET_NOT_A_FILE'> {
  return new CcbtError('XET_NOT_A_FILE', `${path} is not a file`, { blame: 'input', context: { path } })
}

export function fileChanged(path: string): CcbtError<'XET_FILE_CHANGED'> {
  return new CcbtError('XET_FILE_CHANGED', `${path} was changed while it was read`, {
    blame: 'disk',
    context: { path },
  })
}

export function indexFailed(path: string, cause: unknown): CcbtError<'XET_INDEX_FAILED'> {
  return new CcbtError('XET_INDEX_FAILED', `the chunk index ${path} does not work: ${reasonOf(cause)}`, {
    blame: 'disk',
    context: { path },
    cause,
  })
}

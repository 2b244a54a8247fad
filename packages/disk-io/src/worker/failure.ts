// Errors of the worker side. They are plain Errors with code, blame and context, which the pool turns into CcbtErrors on the
// main thread; importing the class here would only make workers start later.

import { getSystemErrorMessage } from 'node:util'

/** What was being done when the system refused. */
export type Operation = 'read' | 'write'

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT'])

/** An error with the fields of a CcbtError. */
export function failure(code: string, message: string, context: { path: string; errno?: string }): Error {
  return Object.assign(new Error(message), { code, blame: 'disk', context })
}

/** The system's error while reading or writing `path`. Errors of ours pass unchanged. */
export function systemFailure(operation: Operation, path: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  if ('blame' in error) return error
  const errno = errnoOf(error) ?? 'unknown'
  const why = `${reasonOf(error)} (${errno})`
  if (operation === 'read') return failure('DISK_READ_FAILED', `cannot read ${path}: ${why}`, { path, errno })
  const code = NO_SPACE.has(errno) ? 'DISK_NO_SPACE' : 'DISK_WRITE_FAILED'
  return failure(code, `cannot write ${path}: ${why}`, { path, errno })
}

export function unsafePath(path: string): Error {
  return failure('DISK_UNSAFE_PATH', `${path} is or passes through a symbolic link, which ccbt does not follow`, {
    path,
  })
}

export function notAFile(path: string): Error {
  return failure('DISK_NOT_A_FILE', `${path} exists and is not a regular file`, { path })
}

export function hardlinked(path: string): Error {
  const message = `${path} has other hard links: writing would change them too; copy the file or choose another folder`
  return failure('DISK_HARDLINKED', message, { path })
}

export function truncated(path: string): Error {
  return failure('DISK_FILE_TRUNCATED', `${path} is shorter than it should be: something else changed it`, { path })
}

/** The system's short name of an error, `ENOENT` and the like. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function reasonOf(error: Error): string {
  return 'errno' in error && typeof error.errno === 'number' ? getSystemErrorMessage(error.errno) : error.message
}

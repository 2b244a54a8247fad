// Error codes of the command line itself.

import { CcbtError } from '@ccbt/primitives'
import type { ErrorCode, ErrorContext } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** An argument that cannot be used. */
    CLI_USAGE: { argument: string }
    CLI_FILE_NOT_FOUND: { path: string }
    CLI_FILE_EXISTS: { path: string }
    CLI_FILE_UNREADABLE: { path: string }
    CLI_FILE_UNWRITABLE: { path: string }
    /** A file was changed while it was being read. */
    CLI_FILE_CHANGED: { path: string }
    CLI_FILE_TOO_BIG: { path: string; limitBytes: number }
    CLI_NO_SPACE: { path: string }
    /** A magnet link where the content of a torrent file is needed. */
    CLI_MAGNET_UNSUPPORTED: Record<string, never>
    CLI_FETCH_FAILED: { host: string }
    CLI_FETCH_TIMEOUT: { host: string }
    CLI_FETCH_NOT_FOUND: { host: string }
    CLI_FETCH_FORBIDDEN: { host: string }
    /** A file of ours beside a followed folder, or of a key, cannot be understood. */
    CLI_PUBLISH_STATE: { path: string }
    /** The daemon publishes and follows no such folder. */
    CLI_PUBLICATION_UNKNOWN: { publication: string }
    CLI_LINK_INVALID: Record<string, never>
    /** A listening socket could not be opened. */
    CLI_LISTEN_FAILED: { port: number }
    CLI_TOKEN_UNKNOWN: { token: string }
    /** The daemon has no such torrent, or more than one. */
    CLI_TORRENT_UNKNOWN: { torrent: string }
    CLI_TORRENT_AMBIGUOUS: { torrent: string }
  }
}

/** An error whose reason is what the caller gave us: arguments, files, addresses. */
export function inputError<C extends ErrorCode>(code: C, message: string, context: ErrorContext[C]): CcbtError<C> {
  return new CcbtError(code, message, { blame: 'input', context })
}

/** An argument that cannot be used. */
export function usageError(argument: string, message: string): CcbtError<'CLI_USAGE'> {
  return inputError('CLI_USAGE', message, { argument })
}

/** The `code` of an error of Node's file and network functions: `ENOENT`, `EACCES`, ... */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

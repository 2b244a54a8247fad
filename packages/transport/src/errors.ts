import { CcbtError, isCcbtError } from '@ccbt/primitives'
import type { ErrorCode } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** A connection could not be made: refused, unreachable, timed out. */
    TRANSPORT_CONNECT_FAILED: { endpoint: string; errno: string }
    /** A connection ended with an error. */
    TRANSPORT_CONNECTION_LOST: { endpoint: string; errno: string }
    /** The port cannot be listened on. */
    TRANSPORT_LISTEN_FAILED: { endpoint: string; errno: string }
    /** The other side of an encrypted handshake broke it off, or broke its rules. */
    TRANSPORT_ENCRYPTION_FAILED: { endpoint: string; reason: string }
  }
}

/** The codes of this package's errors. */
export type TransportErrorCode = Extract<ErrorCode, `TRANSPORT_${string}`>

/** The system's short name of an error (`ECONNREFUSED`), or its text. */
export function errnoOf(error: unknown): string {
  if (isCcbtError(error)) return error.message
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code
  return error instanceof Error ? error.message : String(error)
}

export function connectFailed(endpoint: string, cause: unknown): CcbtError<'TRANSPORT_CONNECT_FAILED'> {
  const errno = errnoOf(cause)
  return new CcbtError('TRANSPORT_CONNECT_FAILED', `cannot connect to ${endpoint}: ${errno}`, {
    blame: 'remote',
    context: { endpoint, errno },
    cause,
  })
}

export function connectionLost(endpoint: string, cause: unknown): CcbtError<'TRANSPORT_CONNECTION_LOST'> {
  const errno = errnoOf(cause)
  return new CcbtError('TRANSPORT_CONNECTION_LOST', `connection to ${endpoint} lost: ${errno}`, {
    blame: 'remote',
    context: { endpoint, errno },
    cause,
  })
}

export function listenFailed(endpoint: string, cause: unknown): CcbtError<'TRANSPORT_LISTEN_FAILED'> {
  const errno = errnoOf(cause)
  const why = errno === 'EADDRINUSE' ? 'the port is in use; choose another one' : errno
  return new CcbtError('TRANSPORT_LISTEN_FAILED', `cannot listen on ${endpoint}: ${why}`, {
    blame: 'input',
    context: { endpoint, errno },
    cause,
  })
}

export function encryptionFailed(endpoint: string, reason: string): CcbtError<'TRANSPORT_ENCRYPTION_FAILED'> {
  return new CcbtError('TRANSPORT_ENCRYPTION_FAILED', `no encrypted connection to ${endpoint}: ${reason}`, {
    blame: 'remote',
    context: { endpoint, reason },
  })
}

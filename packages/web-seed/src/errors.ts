// What goes wrong with a web seed. A message names the server only: paths, queries and user names of URLs can be secret,
// so neither they nor system errors that quote them may get into an error.

import { CcbtError, isCcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Not a URL, or none of http and https. Never worth a second try. */
    WEB_SEED_URL_UNSUPPORTED: { scheme: string }
    /** No connection, or it was lost: name not found, refused, reset, certificate not valid. */
    WEB_SEED_UNREACHABLE: { host: string; errno: string }
    /** Nothing came for `afterMs`. */
    WEB_SEED_TIMED_OUT: { host: string; afterMs: number }
    /** Less came than a web seed has to deliver. */
    WEB_SEED_TOO_SLOW: { host: string; minimumBps: number }
    /** The web seed, or a redirect of it, leads to an address that it may not lead to. */
    WEB_SEED_ADDRESS_REFUSED: { host: string; reason: string }
    /** The answer breaks HTTP, or is not what was asked for. */
    WEB_SEED_RESPONSE_INVALID: { host: string; reason: string }
    /** An HTTP status that is neither success nor redirect. `retryAfterMs` is the server's wish for the next try. */
    WEB_SEED_HTTP_STATUS: { host: string; status: number; retryAfterMs?: number }
    /** The web seed does not have one file of the torrent, or another version of it. */
    WEB_SEED_FILE_UNAVAILABLE: { host: string; fileIndex: number; reason: string }
  }
}

/** The system's short name of an error (`ECONNREFUSED`), or its class. Never its text, which may quote a URL. */
export function errnoOf(error: unknown): string {
  if (isCcbtError(error)) return error.message
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code
  return error instanceof Error ? error.name : 'unknown error'
}

export function urlUnsupported(scheme: string): CcbtError<'WEB_SEED_URL_UNSUPPORTED'> {
  const message = scheme === '' ? 'web seed address is not a URL' : `web seeds by ${scheme} are not supported`
  return new CcbtError('WEB_SEED_URL_UNSUPPORTED', message, { blame: 'input', context: { scheme } })
}

export function unreachable(host: string, cause: unknown): CcbtError<'WEB_SEED_UNREACHABLE'> {
  const errno = errnoOf(cause)
  return new CcbtError('WEB_SEED_UNREACHABLE', `web seed ${host} cannot be reached: ${errno}`, {
    blame: 'remote',
    context: { host, errno },
  })
}

/** The connection ended before the answer did. */
export function connectionLost(host: string, cause: unknown): CcbtError<'WEB_SEED_UNREACHABLE'> {
  const errno = cause === undefined ? 'closed' : errnoOf(cause)
  return new CcbtError('WEB_SEED_UNREACHABLE', `connection to web seed ${host} lost: ${errno}`, {
    blame: 'remote',
    context: { host, errno },
  })
}

export function timedOut(host: string, afterMs: number): CcbtError<'WEB_SEED_TIMED_OUT'> {
  return new CcbtError('WEB_SEED_TIMED_OUT', `web seed ${host} did not answer for ${Math.round(afterMs / 1000)} s`, {
    blame: 'remote',
    context: { host, afterMs },
  })
}

export function tooSlow(host: string, minimumBps: number): CcbtError<'WEB_SEED_TOO_SLOW'> {
  return new CcbtError('WEB_SEED_TOO_SLOW', `web seed ${host} sends less than ${minimumBps} bytes per second`, {
    blame: 'remote',
    context: { host, minimumBps },
  })
}

export function addressRefused(host: string, reason: string): CcbtError<'WEB_SEED_ADDRESS_REFUSED'> {
  return new CcbtError('WEB_SEED_ADDRESS_REFUSED', `web seed ${host} not contacted: ${reason}`, {
    blame: 'remote',
    context: { host, reason },
  })
}

export function responseInvalid(host: string, reason: string): CcbtError<'WEB_SEED_RESPONSE_INVALID'> {
  return new CcbtError('WEB_SEED_RESPONSE_INVALID', `web seed ${host} sent a wrong answer: ${reason}`, {
    blame: 'remote',
    context: { host, reason },
  })
}

export function httpStatus(host: string, status: number, retryAfterMs?: number): CcbtError<'WEB_SEED_HTTP_STATUS'> {
  return new CcbtError('WEB_SEED_HTTP_STATUS', `web seed ${host} answered with HTTP status ${status}`, {
    blame: 'remote',
    context: { host, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  })
}

export function fileUnavailable(
  host: string,
  fileIndex: number,
  reason: string,
): CcbtError<'WEB_SEED_FILE_UNAVAILABLE'> {
  return new CcbtError('WEB_SEED_FILE_UNAVAILABLE', `web seed ${host} does not have a file: ${reason}`, {
    blame: 'remote',
    context: { host, fileIndex, reason },
  })
}

export function aborted(): CcbtError<'ABORTED'> {
  return new CcbtError('ABORTED', 'the fetch was aborted', { blame: 'input', context: {} })
}

/** Statuses of clients' mistakes that time may heal. */
const PASSING: ReadonlySet<number> = new Set([408, 421, 425, 429])

/** Whether asking again makes no sense: mistakes of the client, and things the server cannot do at all. */
export function isPermanentStatus(status: number): boolean {
  return status < 500 ? !PASSING.has(status) : status === 501 || status === 505
}

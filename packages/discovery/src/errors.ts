// What goes wrong with trackers. A message names the tracker's host only: paths and queries of tracker URLs hold
// passkeys, so neither they nor system errors that quote them (ERR_INVALID_URL) may get into an error.

import type { IpFamily } from '@ccbt/address'
import { CcbtError, isCcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Not a URL, or none of http, https, udp. Never worth a second try. */
    TRACKER_URL_UNSUPPORTED: { scheme: string }
    /** No connection: name not found, refused, reset, certificate not valid. `errno` is the system's short name. */
    TRACKER_UNREACHABLE: { host: string; errno: string }
    /** No answer within `afterMs`. */
    TRACKER_TIMED_OUT: { host: string; afterMs: number }
    /** The tracker, or a redirect of it, leads to an address that it may not lead to. */
    TRACKER_ADDRESS_REFUSED: { host: string; reason: string }
    /** The tracker has no address of the family that was asked for; it may have one of the other. */
    TRACKER_FAMILY_MISSING: { host: string; family: IpFamily }
    /** The tracker's URL does not tell where to scrape (BEP 48). */
    TRACKER_SCRAPE_UNSUPPORTED: { host: string }
    /** The answer breaks the protocol. */
    TRACKER_RESPONSE_INVALID: { host: string; reason: string }
    /** The answer is longer than `limitBytes`, before or after decompression. */
    TRACKER_RESPONSE_TOO_LONG: { host: string; limitBytes: number }
    /** An HTTP status that is neither success nor redirect. */
    TRACKER_HTTP_STATUS: { host: string; status: number }
    /** The tracker said no; `retryInS` is its wish for the next try (BEP 31). */
    TRACKER_REFUSED: { host: string; reason: string; retryInS?: number }
    /** The tracker does not want to be asked again: HTTP 410 or BEP 31 `retry in never`. */
    TRACKER_GONE: { host: string; reason: string }
    /** The tracker server cannot listen. */
    TRACKER_LISTEN_FAILED: { endpoint: string; errno: string }
  }
}

/** The system's short name of an error (`ECONNREFUSED`), or its class. Never its text, which may quote a URL. */
export function errnoOf(error: unknown): string {
  if (isCcbtError(error)) return error.message
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code
  return error instanceof Error ? error.name : 'unknown error'
}

export function urlUnsupported(scheme: string): CcbtError<'TRACKER_URL_UNSUPPORTED'> {
  const message = scheme === '' ? 'tracker address is not a URL' : `trackers by ${scheme} are not supported`
  return new CcbtError('TRACKER_URL_UNSUPPORTED', message, { blame: 'input', context: { scheme } })
}

export function unreachable(host: string, cause: unknown): CcbtError<'TRACKER_UNREACHABLE'> {
  const errno = errnoOf(cause)
  return new CcbtError('TRACKER_UNREACHABLE', `tracker ${host} cannot be reached: ${errno}`, {
    blame: 'remote',
    context: { host, errno },
  })
}

export function timedOut(host: string, afterMs: number): CcbtError<'TRACKER_TIMED_OUT'> {
  return new CcbtError('TRACKER_TIMED_OUT', `tracker ${host} did not answer within ${Math.round(afterMs / 1000)} s`, {
    blame: 'remote',
    context: { host, afterMs },
  })
}

export function addressRefused(host: string, reason: string): CcbtError<'TRACKER_ADDRESS_REFUSED'> {
  return new CcbtError('TRACKER_ADDRESS_REFUSED', `tracker ${host} not contacted: ${reason}`, {
    blame: 'remote',
    context: { host, reason },
  })
}

export function familyMissing(host: string, family: IpFamily): CcbtError<'TRACKER_FAMILY_MISSING'> {
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6'
  return new CcbtError('TRACKER_FAMILY_MISSING', `tracker ${host} has no ${name} address`, {
    blame: 'remote',
    context: { host, family },
  })
}

export function scrapeUnsupported(host: string): CcbtError<'TRACKER_SCRAPE_UNSUPPORTED'> {
  return new CcbtError('TRACKER_SCRAPE_UNSUPPORTED', `tracker ${host} cannot be scraped`, {
    blame: 'remote',
    context: { host },
  })
}

export function responseInvalid(host: string, reason: string): CcbtError<'TRACKER_RESPONSE_INVALID'> {
  return new CcbtError('TRACKER_RESPONSE_INVALID', `tracker ${host} sent an invalid answer: ${reason}`, {
    blame: 'remote',
    context: { host, reason },
  })
}

export function responseTooLong(host: string, limitBytes: number): CcbtError<'TRACKER_RESPONSE_TOO_LONG'> {
  return new CcbtError('TRACKER_RESPONSE_TOO_LONG', `tracker ${host} sent more than ${limitBytes} bytes`, {
    blame: 'remote',
    context: { host, limitBytes },
  })
}

export function httpStatus(host: string, status: number): CcbtError<'TRACKER_HTTP_STATUS'> {
  return new CcbtError('TRACKER_HTTP_STATUS', `tracker ${host} answered with HTTP status ${status}`, {
    blame: 'remote',
    context: { host, status },
  })
}

export function refused(host: string, reason: string, retryInS?: number): CcbtError<'TRACKER_REFUSED'> {
  return new CcbtError('TRACKER_REFUSED', `tracker ${host} refused: ${reason}`, {
    blame: 'remote',
    context: { host, reason, ...(retryInS === undefined ? {} : { retryInS }) },
  })
}

export function gone(host: string, reason: string): CcbtError<'TRACKER_GONE'> {
  return new CcbtError('TRACKER_GONE', `tracker ${host} does not want to be asked again: ${reason}`, {
    blame: 'remote',
    context: { host, reason },
  })
}

/** UDP has no way through an HTTP proxy. */
export function udpNotRelayed(): Error {
  return Object.assign(new Error('not through a proxy for HTTP'), { code: 'UDP does not go through an HTTP proxy' })
}

export function aborted(): CcbtError<'ABORTED'> {
  return new CcbtError('ABORTED', 'the announce was aborted', { blame: 'input', context: {} })
}

export function trackerListenFailed(endpoint: string, cause: unknown): CcbtError<'TRACKER_LISTEN_FAILED'> {
  const errno = errnoOf(cause)
  const why = errno === 'EADDRINUSE' ? 'the port is in use; choose another one' : errno
  return new CcbtError('TRACKER_LISTEN_FAILED', `cannot listen on ${endpoint}: ${why}`, {
    blame: 'input',
    context: { endpoint, errno },
    cause,
  })
}

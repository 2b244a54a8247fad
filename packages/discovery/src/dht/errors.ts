import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { CcbtError } from '@ccbt/primitives'
import type { ErrorCode } from '@ccbt/primitives'

import { errnoOf } from '../errors.ts'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The DHT's port cannot be opened. */
    DHT_LISTEN_FAILED: { endpoint: string; errno: string }
    /** More lookups wait than may. */
    DHT_BUSY: { waiting: number }
  }
}

/** The codes of the DHT's errors. */
export type DhtErrorCode = Extract<ErrorCode, `DHT_${string}`>

export function listenFailed(endpoint: Endpoint, cause: unknown): CcbtError<'DHT_LISTEN_FAILED'> {
  const errno = errnoOf(cause)
  const text = formatEndpoint(endpoint)
  const why = errno === 'EADDRINUSE' ? 'the port is in use; choose another one' : errno
  return new CcbtError('DHT_LISTEN_FAILED', `the DHT cannot listen on ${text}: ${why}`, {
    blame: 'input',
    context: { endpoint: text, errno },
    cause,
  })
}

export function lookupAborted(): CcbtError<'ABORTED'> {
  return new CcbtError('ABORTED', 'the lookup was aborted', { blame: 'input', context: {} })
}

export function tooManyLookups(waiting: number): CcbtError<'DHT_BUSY'> {
  return new CcbtError('DHT_BUSY', `${waiting} lookups wait already`, { blame: 'us', context: { waiting } })
}

import { CcbtError, isCcbtError } from '@ccbt/primitives'
import type { ErrorCode } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The address of a proxy cannot be used. The text is not repeated: it may have a password. */
    PROXY_URL_INVALID: { reason: string }
    /**
     * The proxy cannot be reached, breaks its protocol or refuses; `proxy` is its address without credentials. `isDown`:
     * nothing will get through, whatever it is.
     */
    PROXY_FAILED: { proxy: string; reason: string; isDown: boolean }
  }
}

/** The codes of this package's errors. */
export type ProxyErrorCode = Extract<ErrorCode, `PROXY_${string}`>

export function urlInvalid(reason: string): CcbtError<'PROXY_URL_INVALID'> {
  return new CcbtError('PROXY_URL_INVALID', `the address of the proxy ${reason}`, {
    blame: 'input',
    context: { reason },
  })
}

export function proxyFailed(proxy: string, cause: unknown, isDown: boolean): CcbtError<'PROXY_FAILED'> {
  const reason = reasonOf(cause)
  const context = { proxy, reason, isDown }
  return new CcbtError('PROXY_FAILED', `proxy ${proxy}: ${reason}`, { blame: 'remote', context })
}

/** A system's short name of an error, or its text. */
function reasonOf(cause: unknown): string {
  if (typeof cause === 'string') return cause
  if (isCcbtError(cause, 'PROXY_FAILED')) return cause.context.reason
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}

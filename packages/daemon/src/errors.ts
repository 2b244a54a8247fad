import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Another daemon has the state directory. */
    DAEMON_ALREADY_RUNNING: { stateDir: string; pid: number }
    /** The address for remote control is taken or not ours. */
    DAEMON_LISTEN_FAILED: { address: string; errno: string }
    /** The state database is damaged, or of a newer version. */
    DAEMON_STATE_UNREADABLE: { path: string; reason: string }
    /** A request asks for what cannot be done. */
    DAEMON_REQUEST_INVALID: { what: string }
  }
}

/** The state database cannot be used; it is left as it is. */
export function stateUnreadable(path: string, reason: string, cause?: unknown): CcbtError<'DAEMON_STATE_UNREADABLE'> {
  return new CcbtError('DAEMON_STATE_UNREADABLE', `cannot use ${path}: ${reason}`, {
    blame: 'disk',
    context: { path, reason },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The address for remote control cannot be used. */
export function listenFailed(address: string, cause: unknown): CcbtError<'DAEMON_LISTEN_FAILED'> {
  const errno = errnoOf(cause) ?? 'unknown error'
  return new CcbtError('DAEMON_LISTEN_FAILED', `cannot listen on ${address}: ${errno}`, {
    blame: 'input',
    context: { address, errno },
    cause,
  })
}

/** What a client asked for makes no sense; `what` is a sentence part for people. */
export function invalidRequest(what: string): CcbtError<'DAEMON_REQUEST_INVALID'> {
  return new CcbtError('DAEMON_REQUEST_INVALID', what, { blame: 'input', context: { what } })
}

/** The system's name of what went wrong, when it is such an error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

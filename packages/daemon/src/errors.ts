import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Another daemon has the state directory. */
    DAEMON_ALREADY_RUNNING: { stateDir: string }
    /** The address for remote control is taken or not ours. */
    DAEMON_LISTEN_FAILED: { address: string; errno: string }
    /** The state database is damaged, or of a newer version. */
    DAEMON_STATE_UNREADABLE: { path: string; reason: string }
    /** A file cannot be fetched from a web server. */
    DAEMON_FETCH_FAILED: { host: string; reason: string }
    /** A request asks for what cannot be done. */
    DAEMON_REQUEST_INVALID: { what: string }
    /** A torrent may not be written there. */
    DAEMON_FOLDER_REFUSED: { folder: string; reason: string }
    /** The token or password does not reach that far. */
    DAEMON_SCOPE_TOO_SMALL: { needed: string }
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

/** Another process has the state directory. */
export function alreadyRunning(stateDir: string, cause: unknown): CcbtError<'DAEMON_ALREADY_RUNNING'> {
  return new CcbtError('DAEMON_ALREADY_RUNNING', `a daemon is already running with the state in ${stateDir}`, {
    blame: 'input',
    context: { stateDir },
    cause,
  })
}

/** Torrents may not be written to `folder`. */
export function folderRefused(folder: string, reason: string): CcbtError<'DAEMON_FOLDER_REFUSED'> {
  return new CcbtError('DAEMON_FOLDER_REFUSED', `cannot use ${folder}: ${reason} (setting daemon.roots)`, {
    blame: 'input',
    context: { folder, reason },
  })
}

/** The credentials are right but allow less. */
export function scopeTooSmall(needed: string): CcbtError<'DAEMON_SCOPE_TOO_SMALL'> {
  return new CcbtError('DAEMON_SCOPE_TOO_SMALL', `this needs the scope ${needed}`, {
    blame: 'input',
    context: { needed },
  })
}

/** A web server does not give a file, or may not be asked for it. */
export function fetchFailed(host: string, reason: string, cause?: unknown): CcbtError<'DAEMON_FETCH_FAILED'> {
  return new CcbtError('DAEMON_FETCH_FAILED', `cannot fetch from ${host}: ${reason}`, {
    blame: 'remote',
    context: { host, reason },
    ...(cause === undefined ? {} : { cause }),
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

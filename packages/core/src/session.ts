import type { Session } from './session-types.ts'
import type { SessionOptions, SessionParts } from './options.ts'

/** Starts a session. */
export function createSession(_options: SessionOptions, _parts?: Partial<SessionParts>): Promise<Session> {
  throw new Error('not yet')
}

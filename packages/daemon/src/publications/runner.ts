// How the work on published and followed folders is done: by whoever starts the daemon, in its session.

import type { Session } from '@ccbt/core'
import type { Publication } from '@ccbt/rpc-client'

/** What happened, in one line. */
export interface PublicationNews {
  readonly text: string
  /** Of what was made or taken. */
  readonly version?: number
  /** Somebody should look at it. */
  readonly isProblem: boolean
}

/** What it works with. */
export interface PublicationWork {
  readonly session: Session
  readonly tell: (news: PublicationNews) => void
  /** Ends it. */
  readonly signal: AbortSignal
}

/** A publication that has begun. */
export interface RunningPublication {
  /** To follow it by. */
  readonly link: string
  /** Works until the end. Rejects when it cannot go on. Called once. */
  run(): Promise<void>
  /** Takes its torrents out of the session; after the end. */
  forget(): Promise<void>
}

/** Begins with one. Rejects when it cannot, and leaves nothing in the session then. */
export type PublicationRunner = (publication: Publication, work: PublicationWork) => Promise<RunningPublication>

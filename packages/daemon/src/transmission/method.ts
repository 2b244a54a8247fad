// What a method of Transmission's remote control is, and what it works with.

import type { Engine } from '../engine/engine.ts'
import type { TorrentFetcher } from '../fetch/torrent-fetcher.ts'
import type { Arguments } from '../http/arguments.ts'
import type { Scope } from '../security/scope.ts'

/** What all methods of a daemon work with. */
export interface MethodParts {
  readonly engine: Engine
  /** Ends the daemon. Rejects with DAEMON_REQUEST_INVALID when it cannot be ended from here. */
  readonly stop: () => Promise<void>
  readonly fetchTorrent: TorrentFetcher
}

/** One call. */
export interface Call extends MethodParts {
  /** The same in every answer of this daemon's run. */
  readonly sessionId: string
  /** It comes from the user whom the daemon belongs to, on this machine. */
  readonly isOwner: boolean
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** One method. What it throws with blame `input`, `disk` or `remote` is told to the client. */
export interface Method {
  readonly needs: Scope
  /** The arguments of a call in, the arguments of its answer out; both with the names of version 17. */
  run(call: Call, args: Arguments): Promise<Arguments> | Arguments
}

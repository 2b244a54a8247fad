// What an HTTP request becomes and what it gets: the endpoints of the daemon are functions from one to the other.

import type { Scope } from '../security/scope.ts'

/** A request that has passed the guards. */
export interface HttpRequest {
  readonly method: string
  /** Path without query, below the base path. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** What whoever sent it may do. */
  readonly scope: Scope
  /** It came over the unix socket, from the user whom the daemon belongs to. */
  readonly isOwner: boolean
  /** IP address of the client; '' over the unix socket. */
  readonly address: string
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** An answer: whole, or a stream that goes on until the client leaves. */
export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Called once; what is written goes out at once. A client that does not read is disconnected. */
  readonly stream?: (write: (text: string) => void) => void
}

/** One endpoint; undefined = this path is not its own. */
export type Route = (request: HttpRequest) => Promise<HttpAnswer> | undefined

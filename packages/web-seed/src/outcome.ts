/** What became of a fetch. Bytes delivered before it failed are in order and count. */
export type FetchOutcome = { readonly kind: 'done' } | { readonly kind: 'aborted' } | FetchFailure

/** A fetch that did not bring all bytes. */
export interface FetchFailure {
  readonly kind: 'failed'
  /** Asking again makes no sense: for this file when `fileIndex` is given, otherwise for anything. */
  readonly isPermanent: boolean
  /** The file that the server does not have, or has another version of; other files may be fetched. */
  readonly fileIndex?: number
  /** When a fetch makes sense again; given unless `isPermanent`. Until then fetches fail without a request. */
  readonly retryAfterMs?: number
  /** One line for a person, with no more of the URL than its host. */
  readonly reason: string
}

/** A web seed for a person to look at. */
export interface WebSeedState {
  /** Host, with the port when it is not the usual one: the part of the URL that is no secret. */
  readonly host: string
  /** Fetches that are not waiting for their turn. */
  readonly running: number
  /** Bytes that requests have brought, counted when a request ends; pad files are none. */
  readonly bytes: number
  /** Failures since the last success. */
  readonly failures: number
  /** Time until the next try; absent when one may be made now, or never. */
  readonly nextTryInMs?: number
  /** It will never be asked again. */
  readonly isGone: boolean
  /** Files it does not have. */
  readonly missingFiles: number
  /** Why it failed last; absent after a success. */
  readonly reason?: string
}

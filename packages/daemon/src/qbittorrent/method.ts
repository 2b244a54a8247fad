// What a method of qBittorrent's Web API is, what it works with, and how it answers.

import type { Engine } from '../engine/engine.ts'
import type { StateBook } from '../faces/state-book.ts'
import type { TorrentFetcher } from '../fetch/torrent-fetcher.ts'
import type { HttpAnswer } from '../http/route.ts'
import type { LogBook } from '../log/log-book.ts'
import type { Scope } from '../security/scope.ts'
import type { Form } from './form.ts'
import type { LabelBook } from './label-book.ts'
import type { MainData } from './main-data.ts'

/** What all methods work with. */
export interface ApiParts {
  readonly engine: Engine
  readonly book: StateBook
  readonly fetchTorrent: TorrentFetcher
  readonly log: LogBook
  /** Ends the daemon. Rejects with DAEMON_REQUEST_INVALID when that cannot be done from afar. */
  readonly stop: () => Promise<void>
}

/** One call. */
export interface Call extends ApiParts, Form {
  readonly labels: LabelBook
  readonly mainData: MainData
  /** It comes from the user whom the daemon belongs to, on this machine. */
  readonly isOwner: boolean
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** One method. Without an answer it is an empty 200. What it throws with a blame other than `us` is told to the client. */
export interface Method {
  readonly needs: Scope
  run(call: Call): Promise<HttpAnswer | void> | HttpAnswer | void
}

/** An answer in JSON. */
export function json(value: unknown): HttpAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status: 200, headers, body: JSON.stringify(value) }
}

/** A text, which is a refusal when `status` is not 200. */
export function text(body: string, status = 200): HttpAnswer {
  return { status, body }
}

/** There is no such torrent. */
export const NOT_FOUND: HttpAnswer = { status: 404, body: 'Not Found' }

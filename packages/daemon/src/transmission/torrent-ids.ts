// Which torrents a request is about: a number, a list of numbers and hashes, "recently-active", or all.

import type { Engine } from '../engine/engine.ts'
import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'

/** More ids than a daemon has torrents are no honest request. */
const MAX_IDS = 100_000
const RECENT_MS = 60_000

/** The torrents that `ids` means, each once; unknown ones are left out. @throws DAEMON_REQUEST_INVALID */
export function torrentsOf(engine: Engine, ids: unknown): EngineTorrent[] {
  if (ids === undefined) return engine.torrents()
  if (ids === 'recently-active') return engine.torrents().filter(isRecent)
  const list: readonly unknown[] = Array.isArray(ids) ? ids : [ids]
  if (list.length > MAX_IDS) throw invalidRequest('too many ids')
  return [...new Set(list.flatMap((id) => oneOf(engine, id) ?? []))]
}

function oneOf(engine: Engine, id: unknown): EngineTorrent | undefined {
  if (typeof id === 'number') return engine.byId(id)
  if (typeof id === 'string') return engine.byHash(id)
  throw invalidRequest('ids must be numbers or hashes')
}

function isRecent(torrent: EngineTorrent): boolean {
  const { history, startedAtMs } = torrent
  const since = Date.now() - RECENT_MS
  if (Math.max(history.activeAtMs, history.addedAtMs, startedAtMs, torrent.changedAtMs) >= since) return true
  const phase = torrent.summary()?.phase
  return phase === 'checking' || phase === 'metadata' || phase === 'downloading'
}

// `torrents/info`: which torrents, in which order; and what `hashes` means to every other method.

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import type { HttpAnswer } from '../http/route.ts'
import { invalidRequest } from '../errors.ts'
import { required, textOf } from '../http/arguments.ts'
import { flagField, listField, numberField } from './form.ts'
import type { Call, Method } from './method.ts'
import { json, NOT_FOUND } from './method.ts'
import { infoOf } from './torrent-info.ts'
import type { TorrentInfo } from './torrent-info.ts'
import { matches } from './torrent-state.ts'

const MAX_HASHES = 100_000

/** The torrents of a request that changes them. @throws DAEMON_REQUEST_INVALID without `hashes`: all must be said */
export function torrentsOf({ engine, fields }: Call): EngineTorrent[] {
  if (required(textOf(fields, 'hashes'), 'hashes').trim().toLowerCase() === 'all') return engine.torrents()
  return listed({ engine, fields })
}

function listed({ engine, fields }: Pick<Call, 'engine' | 'fields'>): EngineTorrent[] {
  return [...new Set(hashesOf(fields).flatMap((hash) => engine.byHash(hash) ?? []))]
}

/** What `hashes` names. @throws DAEMON_REQUEST_INVALID */
export function hashesOf(fields: Call['fields']): string[] {
  const hashes = listField(fields, 'hashes', '|')
  if (hashes.length > MAX_HASHES) throw invalidRequest('too many hashes')
  return hashes
}

/** The one torrent of a request; undefined when it is not there. */
export function torrentOf({ engine, fields }: Call): EngineTorrent | undefined {
  return engine.byHash(required(textOf(fields, 'hash'), 'hash').trim())
}

/** A method that does the same to all torrents in `hashes`. */
export function forEach(act: (torrent: EngineTorrent, call: Call) => Promise<void>): Method {
  return {
    needs: 'control',
    run: async (call) => {
      for (const torrent of torrentsOf(call)) await act(torrent, call)
    },
  }
}

/** A method that does something to the torrent `hash`, which is answered 404 when it is not there. */
export function forOne(act: (torrent: EngineTorrent, call: Call) => Promise<HttpAnswer | void>): Method {
  return {
    needs: 'control',
    run: (call) => {
      const torrent = torrentOf(call)
      return torrent === undefined ? NOT_FOUND : act(torrent, call)
    },
  }
}

/** `torrents/info`. */
export function torrentsInfo(call: Call): HttpAnswer {
  const { fields, labels } = call
  const offset = numberField(fields, 'offset') ?? 0
  const limit = numberField(fields, 'limit') ?? 0
  const chosen = chosenOf(call)
  const rows = sorted(
    chosen.map((torrent) => infoOf(torrent, labels)),
    textOf(fields, 'sort') ?? '',
  )
  if (flagField(fields, 'reverse') === true) rows.reverse()
  const start = offset < 0 ? Math.max(0, rows.length + offset) : offset
  return json(rows.slice(start, limit > 0 ? start + limit : undefined))
}

/** Those that all of the request's filters let through. */
function chosenOf({ engine, fields, labels }: Call): EngineTorrent[] {
  const hashes = textOf(fields, 'hashes') ?? ''
  const filter = textOf(fields, 'filter') ?? ''
  const category = textOf(fields, 'category')
  const tag = textOf(fields, 'tag')
  const isPrivate = flagField(fields, 'private')
  const among = hashes === '' || hashes.toLowerCase() === 'all' ? engine.torrents() : listed({ engine, fields })
  return among.filter((torrent) => {
    const own = labels.of(torrent)
    if (category !== undefined && own.category !== category) return false
    if (tag !== undefined && !(tag === '' ? own.tags.length === 0 : own.tags.includes(tag))) return false
    const summary = torrent.summary()
    if (isPrivate !== undefined && (summary?.isPrivate ?? false) !== isPrivate) return false
    return matches(filter, torrent, summary)
  })
}

/** By a field; in the order in which they were added without one. @throws DAEMON_REQUEST_INVALID */
function sorted(rows: TorrentInfo[], field: string): TorrentInfo[] {
  if (rows[0] === undefined || field === '') return rows
  if (!Object.hasOwn(rows[0], field)) throw invalidRequest('sort must be a field of a torrent')
  return rows.toSorted((a, b) => order(a[field], b[field]))
}

function order(a: TorrentInfo[string] | undefined, b: TorrentInfo[string] | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b)
  return Number(a) - Number(b)
}

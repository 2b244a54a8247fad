// `torrent-get`: rows of fields, as objects or as a table.

import type { Engine } from '../engine/engine.ts'
import { textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { Field, FieldSource } from './field-source.ts'
import { fieldSourceOf } from './field-source.ts'
import { TORRENT_FIELDS } from './torrent-fields.ts'
import { torrentsOf } from './torrent-ids.ts'

/** More names than there are fields are no honest request. */
const MAX_FIELDS = 1000

type Column = readonly [name: string, field: Field]

function tableRow(columns: readonly Column[], source: FieldSource): unknown[] {
  return columns.map(([, field]) => field(source))
}

function objectRow(columns: readonly Column[], source: FieldSource): Arguments {
  const row: Record<string, unknown> = {}
  for (const [name, field] of columns) row[name] = field(source)
  return row
}

/** The torrents that are asked for. Fields that nobody knows are left out. @throws DAEMON_REQUEST_INVALID */
export function torrentGet(engine: Engine, args: Arguments): Arguments {
  const asked = (textsOf(args, 'fields') ?? []).slice(0, MAX_FIELDS)
  const columns = [...new Set(asked)].flatMap((name): Column[] => {
    const field = Object.hasOwn(TORRENT_FIELDS, name) ? TORRENT_FIELDS[name] : undefined
    return field === undefined ? [] : [[name, field]]
  })
  const preferences = engine.preferences.now
  const rowOf = textOf(args, 'format') === 'table' ? tableRow : objectRow
  // One torrent after the other: what fields are made of is given up before it is as old as the daemon.
  const rows = torrentsOf(engine, args['ids']).map((torrent) => rowOf(columns, fieldSourceOf(torrent, preferences)))
  const torrents = rowOf === tableRow ? [columns.map(([name]) => name), ...rows] : rows
  return { torrents, ...(args['ids'] === 'recently-active' ? { removed: engine.recentlyRemoved() } : {}) }
}

// `torrent-get`: rows of fields, as objects or as a table.

import type { Engine } from '../engine/engine.ts'
import { textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { Field } from './field-source.ts'
import { fieldSourceOf } from './field-source.ts'
import { TORRENT_FIELDS } from './torrent-fields.ts'
import { torrentsOf } from './torrent-ids.ts'

/** More names than there are fields are no honest request. */
const MAX_FIELDS = 1000

/** The torrents that are asked for. Fields that nobody knows are left out. @throws DAEMON_REQUEST_INVALID */
export function torrentGet(engine: Engine, args: Arguments): Arguments {
  const asked = (textsOf(args, 'fields') ?? []).slice(0, MAX_FIELDS)
  const columns = [...new Set(asked)].flatMap((name): [string, Field][] => {
    const field = Object.hasOwn(TORRENT_FIELDS, name) ? TORRENT_FIELDS[name] : undefined
    return field === undefined ? [] : [[name, field]]
  })
  const preferences = engine.preferences.now
  const sources = torrentsOf(engine, args['ids']).map((torrent) => fieldSourceOf(torrent, preferences))
  const isTable = textOf(args, 'format') === 'table'
  const torrents = isTable
    ? [columns.map(([name]) => name), ...sources.map((source) => columns.map(([, field]) => field(source)))]
    : sources.map((source) => Object.fromEntries(columns.map(([name, field]) => [name, field(source)])))
  return { torrents, ...(args['ids'] === 'recently-active' ? { removed: engine.recentlyRemoved() } : {}) }
}

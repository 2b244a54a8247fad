// The methods of Transmission's remote control (rpc-spec, version 17) over the engine. Names and units are theirs.

import type { Engine } from '../engine/engine.ts'
import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import type { StoredSource } from '../state/torrent-record.ts'
import { flagOf, textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import { sessionFields } from './session-fields.ts'
import { TORRENT_FIELDS } from './torrent-fields.ts'
import { torrentsOf } from './torrent-ids.ts'

/** A method: its arguments in, the arguments of its answer out. What it throws with blame `input` is told to the client. */
export type Method = (engine: Engine, args: Arguments) => Promise<Arguments> | Arguments

/** Every method by its name. */
export const METHODS: Readonly<Record<string, Method>> = {
  'session-get': (engine) => sessionFields(engine),
  'session-stats': (engine) => sessionStats(engine),
  'torrent-get': torrentGet,
  'torrent-add': torrentAdd,
  'torrent-start': forEach((torrent) => torrent.resume()),
  'torrent-start-now': forEach((torrent) => torrent.resume()),
  'torrent-stop': forEach((torrent) => torrent.pause()),
  'torrent-verify': forEach((torrent) => torrent.verify()),
  'torrent-reannounce': forEach((torrent) => torrent.reannounce()),
  'torrent-remove': forEach((torrent, engine) => engine.remove(torrent)),
}

function forEach(act: (torrent: EngineTorrent, engine: Engine) => Promise<void>): Method {
  return async (engine, args) => {
    for (const torrent of torrentsOf(engine, args['ids'])) await act(torrent, engine)
    return {}
  }
}

function torrentGet(engine: Engine, args: Arguments): Arguments {
  const names = (textsOf(args, 'fields') ?? []).filter((name) => Object.hasOwn(TORRENT_FIELDS, name))
  const rows = torrentsOf(engine, args['ids']).map((torrent) => {
    const source = { torrent, snapshot: torrent.snapshot(), metainfo: () => torrent.metainfo() }
    return names.map((name) => TORRENT_FIELDS[name]?.(source))
  })
  const torrents =
    args['format'] === 'table'
      ? [names, ...rows]
      : rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])))
  return { torrents, ...(args['ids'] === 'recently-active' ? { removed: engine.recentlyRemoved() } : {}) }
}

async function torrentAdd(engine: Engine, args: Arguments): Promise<Arguments> {
  const directory = textOf(args, 'download-dir')
  const { kind, torrent } = await engine.add({
    source: sourceOf(args),
    settings: {
      ...(directory === undefined ? {} : { directory }),
      isPaused: flagOf(args, 'paused') ?? false,
      labels: textsOf(args, 'labels') ?? [],
    },
  })
  const { id, name, infoHash } = torrent
  return { [kind === 'added' ? 'torrent-added' : 'torrent-duplicate']: { id, name, hashString: infoHash } }
}

function sourceOf(args: Arguments): StoredSource {
  const metainfo = textOf(args, 'metainfo')
  if (metainfo !== undefined) return { kind: 'torrent-file', bytes: Buffer.from(metainfo, 'base64') }
  const filename = textOf(args, 'filename')
  if (filename !== undefined && /^\s*magnet:/i.test(filename)) return { kind: 'magnet', link: filename.trim() }
  throw invalidRequest('torrent-add needs metainfo, or a magnet link as filename')
}

function sessionStats(engine: Engine): Arguments {
  const { downloadBps, uploadBps } = engine.session.snapshot()
  const torrents = engine.torrents()
  const paused = torrents.filter(({ settings }) => settings.isPaused).length
  return {
    activeTorrentCount: torrents.length - paused,
    pausedTorrentCount: paused,
    torrentCount: torrents.length,
    downloadSpeed: Math.round(downloadBps),
    uploadSpeed: Math.round(uploadBps),
  }
}

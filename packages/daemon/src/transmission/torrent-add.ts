// `torrent-add`: by the bytes of a torrent file, a magnet link, an address of a torrent file, or its path on this machine.

import { parseTorrent } from '@ccbt/metainfo'

import { invalidRequest } from '../errors.ts'
import { namedSource } from '../fetch/named-source.ts'
import { flagOf, required, textOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { StoredSource, TorrentSettings } from '../state/torrent-record.ts'
import { choosesFiles, chosenFiles } from './file-choice.ts'
import type { Call } from './method.ts'
import { folderOf } from './numbers.ts'
import { labelsOf, peerLimitOf, refuseWhatCannotBe } from './torrent-set.ts'

/** Adds a torrent; one that is there already is no failure. @throws DAEMON_REQUEST_INVALID and whatever is wrong with it */
export async function torrentAdd(call: Call, args: Arguments): Promise<Arguments> {
  refuseWhatCannotBe(args)
  const source = await sourceOf(call, args)
  const { kind, torrent } = await call.engine.add({
    source,
    settings: { ...settingsOf(call, args), ...filesOf(source, args) },
    isOwner: call.isOwner,
  })
  const { id, name, infoHash } = torrent
  return { [kind === 'added' ? 'torrent-added' : 'torrent-duplicate']: { id, name, hashString: infoHash } }
}

function settingsOf({ engine }: Call, args: Arguments): Partial<TorrentSettings> {
  const directory = args['download-dir'] === '' ? undefined : folderOf(args, 'download-dir')
  const maxPeers = peerLimitOf(args)
  const sequential = flagOf(args, 'sequentialDownload')
  return {
    isPaused: flagOf(args, 'paused') ?? !engine.preferences.now.startsAdded,
    labels: labelsOf(args) ?? [],
    ...(directory === undefined ? {} : { directory }),
    ...(maxPeers === undefined ? {} : { maxPeers }),
    ...(sequential === undefined ? {} : { sequential }),
  }
}

function filesOf(source: StoredSource, args: Arguments): Partial<TorrentSettings> {
  if (!choosesFiles(args)) return {}
  if (source.kind === 'magnet') throw invalidRequest('the files of a magnet link can be chosen when they are known')
  return chosenFiles(args, parseTorrent(source.bytes), {})
}

async function sourceOf(call: Call, args: Arguments): Promise<StoredSource> {
  const metainfo = textOf(args, 'metainfo')
  if (metainfo !== undefined && metainfo !== '') {
    return { kind: 'torrent-file', bytes: Buffer.from(metainfo, 'base64') }
  }
  const name = required(textOf(args, 'filename'), 'filename or metainfo')
  return namedSource(call, name, textOf(args, 'cookies'))
}

// The methods of qBittorrent's Web API (2.11) over the engine. Names and units are theirs.

import type { HttpAnswer } from '../http/route.ts'
import { LABEL_METHODS } from './label-methods.ts'
import type { Call, Method } from './method.ts'
import { json, NOT_FOUND, text } from './method.ts'
import { SESSION_METHODS } from './session-methods.ts'
import { torrentsAdd } from './torrent-add.ts'
import { CHANGE_METHODS } from './torrent-changes.ts'
import { torrentOf, torrentsInfo } from './torrent-list.ts'
import {
  limitsShown,
  pieceHashes,
  pieceStates,
  properties,
  torrentFiles,
  torrentPeers,
  trackers,
  viewOf,
  webSeeds,
} from './torrent-views.ts'
import { TRANSFER_METHODS } from './transfer.ts'

/** Every method by its path below `/api/v2/`. */
export const METHODS: Readonly<Record<string, Method>> = {
  'torrents/info': { needs: 'read', run: torrentsInfo },
  'torrents/count': { needs: 'read', run: ({ engine }) => text(String(engine.torrents().length)) },
  'torrents/properties': viewOf(properties),
  'torrents/files': { needs: 'read', run: torrentFiles },
  'torrents/trackers': viewOf(trackers),
  'torrents/webseeds': viewOf(webSeeds),
  'torrents/pieceStates': viewOf(pieceStates),
  'torrents/pieceHashes': viewOf(pieceHashes),
  'torrents/downloadLimit': limitsShown('downloadLimit'),
  'torrents/uploadLimit': limitsShown('uploadLimit'),
  'torrents/export': { needs: 'read', run: exportTorrent },
  'torrents/add': { needs: 'control', run: torrentsAdd },
  'sync/maindata': { needs: 'read', run: (call) => json(call.mainData.since(call)) },
  'sync/torrentPeers': viewOf(torrentPeers),
  ...SESSION_METHODS,
  ...CHANGE_METHODS,
  ...LABEL_METHODS,
  ...TRANSFER_METHODS,
}

/** The torrent file. */
function exportTorrent(call: Call): HttpAnswer {
  const torrent = torrentOf(call)
  if (torrent === undefined) return NOT_FOUND
  const bytes = torrent.torrentFile()
  if (bytes === undefined) return text('the files of this torrent are not known yet', 409)
  return { status: 200, headers: { 'content-type': 'application/x-bittorrent' }, body: Buffer.from(bytes) }
}

// The methods of qBittorrent's Web API (2.11) over the engine. Names and units are theirs.

import type { HttpAnswer } from '../http/route.ts'
import { LABEL_METHODS } from './label-methods.ts'
import type { Call, Method } from './method.ts'
import { json, NOT_FOUND, text } from './method.ts'
import { preferencesShown, setPreferences } from './preferences.ts'
import { torrentsAdd } from './torrent-add.ts'
import { CHANGE_METHODS } from './torrent-changes.ts'
import { torrentOf, torrentsInfo } from './torrent-list.ts'
import { files, pieceStates, properties, torrentPeers, trackers, viewOf, webSeeds } from './torrent-views.ts'
import { TRANSFER_METHODS } from './transfer.ts'

/** The release that has this API: later ones answer a login and an added torrent in ways that clients take for failures. */
const QBITTORRENT_VERSION = 'v5.0.5'
const API_VERSION = '2.11.2'

/** Every method by its path below `/api/v2/`. */
export const METHODS: Readonly<Record<string, Method>> = {
  'app/version': { needs: 'read', run: () => text(QBITTORRENT_VERSION) },
  'app/webapiVersion': { needs: 'read', run: () => text(API_VERSION) },
  'app/buildInfo': { needs: 'read', run: () => json(buildInfo()) },
  'app/defaultSavePath': { needs: 'read', run: ({ engine }) => text(engine.downloadDirectory) },
  'app/preferences': { needs: 'read', run: ({ engine }) => json(preferencesShown(engine)) },
  'app/setPreferences': { needs: 'admin', run: setPreferences },
  'torrents/info': { needs: 'read', run: torrentsInfo },
  'torrents/count': { needs: 'read', run: ({ engine }) => text(String(engine.torrents().length)) },
  'torrents/properties': viewOf(properties),
  'torrents/files': viewOf(files),
  'torrents/trackers': viewOf(trackers),
  'torrents/webseeds': viewOf(webSeeds),
  'torrents/pieceStates': viewOf(pieceStates),
  'torrents/export': { needs: 'read', run: exportTorrent },
  'torrents/add': { needs: 'control', run: torrentsAdd },
  'sync/maindata': { needs: 'read', run: (call) => json(call.mainData.since(call)) },
  'sync/torrentPeers': viewOf(torrentPeers),
  ...CHANGE_METHODS,
  ...LABEL_METHODS,
  ...TRANSFER_METHODS,
}

/** Clients show it; none of these libraries is in ccbt. */
function buildInfo(): object {
  return {
    qt: '',
    libtorrent: '',
    boost: '',
    openssl: process.versions.openssl,
    zlib: process.versions.zlib,
    bitness: 64,
  }
}

/** The torrent file. */
function exportTorrent(call: Call): HttpAnswer {
  const torrent = torrentOf(call)
  if (torrent === undefined) return NOT_FOUND
  const bytes = torrent.torrentFile()
  if (bytes === undefined) return text('the files of this torrent are not known yet', 409)
  return { status: 200, headers: { 'content-type': 'application/x-bittorrent' }, body: Buffer.from(bytes) }
}

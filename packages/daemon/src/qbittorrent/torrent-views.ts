// What is inside one torrent: its properties, files, trackers, web seeds and peers. A hash that there is not is answered 404.

import type { PeerSnapshot, TrackerSnapshot } from '@ccbt/core'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { bpsOf } from '../engine/preferences.ts'
import { detailOf } from '../faces/detail.ts'
import { required, textOf } from '../http/arguments.ts'
import type { HttpAnswer } from '../http/route.ts'
import { addressOf, flagsOf } from '../transmission/peer-fields.ts'
import { filePriority } from './file-priority.ts'
import type { Call, Method } from './method.ts'
import { json, NOT_FOUND, text } from './method.ts'
import { infoOf } from './torrent-info.ts'
import { hashesOf, torrentOf } from './torrent-list.ts'
import { isDone } from './torrent-state.ts'

/** A method that shows something of the torrent `hash`. */
export function viewOf(show: (torrent: EngineTorrent, call: Call) => unknown): Method {
  return {
    needs: 'read',
    run: (call): HttpAnswer => {
      const torrent = torrentOf(call)
      return torrent === undefined ? NOT_FOUND : json(show(torrent, call))
    },
  }
}

/** `torrents/properties`. */
export function properties(torrent: EngineTorrent, { labels }: Call): unknown {
  const row = infoOf(torrent, labels)
  const activeS = Math.max(1, Number(row['time_active']))
  return {
    ...contentFacts(torrent),
    ...swarmFacts(torrent),
    hash: row['hash'],
    infohash_v1: row['infohash_v1'],
    infohash_v2: row['infohash_v2'],
    name: row['name'],
    save_path: row['save_path'],
    download_path: row['download_path'],
    is_private: row['private'],
    private: row['private'],
    total_downloaded: row['downloaded'],
    total_downloaded_session: row['downloaded_session'],
    total_uploaded: row['uploaded'],
    total_uploaded_session: row['uploaded_session'],
    dl_speed: row['dlspeed'],
    up_speed: row['upspeed'],
    dl_speed_avg: Math.round(Number(row['downloaded']) / activeS),
    up_speed_avg: Math.round(Number(row['uploaded']) / activeS),
    dl_limit: row['dl_limit'] === 0 ? -1 : row['dl_limit'],
    up_limit: row['up_limit'] === 0 ? -1 : row['up_limit'],
    time_elapsed: row['time_active'],
    seeding_time: row['seeding_time'],
    share_ratio: row['ratio'],
    popularity: row['popularity'],
    addition_date: row['added_on'],
    completion_date: row['completion_on'],
    last_seen: row['seen_complete'],
    eta: row['eta'],
    seeds: row['num_seeds'],
    seeds_total: row['num_complete'],
    peers: row['num_leechs'],
    peers_total: row['num_incomplete'],
    progress: row['progress'],
  }
}

/** What is in the torrent file; -1 while that is not known. */
function contentFacts(torrent: EngineTorrent): object {
  const metainfo = torrent.metainfo()
  const { creationDate = -1, pieceLength = -1, comment = '', createdBy = '' } = metainfo ?? {}
  return {
    has_metadata: metainfo !== undefined,
    total_size: metainfo === undefined ? -1 : torrent.totalLength,
    creation_date: creationDate,
    piece_size: pieceLength,
    comment,
    created_by: createdBy,
  }
}

function swarmFacts(torrent: EngineTorrent): object {
  const snapshot = torrent.snapshot()
  const { connections = 0, pieces = -1, piecesDone = 0 } = snapshot ?? {}
  return {
    nb_connections: connections,
    nb_connections_limit: torrent.settings.maxPeers ?? -1,
    pieces_num: pieces,
    pieces_have: piecesDone,
    reannounce: nextAnnounceS(snapshot?.trackers ?? []),
    total_wasted: snapshot === undefined ? 0 : snapshot.wasted.hashFailed + snapshot.wasted.duplicate,
  }
}

function nextAnnounceS(trackers: readonly TrackerSnapshot[]): number {
  const planned = trackers.flatMap(({ nextAnnounceInMs }) => nextAnnounceInMs ?? [])
  return planned.length === 0 ? 0 : Math.floor(Math.min(...planned) / 1000)
}

/** `torrents/files`: all, or those that `indexes` names. A number of no file is a conflict. */
export function torrentFiles(call: Call): HttpAnswer {
  const torrent = torrentOf(call)
  if (torrent === undefined) return NOT_FOUND
  const files = filesOf(torrent)
  const indexes = textOf(call.fields, 'indexes')?.split('|')
  if (indexes === undefined) return json(files)
  const chosen = indexes.flatMap((index) => (/^\d{1,9}$/.test(index) ? (files[Number(index)] ?? []) : []))
  if (torrent.metainfo() === undefined || chosen.length === indexes.length) return json(chosen)
  return text(`there is no such file; the torrent has ${files.length}`, 409)
}

/** Numbered without padding. */
function filesOf(torrent: EngineTorrent): object[] {
  const isSeed = isDone(torrent.summary())
  const pieceLength = torrent.metainfo()?.pieceLength ?? 1
  const offsets = torrent.metainfo()?.files.map(({ offset }) => offset) ?? []
  return detailOf(torrent).files.map(({ index, path, length, done, priority }, number) => {
    const from = offsets[index] ?? 0
    const range = [Math.floor(from / pieceLength), Math.floor((from + Math.max(length, 1) - 1) / pieceLength)]
    return {
      index: number,
      name: path,
      size: length,
      progress: length === 0 ? 1 : done / length,
      priority: filePriority(priority),
      availability: length === 0 ? 1 : done / length,
      piece_range: range,
      is_seed: isSeed,
    }
  })
}

const SHA1_BYTES = 20

/** Words of theirs for the state of a tracker. */
const TRACKER_STATUS = { idle: 1, working: 2, announcing: 3, failed: 4 } as const

/** `torrents/trackers`: DHT, PEX and LSD come first, as clients expect. */
export function trackers(torrent: EngineTorrent, { engine }: Call): unknown {
  const { dht, pex = true, lsd = false } = engine.options
  const isPrivate = torrent.summary()?.isPrivate ?? false
  const own = [
    { url: '** [DHT] **', isOn: dht !== undefined },
    { url: '** [PeX] **', isOn: pex },
    { url: '** [LSD] **', isOn: lsd },
  ]
  const live = new Map((torrent.snapshot()?.trackers ?? []).map((tracker) => [tracker.url, tracker]))
  return [
    ...own.map(({ url, isOn }) =>
      Object.assign({ url, tier: -1 }, NOTHING_HEARD, { status: isOn && !isPrivate ? 2 : 0 }),
    ),
    ...torrent.trackers().flatMap((urls, tier) => urls.map((url) => ({ url, tier, ...heard(live.get(url)) }))),
  ]
}

const NOTHING_HEARD = { status: 1, num_peers: 0, num_seeds: -1, num_leeches: -1, num_downloaded: -1, msg: '' } as const

function heard(tracker: TrackerSnapshot | undefined): object {
  if (tracker === undefined) return NOTHING_HEARD
  const { state, peersReceived, seeders = -1, leechers = -1, downloaded = -1, error = '' } = tracker
  return {
    status: TRACKER_STATUS[state],
    num_peers: peersReceived,
    num_seeds: seeders,
    num_leeches: leechers,
    num_downloaded: downloaded,
    msg: error,
  }
}

/** `torrents/webseeds`. */
export function webSeeds(torrent: EngineTorrent): unknown {
  return (torrent.metainfo()?.webSeeds ?? []).map((url) => ({ url }))
}

/** `torrents/pieceStates`: 0 not there, 2 verified. */
export function pieceStates(torrent: EngineTorrent): unknown {
  const have = torrent.handle?.have ?? new Uint8Array(0)
  const pieces = torrent.summary()?.pieces ?? 0
  return Array.from({ length: pieces }, (_, i) => (((have[i >>> 3] ?? 0) & (0x80 >>> (i & 7))) === 0 ? 0 : 2))
}

/** `torrents/pieceHashes`: of a v1 torrent; the pieces of one that is only v2 have none of this kind. */
export function pieceHashes(torrent: EngineTorrent): unknown {
  const hashes = Buffer.from(torrent.metainfo()?.pieceHashes ?? [])
  return Array.from({ length: hashes.length / SHA1_BYTES }, (_, i) =>
    hashes.toString('hex', i * SHA1_BYTES, (i + 1) * SHA1_BYTES),
  )
}

/** `torrents/downloadLimit` and `torrents/uploadLimit`: by the hashes that the request has; -1 = there is no such torrent. */
export function limitsShown(name: 'downloadLimit' | 'uploadLimit'): Method {
  return {
    needs: 'read',
    run: ({ engine, fields }) => {
      required(textOf(fields, 'hashes'), 'hashes')
      const hashes = hashesOf(fields)
      const limits = hashes.map((hash) => [hash, bpsOfTorrent(engine.byHash(hash), name)])
      return json(Object.fromEntries(limits))
    },
  }
}

function bpsOfTorrent(torrent: EngineTorrent | undefined, name: 'downloadLimit' | 'uploadLimit'): number {
  return torrent === undefined ? -1 : bpsOf(torrent.settings[name])
}

/** `sync/torrentPeers`: all of them each time, which clients take for a first answer. */
export function torrentPeers(torrent: EngineTorrent): unknown {
  const peers = torrent.snapshot()?.peers ?? []
  return {
    rid: 1,
    full_update: true,
    show_flags: false,
    peers: Object.fromEntries(peers.map((peer) => [peer.address, peerOf(peer)])),
  }
}

function peerOf(peer: PeerSnapshot): object {
  const { host, port } = addressOf(peer.address)
  return {
    ip: host,
    port,
    client: peer.client,
    connection: peer.transport === 'utp' ? 'μTP' : 'BT',
    flags: flagsOf(peer),
    flags_desc: '',
    country: '',
    country_code: '',
    files: '',
    progress: peer.progress,
    relevance: peer.progress < 1 ? 0 : 1,
    dl_speed: Math.round(peer.downloadBps),
    up_speed: Math.round(peer.uploadBps),
    downloaded: peer.downloaded,
    uploaded: peer.uploaded,
  }
}

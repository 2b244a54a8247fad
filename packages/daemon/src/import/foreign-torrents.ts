// Reads the torrents of other programs out of their folders, one at a time and without writing there.

import { open, opendir } from 'node:fs/promises'
import { join } from 'node:path'

import { asDict, decode } from '@ccbt/bencode'
import type { BencodeDict } from '@ccbt/bencode'
import { recordOfForeignData } from '@ccbt/core'
import { parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { ExportedTorrent } from '@ccbt/rpc-client'

import { errnoOf, invalidRequest } from '../errors.ts'
import { EXPORT_FORMAT } from '../faces/archive.ts'
import { readQbittorrent, readRtorrent, readTransmission } from './client-records.ts'
import type { ForeignSettings, RecordReader } from './client-records.ts'
import { readHistory } from './foreign-history.ts'
import type { HistoryKeys } from './foreign-history.ts'
import { qbittorrentPieces, rtorrentPieces, transmissionPieces } from './verified-pieces.ts'
import type { VerifiedPieces } from './verified-pieces.ts'

/** Programs whose torrents can be read. */
export type ForeignClient = 'qbittorrent' | 'transmission' | 'rtorrent'

/** A torrent of another program, or why it is not to be had. */
export type ForeignTorrent =
  | {
      readonly kind: 'torrent'
      readonly name: string
      /** As another ccbt would give it away. */
      readonly exported: ExportedTorrent
    }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }

/** As large as what is taken from others; records have a few bytes for each piece. */
const MAX_TORRENT_BYTES = 10_485_760
const MAX_RECORD_BYTES = 33_554_432

interface Layout {
  /** Where torrent files and records are, below the folder that is named. */
  readonly torrents: string
  readonly records: string
  /** What follows the name of a torrent in that of its record. */
  readonly ending: string
  /** In that of the record about its data, when that is another. */
  readonly dataEnding?: string
  readonly read: RecordReader
  readonly pieces: (record: BencodeDict, metainfo: Metainfo, writtenAtMs: number) => VerifiedPieces | undefined
  readonly history: HistoryKeys
}

const LAYOUTS: Readonly<Record<ForeignClient, Layout>> = {
  qbittorrent: {
    torrents: '.',
    records: '.',
    ending: '.fastresume',
    read: readQbittorrent,
    pieces: qbittorrentPieces,
    history: {
      uploaded: 'total_uploaded',
      downloaded: 'total_downloaded',
      added: 'added_time',
      completed: 'completed_time',
      seeding: 'seeding_time',
    },
  },
  transmission: {
    torrents: 'torrents',
    records: 'resume',
    ending: '.resume',
    read: readTransmission,
    pieces: transmissionPieces,
    history: {
      uploaded: 'uploaded',
      downloaded: 'downloaded',
      added: 'added-date',
      completed: 'done-date',
      active: 'activity-date',
      downloading: 'downloading-time-seconds',
      seeding: 'seeding-time-seconds',
    },
  },
  rtorrent: {
    torrents: '.',
    records: '.',
    ending: '.torrent.rtorrent',
    dataEnding: '.torrent.libtorrent_resume',
    read: readRtorrent,
    pieces: rtorrentPieces,
    history: { uploaded: 'total_uploaded', completed: 'timestamp.finished' },
  },
}

/**
 * The torrents in `folder`: qBittorrent's `BT_backup`, Transmission's configuration folder, rtorrent's session folder.
 * Rejects with DAEMON_REQUEST_INVALID for a folder that cannot be read.
 */
export async function* readForeignTorrents(client: ForeignClient, folder: string): AsyncGenerator<ForeignTorrent> {
  const layout = LAYOUTS[client]
  const directory = join(folder, layout.torrents)
  const entries = await opendir(directory).catch((error: unknown) => {
    throw invalidRequest(`cannot read ${directory}: ${errnoOf(error) ?? 'unknown error'}`)
  })
  for await (const { name } of entries) {
    if (!name.endsWith('.torrent')) continue
    const stem = name.slice(0, -'.torrent'.length)
    yield await readOne({ stem, path: join(directory, name), record: join(folder, layout.records, stem), layout })
  }
}

interface Place {
  readonly stem: string
  readonly path: string
  /** Without its ending. */
  readonly record: string
  readonly layout: Layout
}

async function readOne(place: Place): Promise<ForeignTorrent> {
  const { stem, path, layout } = place
  const skipped = (reason: string, name = stem): ForeignTorrent => ({ kind: 'skipped', name, reason })
  try {
    const torrent = await readBounded(path, MAX_TORRENT_BYTES)
    const metainfo = parseTorrent(torrent.bytes)
    const record = await readRecord(`${place.record}${layout.ending}`)
    if (record === undefined) return skipped('its record is no dictionary', metainfo.name)
    const settings = layout.read(record.dict, metainfo)
    if (typeof settings === 'string') return skipped(settings, metainfo.name)
    const lived = readHistory(record.dict, layout.history, Date.now())
    const pieces = await piecesOf(place, metainfo, record)
    const { addedAtMs } = lived.history
    const { directory } = settings
    const data = pieces && (await recordOfForeignData(metainfo, { ...pieces, ...lived, directory, addedAtMs }))
    return {
      kind: 'torrent',
      name: metainfo.name,
      exported: {
        infoHash: toHex(metainfo.infoHash),
        torrentFile: Buffer.from(torrent.bytes).toString('base64'),
        position: 0,
        state: {
          format: EXPORT_FORMAT,
          settings: settings satisfies ForeignSettings,
          history: lived.history,
          ...(data === undefined ? {} : { record: data }),
        },
      },
    }
  } catch (error) {
    if (isCcbtError(error) && error.blame !== 'us') return skipped(error.message)
    throw error
  }
}

interface ClientRecord {
  readonly dict: BencodeDict
  readonly writtenAtMs: number
}

async function readRecord(path: string): Promise<ClientRecord | undefined> {
  const { bytes, writtenAtMs } = await readBounded(path, MAX_RECORD_BYTES)
  const dict = asDict(decode(bytes).value)
  return dict && { dict, writtenAtMs }
}

async function piecesOf(
  { record: stem, layout }: Place,
  metainfo: Metainfo,
  record: ClientRecord,
): Promise<VerifiedPieces | undefined> {
  const { dataEnding, pieces } = layout
  // Without that record the data is hashed.
  const data = dataEnding === undefined ? record : await readRecord(`${stem}${dataEnding}`).catch(() => undefined)
  return data && pieces(data.dict, metainfo, data.writtenAtMs)
}

async function readBounded(path: string, maxBytes: number): Promise<{ bytes: Uint8Array; writtenAtMs: number }> {
  try {
    await using file = await open(path)
    const { size, mtimeMs } = await file.stat()
    if (size > maxBytes) throw invalidRequest(`${path} is too large`)
    return { bytes: await file.readFile(), writtenAtMs: mtimeMs }
  } catch (error) {
    if (isCcbtError(error)) throw error
    throw invalidRequest(`cannot read ${path}: ${errnoOf(error) ?? 'unknown error'}`)
  }
}

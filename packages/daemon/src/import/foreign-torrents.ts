// Reads the torrents of other programs out of their folders, one at a time and without writing there.

import { open, opendir } from 'node:fs/promises'
import { join } from 'node:path'

import { asDict, decode } from '@ccbt/bencode'
import { parseTorrent } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'

import { errnoOf, invalidRequest } from '../errors.ts'
import { readQbittorrent, readRtorrent, readTransmission } from './client-records.ts'
import type { ForeignSettings, RecordReader } from './client-records.ts'

/** Programs whose torrents can be read. */
export type ForeignClient = 'qbittorrent' | 'transmission' | 'rtorrent'

/** A torrent of another program, or why it is not to be had. */
export type ForeignTorrent =
  | {
      readonly kind: 'torrent'
      readonly name: string
      readonly torrentFile: Uint8Array
      readonly settings: ForeignSettings
    }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }

/** As large as what is taken from others; records have a few bytes for each piece. */
const MAX_TORRENT_BYTES = 10_485_760
const MAX_RECORD_BYTES = 33_554_432

interface Layout {
  /** Where torrent files and records are, below the folder that is named. */
  readonly torrents: string
  readonly records: string
  /** What the record of `stem.torrent` is called. */
  readonly recordName: (stem: string) => string
  readonly read: RecordReader
}

const LAYOUTS: Readonly<Record<ForeignClient, Layout>> = {
  qbittorrent: { torrents: '.', records: '.', recordName: (stem) => `${stem}.fastresume`, read: readQbittorrent },
  transmission: {
    torrents: 'torrents',
    records: 'resume',
    recordName: (stem) => `${stem}.resume`,
    read: readTransmission,
  },
  rtorrent: { torrents: '.', records: '.', recordName: (stem) => `${stem}.torrent.rtorrent`, read: readRtorrent },
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
    const record = join(folder, layout.records, layout.recordName(stem))
    yield await readOne({ stem, path: join(directory, name), record, read: layout.read })
  }
}

interface Place {
  readonly stem: string
  readonly path: string
  readonly record: string
  readonly read: RecordReader
}

async function readOne({ stem, path, record, read }: Place): Promise<ForeignTorrent> {
  const skipped = (reason: string, name = stem): ForeignTorrent => ({ kind: 'skipped', name, reason })
  try {
    const torrentFile = await readBounded(path, MAX_TORRENT_BYTES)
    const metainfo = parseTorrent(torrentFile)
    const dict = asDict(decode(await readBounded(record, MAX_RECORD_BYTES)).value)
    const settings = dict === undefined ? 'its record is no dictionary' : read(dict, metainfo)
    if (typeof settings === 'string') return skipped(settings, metainfo.name)
    return { kind: 'torrent', name: metainfo.name, torrentFile, settings }
  } catch (error) {
    if (isCcbtError(error) && error.blame !== 'us') return skipped(error.message)
    throw error
  }
}

async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > maxBytes) throw invalidRequest(`${path} is too large`)
    return await file.readFile()
  } catch (error) {
    if (isCcbtError(error)) throw error
    throw invalidRequest(`cannot read ${path}: ${errnoOf(error) ?? 'unknown error'}`)
  }
}

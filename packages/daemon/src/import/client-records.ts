// What other programs keep of a torrent beside its file, in our words. A record that says what we cannot follow is refused
// with a reason rather than followed in part.

import { basename, dirname, join, normalize } from 'node:path'

import { asInt, asList, asText } from '@ccbt/bencode'
import type { BencodeDict, BencodeValue } from '@ccbt/bencode'
import type { Metainfo } from '@ccbt/metainfo'

/** What was decided about a torrent in another program. */
export interface ForeignSettings {
  /** Folder that the torrent's file or folder is in. */
  readonly directory: string
  readonly isPaused: boolean
  readonly labels: readonly string[]
  /** Tiers of trackers instead of those in the torrent file. */
  readonly trackers?: readonly (readonly string[])[]
  /** Indexes of the files that are wanted; absent = all. */
  readonly select?: readonly number[]
}

/** Reads a record; a text = why the torrent cannot be taken. */
export type RecordReader = (record: BencodeDict, metainfo: Metainfo) => ForeignSettings | string

const OTHER_NAMES = 'its files have other names than in the torrent'
const NO_FOLDER = 'its record names no folder'

/** `BT_backup/HASH.fastresume`: libtorrent's record with qBittorrent's own keys. */
export function readQbittorrent(record: BencodeDict, metainfo: Metainfo): ForeignSettings | string {
  const directory = folderOf(record, 'qBt-savePath') ?? folderOf(record, 'save_path')
  if (directory === undefined) return NO_FOLDER
  const names = textsOf(record.get('mapped_files'))
  const paths = metainfo.files.map(({ path }) => path.join('/'))
  if (names.some((name, i) => normalize(name) !== paths[i])) return OTHER_NAMES
  const category = asText(record.get('qBt-category')) ?? ''
  const tags = textsOf(record.get('qBt-tags'))
  const trackers = (asList(record.get('trackers')) ?? []).map(textsOf).filter((tier) => tier.length > 0)
  const priorities = (asList(record.get('file_priority')) ?? []).map(asInt)
  return {
    directory,
    // libtorrent pauses what waits in its queue as well.
    isPaused: asInt(record.get('paused')) === 1 && asInt(record.get('auto_managed')) !== 1,
    labels: category === '' ? tags : [category, ...tags],
    ...(trackers.length === 0 ? {} : { trackers }),
    ...selectOf(
      priorities.map((priority) => priority !== 0),
      metainfo,
    ),
  }
}

/** `resume/HASH.resume`. */
export function readTransmission(record: BencodeDict, metainfo: Metainfo): ForeignSettings | string {
  const directory = folderOf(record, 'destination')
  if (directory === undefined) return NO_FOLDER
  const name = asText(record.get('name')) ?? metainfo.name
  if (name !== metainfo.name || record.has('files')) return OTHER_NAMES
  const unwanted = (asList(record.get('dnd')) ?? []).map(asInt)
  return {
    directory,
    isPaused: asInt(record.get('paused')) === 1,
    labels: textsOf(record.get('labels')),
    ...selectOf(
      unwanted.map((flag) => flag !== 1),
      metainfo,
    ),
  }
}

/** `HASH.torrent.rtorrent` in the session folder, whose folder of a torrent with several files is the one with its name. */
export function readRtorrent(record: BencodeDict, { isMultiFile, name }: Metainfo): ForeignSettings | string {
  const folder = folderOf(record, 'directory')
  if (folder === undefined) return NO_FOLDER
  if (isMultiFile && basename(folder) !== name) return OTHER_NAMES
  const label = decoded(asText(record.get('custom1')) ?? '')
  return {
    directory: isMultiFile ? dirname(folder) : folder,
    isPaused: asInt(record.get('state')) === 0,
    labels: label === '' ? [] : [label],
  }
}

/** Absolute and without a `/` at its end. */
function folderOf(record: BencodeDict, key: string): string | undefined {
  const folder = asText(record.get(key))
  return folder?.startsWith('/') === true && !folder.includes('\0') ? join(folder, '.') : undefined
}

function textsOf(value: BencodeValue | undefined): string[] {
  return (asList(value) ?? []).flatMap((item) => asText(item) ?? [])
}

/** Padding is neither wanted nor not; a list that does not fit the torrent says nothing. */
function selectOf(wanted: readonly boolean[], { files }: Metainfo): Pick<ForeignSettings, 'select'> {
  const isWhole = wanted.length !== files.length || files.every(({ isPad }, i) => isPad || wanted[i] === true)
  return isWhole ? {} : { select: [...files.keys()].filter((i) => wanted[i] === true) }
}

/** ruTorrent writes labels as in an address. */
function decoded(label: string): string {
  try {
    return decodeURIComponent(label).trim()
  } catch {
    // It is written as it is.
    return label.trim()
  }
}

// The options of `torrents/add` as settings of a torrent. What is not there in ccbt and makes no difference to a client is
// left out; what would put data where the client does not expect it is refused.

import { join, parse } from 'node:path'

import { parseTorrent, sanitizePaths } from '@ccbt/metainfo'

import { invalidRequest } from '../errors.ts'
import { textOf } from '../http/arguments.ts'
import type { OwnLimit, StoredSource, TorrentSettings } from '../state/torrent-record.ts'
import { folderOf } from '../transmission/numbers.ts'
import { flagField, listField, numberField } from './form.ts'
import { labelsOf } from './label-book.ts'
import type { Call } from './method.ts'
import { shownNameOf } from './shown-name.ts'
import { goalOfLimit } from './torrent-info.ts'

type Fields = Call['fields']

/** What a request asks for all of its torrents. Makes its category and tags. @throws DAEMON_REQUEST_INVALID */
export function addedSettings({ engine, fields, labels }: Call): Partial<TorrentSettings> {
  const category = textOf(fields, 'category')?.trim() ?? ''
  const tags = listField(fields, 'tags', ',')
  if (category !== '' && labels.category(category) === undefined) labels.setCategory({ name: category, savePath: '' })
  labels.addTags(tags)
  const isPaused = flagField(fields, 'stopped') ?? flagField(fields, 'paused') ?? !engine.preferences.now.startsAdded
  const name = shownNameOf(textOf(fields, 'rename') ?? '')
  return {
    isPaused,
    labels: labelsOf(category, tags),
    ...(name === '' ? {} : { shownName: name }),
    ...(flagField(fields, 'forced') === true ? { isForced: true } : {}),
    ...foldersOf(fields, labels.category(category)?.savePath ?? '', join(engine.downloadDirectory, category)),
    ...orderOf(fields),
    ...goalsOf(fields),
    ...limitsOf(fields),
  }
}

/**
 * Where the request says, else where the category's torrents go. With automatic management the category decides alone, and
 * one without a folder has the one of its name.
 */
function foldersOf(fields: Fields, savePath: string, ownFolder: string): Partial<TorrentSettings> {
  if (flagField(fields, 'autoTMM') === true) return { directory: savePath === '' ? ownFolder : savePath }
  const isGiven = (textOf(fields, 'savepath') ?? '') !== ''
  const directory = isGiven ? folderOf(fields, 'savepath') : savePath
  const isIncompleteGiven = (textOf(fields, 'downloadPath') ?? '') !== ''
  const usesIncomplete = flagField(fields, 'useDownloadPath')
  return {
    ...(directory === undefined || directory === '' ? {} : { directory }),
    ...(usesIncomplete === false ? { incompleteDirectory: undefined } : {}),
    ...(usesIncomplete !== false && isIncompleteGiven ? { incompleteDirectory: folderOf(fields, 'downloadPath') } : {}),
  }
}

function orderOf(fields: Fields): Partial<TorrentSettings> {
  const sequential = flagField(fields, 'sequentialDownload')
  const firstLastFirst = flagField(fields, 'firstLastPiecePrio')
  return {
    ...(sequential === undefined ? {} : { sequential }),
    ...(firstLastFirst === undefined ? {} : { firstLastFirst }),
  }
}

function goalsOf(fields: Fields): Partial<TorrentSettings> {
  const ratioGoal = goalOfLimit(numberField(fields, 'ratioLimit'))
  const timeGoal = goalOfLimit(numberField(fields, 'seedingTimeLimit'))
  const idleGoal = goalOfLimit(numberField(fields, 'inactiveSeedingTimeLimit'))
  return { ...(ratioGoal && { ratioGoal }), ...(timeGoal && { timeGoal }), ...(idleGoal && { idleGoal }) }
}

function limitsOf(fields: Fields): Partial<TorrentSettings> {
  const downloadLimit = limitOf(numberField(fields, 'dlLimit'))
  const uploadLimit = limitOf(numberField(fields, 'upLimit'))
  return { ...(downloadLimit && { downloadLimit }), ...(uploadLimit && { uploadLimit }) }
}

function limitOf(bps: number | undefined): OwnLimit | undefined {
  return bps === undefined || bps <= 0 ? undefined : { isOn: true, bps: Math.round(bps) }
}

const STOP_CONDITIONS = ['None', 'MetadataReceived', 'FilesChecked'] as const

/** Whether the torrents are to wait before anything of their data is downloaded. @throws DAEMON_REQUEST_INVALID */
export function stopsEarly(fields: Fields): boolean {
  return choiceField(fields, 'stopCondition', STOP_CONDITIONS) !== 'None'
}

/**
 * A torrent that is to wait: what is there of a stopped one is looked at all the same, and a magnet link runs until it is
 * known what it stands for.
 */
export function heldBack(kind: StoredSource['kind']): Partial<TorrentSettings> {
  return kind === 'magnet' ? { stopsWithMetadata: true } : { isPaused: true }
}

const LAYOUTS = ['Original', 'Subfolder', 'NoSubfolder'] as const
export type ContentLayout = (typeof LAYOUTS)[number]

/** How the torrents' files are to be laid out. @throws DAEMON_REQUEST_INVALID */
export function contentLayout(fields: Fields): ContentLayout {
  return choiceField(fields, 'contentLayout', LAYOUTS)
}

/**
 * The folder that a torrent of one file gets, when it is to have one: as the file is called, without its extension. A magnet
 * link, of which nobody knows what it stands for, gets none. 'impossible' = files would have to leave the torrent's folder.
 */
export function subfolderOf(source: StoredSource, layout: ContentLayout): { readonly name?: string } | 'impossible' {
  if (layout === 'Original') return {}
  if (source.kind === 'magnet') return layout === 'Subfolder' ? {} : 'impossible'
  const [first = [], ...others] = parseTorrent(source.bytes).files.map(({ path }) => path)
  const hasFolder = first.length > 1 || others.length > 0
  if (layout === 'NoSubfolder') return hasFolder ? 'impossible' : {}
  if (hasFolder) return {}
  const [path] = sanitizePaths([{ path: [parse(first[0] ?? '').name], isPad: false }])
  return { name: path?.[0] ?? '_' }
}

/** One of some words, the first when none is given. Upper and lower case are the same. @throws DAEMON_REQUEST_INVALID */
function choiceField<T extends string>(fields: Fields, name: string, choices: readonly [T, ...T[]]): T {
  const value = (textOf(fields, name) ?? '').trim().toLowerCase()
  if (value === '') return choices[0]
  const choice = choices.find((known) => known.toLowerCase() === value)
  if (choice === undefined) throw invalidRequest(`${name} must be one of ${choices.join(', ')}`)
  return choice
}

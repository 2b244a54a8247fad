// `torrents/add`: files and links, each with the same options. A torrent that is there already is refused, as qBittorrent does.

import { isCcbtError } from '@ccbt/primitives'

import { textOf } from '../http/arguments.ts'
import type { HttpAnswer } from '../http/route.ts'
import { invalidRequest } from '../errors.ts'
import { namedSource } from '../fetch/named-source.ts'
import type { OwnLimit, StoredSource, TorrentSettings } from '../state/torrent-record.ts'
import { folderOf } from '../transmission/numbers.ts'
import { flagField, listField, numberField } from './form.ts'
import { labelsOf } from './label-book.ts'
import type { Call } from './method.ts'
import { text } from './method.ts'
import { goalOfLimit } from './torrent-info.ts'

const MAX_TORRENTS = 100

/** Adds torrents: `Ok.` when at least one is new. @throws DAEMON_REQUEST_INVALID, DAEMON_FOLDER_REFUSED for bad options */
export async function torrentsAdd(call: Call): Promise<HttpAnswer> {
  const urls = listField(call.fields, 'urls', /\r?\n/)
  if (urls.length + call.files.length > MAX_TORRENTS) throw invalidRequest(`at most ${MAX_TORRENTS} torrents at a time`)
  const settings = settingsOf(call)
  if (settings.directory !== undefined && !call.isOwner) await call.engine.checkFolder(settings.directory)
  let added = 0
  for (const bytes of call.files) if (await addOne(call, { kind: 'torrent-file', bytes }, settings)) added++
  for (const url of urls) if (await addNamed(call, url, settings)) added++
  return text(added > 0 ? 'Ok.' : 'Fails.')
}

async function addNamed(call: Call, url: string, settings: Partial<TorrentSettings>): Promise<boolean> {
  const source = await whatWorks(() => namedSource(call, url, textOf(call.fields, 'cookie')))
  return source !== undefined && (await addOne(call, source, settings))
}

async function addOne(
  { engine, isOwner }: Call,
  source: StoredSource,
  settings: Partial<TorrentSettings>,
): Promise<boolean> {
  const outcome = await whatWorks(() => engine.add({ source, settings, isOwner }))
  return outcome?.kind === 'added'
}

/** The answer has one word for all torrents: what is wrong with one of them keeps none of the others out. */
async function whatWorks<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    return undefined
  }
}

function settingsOf({ engine, fields, labels }: Call): Partial<TorrentSettings> {
  const category = textOf(fields, 'category')?.trim() ?? ''
  const tags = listField(fields, 'tags', ',')
  if (category !== '' && labels.category(category) === undefined) labels.setCategory({ name: category, savePath: '' })
  labels.addTags(tags)
  const directory = directoryOf(fields, labels.category(category)?.savePath ?? '')
  const isPaused = flagField(fields, 'stopped') ?? flagField(fields, 'paused') ?? !engine.preferences.now.startsAdded
  const sequential = flagField(fields, 'sequentialDownload')
  return {
    isPaused,
    labels: labelsOf(category, tags),
    ...(directory === undefined ? {} : { directory }),
    ...(sequential === undefined ? {} : { sequential }),
    ...(flagField(fields, 'forced') === true ? { isForced: true } : {}),
    ...goalsOf(fields),
    ...limitsOf(fields),
  }
}

/** Where the request says, else where the category's torrents go. */
function directoryOf(fields: Call['fields'], savePath: string): string | undefined {
  const isGiven = (textOf(fields, 'savepath') ?? '') !== ''
  if (isGiven) return folderOf(fields, 'savepath')
  return savePath === '' ? undefined : savePath
}

function goalsOf(fields: Call['fields']): Partial<TorrentSettings> {
  const ratioGoal = goalOfLimit(numberField(fields, 'ratioLimit'))
  const timeGoal = goalOfLimit(numberField(fields, 'seedingTimeLimit'))
  const idleGoal = goalOfLimit(numberField(fields, 'inactiveSeedingTimeLimit'))
  return { ...(ratioGoal && { ratioGoal }), ...(timeGoal && { timeGoal }), ...(idleGoal && { idleGoal }) }
}

function limitsOf(fields: Call['fields']): Partial<TorrentSettings> {
  const downloadLimit = limitOf(numberField(fields, 'dlLimit'))
  const uploadLimit = limitOf(numberField(fields, 'upLimit'))
  return { ...(downloadLimit && { downloadLimit }), ...(uploadLimit && { uploadLimit }) }
}

function limitOf(bps: number | undefined): OwnLimit | undefined {
  return bps === undefined || bps <= 0 ? undefined : { isOn: true, bps: Math.round(bps) }
}

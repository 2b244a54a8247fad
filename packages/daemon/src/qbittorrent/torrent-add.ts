// `torrents/add`: files and links, each with the same options. A torrent that is there already is refused, as qBittorrent does.

import { isCcbtError } from '@ccbt/primitives'

import { invalidRequest } from '../errors.ts'
import { namedSource } from '../fetch/named-source.ts'
import { textOf } from '../http/arguments.ts'
import type { HttpAnswer } from '../http/route.ts'
import type { StoredSource, TorrentSettings } from '../state/torrent-record.ts'
import { addedSettings, contentLayout, heldBack, stopsEarly, subfolderOf } from './add-settings.ts'
import type { ContentLayout } from './add-settings.ts'
import { flagField, listField } from './form.ts'
import type { Call } from './method.ts'
import { text } from './method.ts'

const MAX_TORRENTS = 100

/** What all torrents of a request have in common. */
interface Wishes {
  readonly settings: Partial<TorrentSettings>
  readonly layout: ContentLayout
  readonly stopsEarly: boolean
  readonly comesFirst: boolean
}

/** How one torrent fared: `damaged` came as a file that is no torrent, `misplaced` has files that cannot be laid out as they should. */
type Outcome = 'added' | 'duplicate' | 'failed' | 'damaged' | 'misplaced'

/** Adds torrents: `Ok.` when at least one is new. @throws DAEMON_REQUEST_INVALID, DAEMON_FOLDER_REFUSED for bad options */
export async function torrentsAdd(call: Call): Promise<HttpAnswer> {
  const urls = listField(call.fields, 'urls', /\r?\n/)
  if (urls.length + call.files.length > MAX_TORRENTS) throw invalidRequest(`at most ${MAX_TORRENTS} torrents at a time`)
  const wishes = await wishesOf(call)
  const outcomes = new Set<Outcome>()
  for (const bytes of call.files) outcomes.add(await addOne(call, { kind: 'torrent-file', bytes }, wishes))
  for (const url of urls) outcomes.add(await addNamed(call, url, wishes))
  return answerTo(outcomes)
}

/** One word for all torrents. */
function answerTo(outcomes: ReadonlySet<Outcome>): HttpAnswer {
  if (outcomes.has('added')) return text('Ok.')
  if (outcomes.has('damaged')) return text('that is not a valid torrent file', 415)
  if (outcomes.has('misplaced')) return text('contentLayout: the files of a torrent stay in its own folder', 409)
  return text('Fails.')
}

async function wishesOf(call: Call): Promise<Wishes> {
  const { fields, engine, isOwner } = call
  const wishes = {
    layout: contentLayout(fields),
    stopsEarly: stopsEarly(fields),
    comesFirst: flagField(fields, 'addToTopOfQueue') ?? false,
    settings: addedSettings(call),
  }
  const { directory, incompleteDirectory } = wishes.settings
  for (const folder of [directory, incompleteDirectory]) {
    if (folder !== undefined && !isOwner) await engine.checkFolder(folder)
  }
  return wishes
}

async function addNamed(call: Call, url: string, wishes: Wishes): Promise<Outcome> {
  const source = await whatWorks(() => namedSource(call, url, textOf(call.fields, 'cookie')))
  if (typeof source === 'string') return 'failed'
  const outcome = await addOne(call, source, wishes)
  return outcome === 'damaged' ? 'failed' : outcome
}

async function addOne(call: Call, source: StoredSource, wishes: Wishes): Promise<Outcome> {
  const outcome = await whatWorks(() => addLaidOut(call, source, wishes))
  return typeof outcome === 'string' ? outcome : outcome.kind
}

async function addLaidOut(
  { engine, isOwner }: Call,
  source: StoredSource,
  { settings, layout, stopsEarly: isHeldBack, comesFirst }: Wishes,
): Promise<{ readonly kind: Outcome }> {
  const folder = subfolderOf(source, layout)
  if (folder === 'impossible') return { kind: 'misplaced' }
  const { kind, torrent } = await engine.add({
    source,
    settings: isHeldBack ? { ...settings, ...heldBack(source.kind) } : settings,
    isOwner,
    ...(folder.name === undefined ? {} : { subfolder: folder.name }),
  })
  if (kind === 'added' && comesFirst) await engine.queue([torrent], 'top')
  return { kind }
}

/** What is wrong with one torrent keeps none of the others out. */
async function whatWorks<T>(work: () => Promise<T>): Promise<T | 'damaged' | 'failed'> {
  try {
    return await work()
  } catch (error) {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    return /^(?:METAINFO|BENCODE)_/.test(error.code) ? 'damaged' : 'failed'
  }
}

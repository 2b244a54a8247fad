// The daemon's interface for its faces, over an engine in the same process. The HTTP side gives the same to others.

import { parseMagnet, parseTorrent, swarmHashes } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import type {
  AddTorrent,
  DaemonClient,
  DaemonPublications,
  LabelLimitChange,
  LabelLimitView,
  Preview,
  StateChanges,
  StateDelta,
  TorrentAction,
  TorrentArchive,
} from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'
import type { EngineTorrent, FileChoice } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import type { TorrentFetcher } from '../fetch/torrent-fetcher.ts'
import type { LogBook } from '../log/log-book.ts'
import type { OwnLimit, StoredSource } from '../state/torrent-record.ts'
import { exportTorrent, restoreTorrent } from './archive.ts'
import { detailOf, NORMAL_PRIORITY } from './detail.ts'
import { publicationsFor } from './publication.ts'
import type { SettingsAccess } from './settings-access.ts'
import type { StateBook } from './state-book.ts'
import type { SystemMeter } from './system.ts'

/** Shorter than clients wait for an answer. */
const FETCH_MS = 25_000

/** What a client in the same process looks at. */
export interface LocalClientParts {
  readonly engine: Engine
  readonly book: StateBook
  readonly system: SystemMeter
  readonly log: LogBook
  readonly fetchTorrent: TorrentFetcher
  readonly publications: DaemonPublications
  /** Absent = nobody knows of a configuration. */
  readonly settings?: SettingsAccess | undefined
  /** Its user owns the daemon: torrents may go to any folder. */
  readonly isOwner?: boolean
}

type WatchOptions<T> = Omit<Parameters<DaemonClient['watch']>[0], 'onDelta'> & { readonly onDelta: (delta: T) => void }

/** The news for a face that keeps the rows. */
export interface ChangeSource {
  /** As `state` of {@link DaemonClient}. */
  stateChanges(since: number | undefined): StateChanges
  /** As `watch` of {@link DaemonClient}. */
  watchChanges(options: WatchOptions<StateChanges>): void
}

/** Everything that can be asked about torrents. */
export type FaceClient = DaemonClient & TorrentArchive & ChangeSource & DaemonPublications

/** The interface of the faces over an engine; disposing it leaves the engine alone. */
export function createLocalClient(parts: LocalClientParts): FaceClient {
  const { engine, book, system, log, settings, publications, isOwner = false } = parts
  const checkFolder = (folder: string): Promise<void> => engine.checkFolder(folder)
  return {
    ...publicationsFor({ publications, checkFolder }, isOwner),
    state: async (since) => book.since(since),
    stateChanges: (since) => book.changes(since),
    watch: (options) => watch((since) => book.since(since), options),
    watchChanges: (options) => watch((since) => book.changes(since), options),
    detail: async (id) => {
      const torrent = engine.byId(id)
      return torrent === undefined ? undefined : detailOf(torrent)
    },
    preview: async (source) => preview(await storedSource(parts, source)),
    export: async (id) => {
      const torrent = engine.byId(id)
      return torrent === undefined ? undefined : exportTorrent(torrent)
    },
    restore: (torrent) => restoreTorrent(parts, torrent).finally(() => book.expire()),
    add: (torrent) => add(parts, torrent).finally(() => book.expire()),
    act: (ids, action) => actOn(parts, ids, action).finally(() => book.expire()),
    limit: (limits) => limitSession(engine, limits).finally(() => book.expire()),
    limitLabel: (label, limits) => limitLabel(engine, label, limits),
    system: async () => system.view(),
    log: async (since) => log.since(since),
    settings: async () => settings?.list(isOwner) ?? [],
    changeSetting: async (key, text) => {
      if (settings === undefined) throw invalidRequest('this daemon has no configuration to change')
      return await settings.change({ key, text, isOwner }).finally(() => book.expire())
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

function watch<T extends StateDelta>(
  lookAt: (since: number | undefined) => T,
  { intervalMs, onDelta, onConnection, signal }: WatchOptions<T>,
): void {
  if (signal.aborted) return
  let seen: number | undefined
  const look = (): void => {
    const delta = lookAt(seen)
    if (delta.revision === seen) return
    seen = delta.revision
    onDelta(delta)
  }
  onConnection('connected')
  look()
  const timer = setInterval(look, intervalMs)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}

function preview(source: StoredSource): Preview {
  if (source.kind === 'magnet') {
    const magnet = parseMagnet(source.link)
    const infoHash = toHex(swarmHashes(magnet)[0] ?? new Uint8Array(0))
    return { infoHash, name: magnet.name ?? infoHash, totalLength: 0, isPrivate: false, files: [] }
  }
  const metainfo = parseTorrent(source.bytes)
  const { name, totalLength, isPrivate } = metainfo
  const files = metainfo.files.flatMap(({ path, length, isPad }, index) =>
    isPad ? [] : [{ index, path: path.join('/'), length }],
  )
  return { infoHash: toHex(metainfo.infoHash), name, totalLength, isPrivate, files }
}

async function add(parts: LocalClientParts, torrent: AddTorrent): ReturnType<DaemonClient['add']> {
  const { engine, isOwner = false } = parts
  const { directory, isPaused = false, labels = [], select, isSequential } = torrent
  const outcome = await engine.add({
    isOwner,
    source: await storedSource(parts, torrent.source),
    settings: {
      isPaused,
      labels,
      ...(directory === undefined ? {} : { directory }),
      ...(select === undefined ? {} : { select }),
      ...(isSequential === undefined ? {} : { sequential: isSequential }),
    },
  })
  return { kind: outcome.kind, id: outcome.torrent.id }
}

async function storedSource(
  { fetchTorrent, isOwner: allowsLocal = false }: LocalClientParts,
  source: Uint8Array | string,
): Promise<StoredSource> {
  if (typeof source !== 'string') return { kind: 'torrent-file', bytes: source }
  const link = source.trim()
  if (/^magnet:/i.test(link)) return { kind: 'magnet', link }
  if (!/^https?:/i.test(link)) throw invalidRequest('this needs a torrent file, its web address, or a magnet link')
  const signal = AbortSignal.timeout(FETCH_MS)
  return { kind: 'torrent-file', bytes: await fetchTorrent(link, { cookies: '', allowsLocal, signal }) }
}

type Action = Exclude<TorrentAction, { readonly type: 'queue' }>
type QueueAction = Extract<TorrentAction, { readonly type: 'queue' }>

/** Faces count positions from 1. */
function queue(engine: Engine, torrents: readonly EngineTorrent[], to: QueueAction['to']): Promise<void> {
  return engine.queue(torrents, typeof to === 'number' ? to - 1 : to)
}

async function actOn(
  { engine, isOwner = false }: LocalClientParts,
  ids: readonly number[],
  action: TorrentAction,
): Promise<void> {
  const torrents = ids.flatMap((id) => engine.byId(id) ?? [])
  if (action.type === 'queue') return queue(engine, torrents, action.to)
  if (action.type === 'move' && !isOwner) await engine.checkFolder(action.directory)
  for (const torrent of torrents) await act(engine, torrent, action)
}

async function act(engine: Engine, torrent: EngineTorrent, action: Action): Promise<void> {
  switch (action.type) {
    case 'start':
    case 'start-now':
      return torrent.resume(action.type === 'start-now')
    case 'pause':
      return torrent.pause()
    case 'verify':
      return torrent.verify()
    case 'reannounce':
      return torrent.reannounce()
    case 'remove':
      return engine.remove(torrent, action)
    case 'label':
      return torrent.setLabels(action.labels)
    case 'limit':
      return torrent.setLimits(ownLimits(action))
    case 'move':
      return torrent.move(action.directory, action.movesData)
    case 'priority':
      return torrent.setFiles(withPriority(torrent, action))
    case 'sequential':
      return torrent.setSequential(action.isOn)
    case 'trackers':
      return torrent.setTrackers(action.tiers)
    case 'rename':
      return torrent.rename(action.path, action.name)
  }
}

type Limits = Parameters<DaemonClient['limit']>[0]
type Limited = Partial<Record<'downloadLimit' | 'uploadLimit', OwnLimit>>

function ownLimits({ downloadLimitBps: download, uploadLimitBps: upload }: Limits): Limited {
  return {
    ...(download === undefined ? {} : { downloadLimit: { isOn: download > 0, bps: download } }),
    ...(upload === undefined ? {} : { uploadLimit: { isOn: upload > 0, bps: upload } }),
  }
}

async function limitSession(engine: Engine, limits: Limits): Promise<void> {
  await engine.prefer(ownLimits(limits), true)
}

async function limitLabel(
  { labelLimits }: Engine,
  label: string,
  { downloadLimitBps, uploadLimitBps }: LabelLimitChange,
): Promise<LabelLimitView> {
  const { downloadBps, uploadBps, changed } = await labelLimits.change(label, {
    ...(downloadLimitBps === undefined ? {} : { downloadBps: downloadLimitBps }),
    ...(uploadLimitBps === undefined ? {} : { uploadBps: uploadLimitBps }),
  })
  const isChanged = { download: changed.downloadBps !== undefined, upload: changed.uploadBps !== undefined }
  return { label, downloadLimitBps: downloadBps, uploadLimitBps: uploadBps, isChanged }
}

/** Files of the torrent with another priority; 0 = they are not downloaded. @throws DAEMON_REQUEST_INVALID */
export function withPriority(
  torrent: EngineTorrent,
  { files, priority }: Omit<Extract<TorrentAction, { type: 'priority' }>, 'type'>,
): FileChoice {
  const metainfo = torrent.metainfo()
  if (metainfo === undefined) throw invalidRequest('the files of this torrent are not known yet')
  const wishes = torrent.wishes()
  const wanted = new Set(wishes.select ?? metainfo.files.keys())
  const priorities = metainfo.files.map((_, index) => wishes.priorities?.[index] ?? NORMAL_PRIORITY)
  for (const file of files) {
    if (metainfo.files[file] === undefined) throw invalidRequest(`there is no file ${file}`)
    if (priority === 0) wanted.delete(file)
    else {
      wanted.add(file)
      priorities[file] = priority
    }
  }
  return { select: [...wanted].toSorted((a, b) => a - b), priorities }
}

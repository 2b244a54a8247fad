// Torrents as one daemon gives them away and another takes them: source, decisions, history, and what is known of the data.
// What comes in was written by anybody: every field is read with suspicion.

import type { ExportedTorrent, TorrentArchive } from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'
import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import { flagOf, integerOf, integersOf, isArguments, required, textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type {
  OwnGoal,
  OwnLimit,
  StoredSource,
  TorrentHistory,
  TorrentOrigin,
  TorrentSettings,
} from '../state/torrent-record.ts'

/** What a torrent's `state` is written in. */
export const EXPORT_FORMAT = 'ccbt-torrent 1'

/** A torrent with all that another daemon needs to go on with it. */
export async function exportTorrent(torrent: EngineTorrent): Promise<ExportedTorrent> {
  const { infoHash, settings, history, source } = torrent
  const record = await torrent.dataRecord()
  return {
    infoHash,
    ...(source.kind === 'magnet'
      ? { link: source.link }
      : { torrentFile: Buffer.from(source.bytes).toString('base64') }),
    position: (torrent.summary()?.queue?.position ?? -1) + 1,
    state: { format: EXPORT_FORMAT, settings, history, ...(record === undefined ? {} : { record }) },
  }
}

/** Adds what {@link exportTorrent} gave away. Rejects with DAEMON_REQUEST_INVALID and as adding does. */
export async function restoreTorrent(
  { engine, isOwner = false }: { readonly engine: Engine; readonly isOwner?: boolean },
  { torrentFile, link, state }: ExportedTorrent,
): ReturnType<TorrentArchive['restore']> {
  if (state['format'] !== EXPORT_FORMAT) throw invalidRequest(`the format is not ${EXPORT_FORMAT}`)
  const source: StoredSource =
    torrentFile === undefined
      ? { kind: 'magnet', link: required(link, 'link') }
      : { kind: 'torrent-file', bytes: Buffer.from(torrentFile, 'base64') }
  const settings = settingsOf(objectOf(state, 'settings') ?? {})
  const earlier = { history: historyOf(objectOf(state, 'history') ?? {}), record: textOf(state, 'record') }
  const { kind, torrent } = await engine.add({ source, settings, isOwner, earlier })
  return { kind, id: torrent.id }
}

/** @throws DAEMON_REQUEST_INVALID */
export function exportedOf(args: Arguments): ExportedTorrent {
  const [torrentFile, link] = [textOf(args, 'torrentFile'), textOf(args, 'link')]
  return {
    infoHash: textOf(args, 'infoHash') ?? '',
    position: integerOf(args, 'position') ?? 0,
    state: required(objectOf(args, 'state'), 'state'),
    ...(torrentFile === undefined ? {} : { torrentFile }),
    ...(link === undefined ? {} : { link }),
  }
}

/** How each setting is read: one that is not here does not compile. */
const READERS: Readonly<Record<keyof TorrentSettings, (args: Arguments, name: string) => unknown>> = {
  directory: textOf,
  incompleteDirectory: textOf,
  isPaused: flagOf,
  labels: textsOf,
  select: integersOf,
  priorities: integersOf,
  sequential: flagOf,
  firstLastFirst: flagOf,
  superSeed: flagOf,
  downloadLimit: limitOf,
  uploadLimit: limitOf,
  ratioGoal: goalOf,
  idleGoal: goalOf,
  timeGoal: goalOf,
  maxPeers: countOf,
  trackers: tiersOf,
  isForced: flagOf,
  stopsWithMetadata: flagOf,
  shownName: textOf,
  origin: originOf,
}

function settingsOf(args: Arguments): TorrentSettings {
  const given = Object.entries(READERS).map(([name, read]) => [name, read(args, name)] as const)
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    directory: required(textOf(args, 'directory'), 'directory'),
    isPaused: flagOf(args, 'isPaused') ?? false,
    labels: textsOf(args, 'labels') ?? [],
  }
}

function historyOf(args: Arguments): TorrentHistory {
  const value = (name: keyof TorrentHistory): number => amountOf(args, name) ?? 0
  return {
    addedAtMs: value('addedAtMs'),
    completedAtMs: value('completedAtMs'),
    activeAtMs: value('activeAtMs'),
    downloadingS: value('downloadingS'),
    seedingS: value('seedingS'),
  }
}

function limitOf(args: Arguments, name: string): OwnLimit | undefined {
  const limit = objectOf(args, name)
  return limit && { isOn: flagOf(limit, 'isOn') ?? false, bps: amountOf(limit, 'bps') ?? 0 }
}

function goalOf(args: Arguments, name: string): OwnGoal | undefined {
  const goal = objectOf(args, name)
  const mode = (['session', 'own', 'none'] as const).find((mode) => mode === goal?.['mode'])
  return goal && { mode: required(mode, `${name}.mode`), limit: amountOf(goal, 'limit') ?? 0 }
}

function tiersOf(args: Arguments, name: string): string[][] | undefined {
  const tiers = args[name]
  if (tiers === undefined) return undefined
  if (!Array.isArray(tiers)) throw invalidRequest(`${name} must be a list of lists`)
  return tiers.map((tier: unknown) => required(textsOf({ tier }, 'tier'), 'tier'))
}

function originOf(args: Arguments, name: string): TorrentOrigin | undefined {
  const origin = objectOf(args, name)
  const [file, watchFolder] = [textOf(origin ?? {}, 'file'), textOf(origin ?? {}, 'watchFolder')]
  return origin && { ...(file === undefined ? {} : { file }), ...(watchFolder === undefined ? {} : { watchFolder }) }
}

function countOf(args: Arguments, name: string): number | undefined {
  const value = integerOf(args, name)
  if (value === undefined || value >= 0) return value
  throw invalidRequest(`${name} cannot be negative`)
}

function amountOf(args: Arguments, name: string): number | undefined {
  const value = args[name]
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value) && value >= 0)) return value
  throw invalidRequest(`${name} must be a number that is not negative`)
}

function objectOf(args: Arguments, name: string): Arguments | undefined {
  const value = args[name]
  if (value === undefined || isArguments(value)) return value
  throw invalidRequest(`${name} must be an object`)
}

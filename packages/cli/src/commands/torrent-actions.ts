// `ccbt pause`, `resume`, `remove`, `move`, `rename`, `reannounce`, `limit`, `label`, `queue`, `priority`: what a daemon
// shall do.

import { resolve } from 'node:path'
import { displayText } from '@ccbt/metainfo'
import type { DaemonClient, TorrentAction, TorrentRow } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { printAll, withDaemon } from '../daemon/client.ts'
import { usageError } from '../errors.ts'
import { findTorrent, findTorrents } from '../daemon/find-torrents.ts'
import { formatRate } from '../output/format.ts'
import { selectFiles } from '../sources/select-files.ts'

/** Does something to the torrents that `words` name; returns the exit status, as all of these do. */
export async function runAction(words: readonly string[], action: TorrentAction, flags: ClientFlags): Promise<number> {
  return await withDaemon(flags, async (client) => {
    await act(client, findTorrents(words, (await client.state()).torrents), action, flags)
  })
}

async function act(
  client: DaemonClient,
  rows: readonly TorrentRow[],
  action: TorrentAction,
  flags: ClientFlags,
): Promise<void> {
  await client.act(
    rows.map(({ id }) => id),
    action,
  )
  const did = rows.map(({ id, infoHash, name }) => ({ action: action.type, id, infoHash, name }))
  printAll(flags, 'done', did, () =>
    rows.map(({ id, name }) => displayText(`${PAST[action.type] ?? 'changed'} ${id} ${name}`)),
  )
}

const PAST: Readonly<Partial<Record<TorrentAction['type'], string>>> = {
  start: 'resumed',
  'start-now': 'resumed',
  pause: 'paused',
  verify: 'verifying',
  reannounce: 'announcing',
  remove: 'removed',
  move: 'moving',
  rename: 'renamed in',
  label: 'labelled',
  limit: 'limited',
  queue: 'queued',
}

/** Flags of `ccbt limit`. */
export interface LimitFlags extends ClientFlags {
  readonly label?: string
  /** Bytes per second. */
  readonly download?: number | 'config'
  readonly upload?: number | 'config'
}

/** Limits torrents, those with a label, or without either the whole session. */
export async function runLimit(words: readonly string[], flags: LimitFlags): Promise<number> {
  const { label, download, upload } = flags
  if (label !== undefined) return await limitLabel(words, label, flags)
  if (download === undefined && upload === undefined) throw usageError('--download', 'say --download, --upload or both')
  if (download === 'config' || upload === 'config') throw usageError('config', 'config is for --label only')
  const limits = {
    ...(download === undefined ? {} : { downloadLimitBps: download }),
    ...(upload === undefined ? {} : { uploadLimitBps: upload }),
  }
  if (words.length > 0) return await runAction(words, { type: 'limit', ...limits }, flags)
  return await withDaemon(flags, async (client) => {
    await client.limit(limits)
    const text = (bps: number | undefined): string => (bps === undefined ? 'as it was' : limitText(bps))
    printAll(flags, 'limits', [limits], () => [`limits of all together: down ${text(download)}, up ${text(upload)}`])
  })
}

async function limitLabel(words: readonly string[], label: string, flags: LimitFlags): Promise<number> {
  if (words.length > 0) throw usageError('--label', 'name torrents or a label, not both')
  const { download, upload } = flags
  return await withDaemon(flags, async (client) => {
    const limits = await client.limitLabel(label, {
      ...(download === undefined ? {} : { downloadLimitBps: download === 'config' ? null : download }),
      ...(upload === undefined ? {} : { uploadLimitBps: upload === 'config' ? null : upload }),
    })
    const text = (bps: number, isChanged: boolean): string => `${limitText(bps)}${isChanged ? '' : ' (configuration)'}`
    const { downloadLimitBps, uploadLimitBps, isChanged } = limits
    const [down, up] = [text(downloadLimitBps, isChanged.download), text(uploadLimitBps, isChanged.upload)]
    printAll(flags, 'limits', [limits], () => [displayText(`limits of ${label}: down ${down}, up ${up}`)])
  })
}

function limitText(bps: number): string {
  return bps === 0 ? 'none' : formatRate(bps)
}

/** Puts a torrent's data, or only where it is looked for, into another folder. */
export async function runMove(
  [word = '', folder = '']: readonly string[],
  flags: ClientFlags & { readonly data?: boolean },
): Promise<number> {
  const isHere = flags.daemon === undefined
  const directory = isHere ? resolve(folder) : folder
  return await runAction([word], { type: 'move', directory, movesData: flags.data !== false }, flags)
}

/** Gives a file or folder of a torrent another name. */
export async function runRename(
  [word = '', path = '', name = '']: readonly string[],
  flags: ClientFlags,
): Promise<number> {
  return await runAction([word], { type: 'rename', path, name }, flags)
}

const WORDS: Readonly<Record<string, number>> = { skip: 0, low: 1, normal: 4, high: 7 }
const MAX_PRIORITY = 7

/** Says which files of a torrent come first, or not at all. */
export async function runPriority(
  [word = '', files = '', level = '']: readonly string[],
  flags: ClientFlags,
): Promise<number> {
  const priority = WORDS[level] ?? Number(/^\d$/.test(level) ? level : Number.NaN)
  if (!(priority <= MAX_PRIORITY)) throw usageError('level', 'priorities are skip, low, normal, high or 0 to 7')
  return await withDaemon(flags, async (client) => {
    const row = findTorrent(word, (await client.state()).torrents)
    const known = (await client.detail(row.id))?.files ?? []
    const paths = known.map(({ path }) => ({ path: path.split('/'), isPad: false }))
    const chosen = selectFiles([files], paths).map((at) => known[at]?.index ?? at)
    await act(client, [row], { type: 'priority', files: chosen, priority }, flags)
  })
}

// `ccbt import`: takes over the torrents of another program, or of another ccbt.

import { readForeignTorrents } from '@ccbt/daemon'
import type { ForeignClient, ForeignTorrent } from '@ccbt/daemon'
import { displayText } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'
import { createHttpArchive } from '@ccbt/rpc-client'
import type { ExportedTorrent, TorrentArchive } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { printAll } from '../daemon/client.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { readExported } from '../daemon/export-folder.ts'

/** How a torrent fared. */
interface Outcome {
  readonly name: string
  readonly result: 'added' | 'duplicate' | 'skipped'
  /** Why it was skipped, else ''. */
  readonly reason: string
}

/** Flags of `ccbt import`. */
export interface ImportFlags extends ClientFlags {
  readonly paused?: boolean
}

/** Whose torrents. */
export type ImportSource = ForeignClient | 'ccbt'

/** Adds the torrents that `folder` of another program describes; returns the exit status. */
export async function runImport(from: ImportSource, folder: string, flags: ImportFlags): Promise<number> {
  await using archive = createHttpArchive(await addressOf(flags))
  for await (const torrent of from === 'ccbt' ? exportedIn(folder) : readForeignTorrents(from, folder)) {
    const outcome = await take(archive, torrent, flags.paused === true)
    printAll(flags, 'imported', [outcome], () => [lineOf(outcome)])
  }
  return EXIT_CODES.ok.code
}

/** As `ccbt export` wrote them. */
async function* exportedIn(folder: string): AsyncGenerator<ForeignTorrent> {
  for await (const exported of readExported(folder)) yield { kind: 'torrent', name: exported.infoHash, exported }
}

async function take(archive: TorrentArchive, torrent: ForeignTorrent, staysPaused: boolean): Promise<Outcome> {
  const { name } = torrent
  if (torrent.kind === 'skipped') return { name, result: 'skipped', reason: torrent.reason }
  return await outcomeOf(name, () => archive.restore(staysPaused ? paused(torrent.exported) : torrent.exported))
}

function paused(torrent: ExportedTorrent): ExportedTorrent {
  const { state } = torrent
  return { ...torrent, state: { ...state, settings: { ...Object(state['settings']), isPaused: true } } }
}

/** What the daemon refuses is told and keeps none of the others out. */
async function outcomeOf(name: string, add: () => Promise<{ readonly kind: 'added' | 'duplicate' }>): Promise<Outcome> {
  try {
    return { name, result: (await add()).kind, reason: '' }
  } catch (error) {
    if (!isCcbtError(error, 'RPC_FAILED')) throw error
    return { name, result: 'skipped', reason: error.message }
  }
}

function lineOf({ name, result, reason }: Outcome): string {
  return displayText(reason === '' ? `${result} ${name}` : `${result} ${name}: ${reason}`)
}

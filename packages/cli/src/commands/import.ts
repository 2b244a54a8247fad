// `ccbt import`: takes over the torrents of another program.

import { readForeignTorrents } from '@ccbt/daemon'
import type { ForeignClient, ForeignTorrent } from '@ccbt/daemon'
import { displayText } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'
import type { DaemonClient } from '@ccbt/rpc-client'
import type { ClientFlags } from '../client-options.ts'
import { printAll, withDaemon } from '../daemon-client.ts'

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

/** Adds the torrents that `folder` of another program describes; returns the exit status. */
export async function runImport(from: ForeignClient, folder: string, flags: ImportFlags): Promise<number> {
  return await withDaemon(flags, async (client) => {
    for await (const torrent of readForeignTorrents(from, folder)) {
      const outcome = await take(client, torrent, flags.paused === true)
      printAll(flags, 'imported', [outcome], () => [lineOf(outcome)])
    }
  })
}

/** What the daemon refuses is told and keeps none of the others out. */
async function take(client: DaemonClient, torrent: ForeignTorrent, staysPaused: boolean): Promise<Outcome> {
  const { name } = torrent
  if (torrent.kind === 'skipped') return { name, result: 'skipped', reason: torrent.reason }
  const { trackers, isPaused, ...settings } = torrent.settings
  try {
    const added = await client.add({
      source: torrent.torrentFile,
      ...settings,
      isPaused: isPaused || staysPaused,
    })
    const isNew = added.kind === 'added'
    if (isNew && trackers !== undefined) await client.act([added.id], { type: 'trackers', tiers: trackers })
    return { name, result: added.kind, reason: '' }
  } catch (error) {
    if (!isCcbtError(error, 'RPC_FAILED')) throw error
    return { name, result: 'skipped', reason: error.message }
  }
}

function lineOf({ name, result, reason }: Outcome): string {
  return displayText(reason === '' ? `${result} ${name}` : `${result} ${name}: ${reason}`)
}

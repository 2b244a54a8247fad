// Gives a torrent of `ccbt add` to the daemon that runs, when it can do all that was asked for.

import { resolve } from 'node:path'
import { displayText } from '@ccbt/metainfo'
import { createHttpClient, isUnreachable } from '@ccbt/rpc-client'
import type { AddTorrent, DaemonClient } from '@ccbt/rpc-client'
import type { AddFlags } from '../commands/add.ts'
import { socketIn } from './address.ts'
import { FLAGS } from '../configuration/flag-settings.ts'
import { jsonLine } from '../output/json-lines.ts'
import type { Reporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { selectFiles } from '../sources/select-files.ts'
import type { TorrentInput } from '../sources/torrent-source.ts'

/** What the daemon does as a foreground run would do it. The rest is for `--foreground`. */
const UNDERSTOOD: ReadonlySet<string> = new Set<keyof AddFlags>([
  'output',
  'select',
  'sequential',
  'paused',
  'label',
  'stateDir',
  'config',
  'profile',
  'json',
  'quiet',
  'verbose',
])

/** What is to be handed over. */
export interface HandOver {
  readonly input: TorrentInput
  readonly given: AddFlags
  /** Names of the flags that stand on the command line. */
  readonly typed: readonly string[]
  readonly reporter: Reporter
  readonly stateFolder: string
}

/** `left`: it is not for the daemon, or there is none. Rejects with RPC_FAILED when the daemon refuses it. */
export async function handOver({ input, given, typed, reporter, stateFolder }: HandOver): Promise<'taken' | 'left'> {
  if (given.foreground === true || given.metadataOnly === true) return 'left'
  const lacking = lackingFlags(typed)
  const torrent = lacking.length === 0 ? torrentOf(input, given) : undefined
  await using client = createHttpClient(socketIn(stateFolder))
  try {
    if (torrent !== undefined) return await give(client, torrent, given)
    await client.state()
    const text = lacking.length === 0 ? '--select of a magnet link' : lacking.join(', ')
    reporter.warning(`downloaded here, not by the daemon, which has no ${text}`)
    return 'left'
  } catch (error) {
    // A socket that a killed daemon left behind.
    if (isUnreachable(error)) return 'left'
    throw error
  }
}

async function give(client: DaemonClient, torrent: AddTorrent, given: AddFlags): Promise<'taken'> {
  const { json, quiet, paused } = given
  const { kind, id } = await client.add(torrent)
  const row = (await client.state()).torrents.find((one) => one.id === id)
  const facts = { infoHash: row?.infoHash ?? '', name: row?.name ?? '' }
  const added = paused === true ? 'the daemon has it, paused' : 'the daemon downloads it'
  const did = kind === 'added' ? added : 'the daemon has it already'
  const text = `${did}: ${id} ${facts.name}  (ccbt show ${id}; --foreground downloads it here)`
  if (json === true) processTerminal().line(jsonLine({ event: 'handed-over', kind, id, ...facts }))
  else if (quiet !== true) processTerminal().line(displayText(text))
  return 'taken'
}

/** The flags among these that the daemon does not have for single torrents, as they are typed. */
export function lackingFlags(typed: readonly string[]): string[] {
  return typed.filter((name) => !UNDERSTOOD.has(name)).map(flagText)
}

/** Undefined when the daemon could not do all of it. */
export function torrentOf({ torrent, source }: TorrentInput, given: AddFlags): AddTorrent | undefined {
  const { output, select, sequential, paused, label } = given
  // Which files a magnet link has is known only to who downloads it.
  if (select !== undefined && !('infoBytes' in torrent)) return undefined
  return {
    source,
    ...(output === undefined ? {} : { directory: resolve(output) }),
    ...(select === undefined || !('infoBytes' in torrent) ? {} : { select: selectFiles(select, torrent.files) }),
    ...(sequential === undefined ? {} : { isSequential: sequential }),
    ...(paused === undefined ? {} : { isPaused: paused }),
    ...(label === undefined ? {} : { labels: label }),
  }
}

/** A flag as it is typed. */
export function flagText(name: string): string {
  const [, flag] = Object.entries(FLAGS).find(([key]) => key === name)?.[1] ?? []
  return flag ?? `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

// `ccbt log`: what a daemon has told, and with a peer or torrent everything about that from now on.

import { setTimeout as sleep } from 'node:timers/promises'
import { displayText } from '@ccbt/metainfo'
import { createHttpClient, createHttpMonitor } from '@ccbt/rpc-client'
import type { DaemonClient, LogLine, TraceWish } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { printAll } from '../daemon/client.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { listenForStop } from '../stop-signals.ts'

const POLL_MS = 1000
/** How long a trace runs that nobody renews, and how often it is renewed. */
const TRACE_MS = 60_000
const RENEW_EVERY = 30
/** How long a trace is looked at without `--follow`. */
const LOOK_POLLS = 10
const MAX_LINE_LENGTH = 4096

/** Flags of `ccbt log`. */
export interface LogFlags extends ClientFlags {
  readonly follow?: boolean
  readonly peer?: string
  readonly torrent?: string
}

/** The last lines of the log, and with `--follow` what comes; returns the exit status. */
export async function runLog(flags: LogFlags): Promise<number> {
  using stop = listenForStop()
  const address = await addressOf(flags)
  await using client = createHttpClient(address)
  if (flags.peer === undefined && flags.torrent === undefined) {
    await printLog(client, flags, { since: 0, signal: stop.signal, onPoll: async () => flags.follow === true })
    return EXIT_CODES.ok.code
  }
  await using monitor = createHttpMonitor(address)
  const wish = wishOf(flags)
  const renew = async (polls: number): Promise<boolean> => {
    if (polls % RENEW_EVERY === 0) await monitor.trace(wish, TRACE_MS)
    return flags.follow === true || polls < LOOK_POLLS
  }
  await renew(0)
  await printLog(client, flags, { since: await endOf(client), signal: stop.signal, onPoll: renew })
  return EXIT_CODES.ok.code
}

interface Printing {
  readonly since: number
  readonly signal: AbortSignal
  /** There is nothing new: whether to look again in a second. */
  readonly onPoll: (polls: number) => Promise<boolean>
}

async function printLog(client: DaemonClient, flags: LogFlags, { since, signal, onPoll }: Printing): Promise<void> {
  let from = since
  for (let polls = 1; !signal.aborted;) {
    const { next, lines } = await client.log(from)
    const wanted = lines.filter((line) => isWanted(line, flags))
    printAll(flags, 'log', wanted, () => wanted.map(logText))
    const isMore = next > from
    from = next
    if (isMore) continue
    if (!(await onPoll(polls++))) return
    await sleep(POLL_MS, undefined, { signal }).catch(() => {}) // the signal ends the loop
  }
}

/** The number behind the last line. */
async function endOf(client: DaemonClient): Promise<number> {
  let from = 0
  for (;;) {
    const { next } = await client.log(from)
    if (next <= from) return from
    from = next
  }
}

function wishOf({ peer, torrent }: LogFlags): TraceWish {
  return { ...(peer === undefined ? {} : { peer }), ...(torrent === undefined ? {} : { infoHash: torrent }) }
}

function isWanted({ text, infoHash }: LogLine, { peer, torrent }: LogFlags): boolean {
  if (torrent !== undefined && !infoHash.startsWith(torrent.toLowerCase())) return false
  return peer === undefined || text.includes(peer)
}

function logText({ atMs, level, area, text }: LogLine): string {
  return displayText(`${new Date(atMs).toISOString()} ${level.padEnd(7)} ${area}: ${text}`, MAX_LINE_LENGTH)
}

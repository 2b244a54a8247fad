// `ccbt watch` and `ccbt top`: a daemon's torrents as they change.

import { displayText } from '@ccbt/metainfo'
import { createHttpClient } from '@ccbt/rpc-client'
import type { DaemonClient, SessionView, StateDelta, TorrentRow } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { printAll, rowsOf } from '../daemon/client.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { formatBytes, formatRate } from '../output/format.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import { listLines } from './torrent-views.ts'

const INTERVAL_MS = 1000

/** Flags of `ccbt watch`. */
export interface WatchFlags extends ClientFlags {
  readonly untilComplete?: boolean
}

/** Prints a line whenever a torrent gets to another state; with `--until-complete`, until all of them are complete. */
export async function runWatch(words: readonly string[], flags: WatchFlags): Promise<number> {
  using stop = listenForStop()
  await using client = createHttpClient(await addressOf(flags))
  const ids = words.length === 0 ? undefined : new Set((await rowsOf(client, words)).map(({ id }) => id))
  // A row changes in place, so what was told of it is kept beside it.
  const told = new Map<number, { readonly row: TorrentRow; readonly state: string }>()
  const outcome = await followUntil(client, stop.signal, (delta) => {
    const changed = delta.torrents.filter(
      (row) => ids?.has(row.id) !== false && told.get(row.id)?.state !== stateOf(row),
    )
    for (const row of changed) told.set(row.id, { row, state: stateOf(row) })
    for (const id of delta.removed) told.delete(id)
    printAll(flags, 'torrent', changed, () => changed.map(watchText))
    return flags.untilComplete === true ? endOf(Array.from(told.values(), ({ row }) => row)) : undefined
  })
  return outcome ?? stop.exitCode ?? EXIT_CODES.ok.code
}

/** What a line is printed for when it changes. */
function stateOf(row: TorrentRow): string {
  return `${row.phase} ${isDone(row)} ${row.error}`
}

function isDone({ wantedLength, wantedDone }: TorrentRow): boolean {
  return wantedLength > 0 && wantedDone >= wantedLength
}

/** All are complete, or one will not get there without help. */
function endOf(rows: readonly TorrentRow[]): number | undefined {
  if (rows.some(({ phase }) => phase === 'failed')) return EXIT_CODES.unfinished.code
  return rows.every(isDone) ? EXIT_CODES.ok.code : undefined
}

function watchText({ id, name, phase, error, wantedDone, wantedLength }: TorrentRow): string {
  const size = wantedLength === 0 ? '' : ` ${formatBytes(wantedDone)} of ${formatBytes(wantedLength)}`
  return displayText(`${phase.padEnd(11)} ${id} ${name}${size}${error === '' ? '' : ` (${error})`}`)
}

/** What `onDelta` returns when it is not undefined; undefined when `signal` ends it. */
async function followUntil<T>(
  client: DaemonClient,
  signal: AbortSignal,
  onDelta: (delta: StateDelta) => T | undefined,
): Promise<T | undefined> {
  // Says in one line when there is nobody; from then on, reconnecting is the client's business.
  await client.state()
  const { promise, resolve } = Promise.withResolvers<T | undefined>()
  using end = endWith(signal, () => resolve(undefined))
  client.watch({
    intervalMs: INTERVAL_MS,
    signal: end.signal,
    onConnection: () => {},
    onDelta: (delta) => {
      const found = onDelta(delta)
      if (found !== undefined) resolve(found)
    },
  })
  return await promise
}

/** A signal that aborts with `signal` and at the end of the scope. */
function endWith(signal: AbortSignal, onAbort: () => void): Disposable & { readonly signal: AbortSignal } {
  const own = new AbortController()
  const both = AbortSignal.any([signal, own.signal])
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return { signal: both, [Symbol.dispose]: () => own.abort() }
}

/** Shows the busiest torrents, anew every second on a terminal. */
export async function runTop(flags: ClientFlags): Promise<number> {
  using stop = listenForStop()
  await using client = createHttpClient(await addressOf(flags))
  const terminal = processTerminal()
  const rows = new Map<number, TorrentRow>()
  await followUntil(client, stop.signal, (delta) => {
    if (delta.isFull) rows.clear()
    for (const row of delta.torrents) rows.set(row.id, row)
    for (const id of delta.removed) rows.delete(id)
    const sorted = [...rows.values()].sort((a, b) => activity(b) - activity(a) || a.id - b.id)
    const shown = sorted.slice(0, Math.max(1, (process.stdout.rows || 24) - 4))
    const lines = [headText(delta.session, rows.size), '', ...listLines(shown)]
    if (flags.json === true) printAll(flags, 'torrent', shown, () => [])
    else if (terminal.isInteractive)
      process.stdout.write(`\x1b[H\x1b[2J${lines.map((line) => cut(line, terminal.columns())).join('\n')}\n`)
    else for (const line of lines) terminal.line(line)
    // Without a terminal there is nothing to draw over: one look is all.
    return terminal.isInteractive || flags.json === true ? undefined : true
  })
  return EXIT_CODES.ok.code
}

function activity({ downloadBps, uploadBps }: TorrentRow): number {
  return downloadBps + uploadBps
}

function headText({ downloadBps, uploadBps, connections }: SessionView, torrents: number): string {
  return `${torrents} torrents  down ${formatRate(downloadBps)}  up ${formatRate(uploadBps)}  ${connections} connections`
}

function cut(line: string, columns: number): string {
  return line.length > columns ? line.slice(0, columns) : line
}

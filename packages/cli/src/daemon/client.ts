// What every command does that asks a daemon: connect, look up the torrents that are meant, print.

import { createHttpClient } from '@ccbt/rpc-client'
import type { DaemonClient, TorrentRow } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from './address.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { findTorrents } from './find-torrents.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'

/** Calls `work` with a client of the daemon that the flags name, and returns the exit status 0. */
export async function withDaemon(flags: ClientFlags, work: (client: DaemonClient) => Promise<void>): Promise<number> {
  await using client = createHttpClient(await addressOf(flags))
  await work(client)
  return EXIT_CODES.ok.code
}

/** The torrents that `words` name; all of them without a word. */
export async function rowsOf(client: DaemonClient, words: readonly string[]): Promise<TorrentRow[]> {
  const { torrents } = await client.state()
  return words.length === 0 ? [...torrents] : findTorrents(words, torrents)
}

/** Prints objects as JSON lines, or what `lines` makes of them. */
export function printAll(
  flags: ClientFlags,
  event: string,
  items: readonly object[],
  lines: () => readonly string[],
): void {
  const terminal = processTerminal()
  const texts = flags.json === true ? items.map((item) => jsonLine({ event, ...item })) : lines()
  for (const text of texts) terminal.line(text)
}

// `ccbt tracker`: a tracker for a local network or for tests.

import { once } from 'node:events'
import { createTrackerServer } from '@ccbt/discovery'
import { displayText } from '@ccbt/metainfo'
import { EXIT_CODES } from '../exit-codes.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'

/** The parsed flags of `ccbt tracker`. */
export interface TrackerFlags {
  readonly port: number
  readonly host: string
  readonly http: boolean
  readonly udp: boolean
  /** Milliseconds. */
  readonly interval: number
}

/** Runs a tracker until it is stopped, which is its normal end; returns the exit status. */
export async function runTracker(flags: TrackerFlags): Promise<number> {
  using stop = listenForStop()
  const terminal = processTerminal()
  await using server = await createTrackerServer({
    port: flags.port,
    host: flags.host,
    http: flags.http,
    udp: flags.udp,
    intervalMs: flags.interval,
    onLog: (text: string) => void process.stderr.write(`${displayText(text)}\n`),
  })
  for (const url of server.announceUrls) terminal.line(url)
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  return EXIT_CODES.ok.code
}

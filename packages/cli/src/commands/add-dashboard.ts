// `ccbt add --dashboard`: a torrent added and watched on the whole terminal, by the daemon that runs, else by one in this
// process that ends with the dashboard and leaves what it has to the next.

import { once } from 'node:events'
import type { Config } from '@ccbt/config'
import { createHttpClient, createHttpMonitor } from '@ccbt/rpc-client'
import type { DaemonClient } from '@ccbt/rpc-client'
import { startConfigured } from '../daemon/configured-daemon.ts'
import { socketIn } from '../daemon/address.ts'
import { startOptions } from '../daemon/settings.ts'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { reportFailure } from '../fail.ts'
import { lackingFlags, torrentOf } from '../daemon/hand-over.ts'
import type { StopRequest } from '../stop-signals.ts'
import type { TorrentInput } from '../sources/torrent-source.ts'
import type { AddFlags } from './add.ts'
import { checkScreen, isThere, showDashboard, verbEnvironment } from './dashboard.ts'

/** What is to be added and watched. */
export interface WatchedAdd {
  readonly input: TorrentInput
  readonly given: AddFlags
  /** Names of the flags that stand on the command line. */
  readonly typed: readonly string[]
  readonly config: Config
  readonly stop: StopRequest
}

/** Adds the torrent and shows the dashboard until the user quits; returns the exit status. */
export async function runAddDashboard({ input, given, typed, config, stop }: WatchedAdd): Promise<number> {
  checkScreen()
  const torrent = torrentOf(input, given)
  const [lacking] = lackingFlags(typed.filter((name) => name !== 'dashboard'))
  if (lacking !== undefined) throw usageError('--dashboard', `--dashboard: not together with ${lacking}`)
  if (torrent === undefined)
    throw usageError('--dashboard', '--dashboard: files of a magnet link are chosen on its screen')
  await using cleanup = new AsyncDisposableStack()
  const socket = socketIn(config.stateFolder)
  const remote = cleanup.use(createHttpClient(socket))
  const client = (await isThere(remote)) ? remote : await startInside(config, given, cleanup)
  await client.add(torrent)
  const monitor = cleanup.use(createHttpMonitor(socket))
  const view = { monitor, flags: {}, env: verbEnvironment(socket, {}), signal: stop.signal }
  await showDashboard(client, view).catch(async (error: unknown) => {
    if (client === remote) throw error
    await reportFailure(error, { json: false })
    process.stderr.write('ccbt: the download goes on without its dashboard; Ctrl-C ends it\n')
    if (!stop.signal.aborted) await once(stop.signal, 'abort')
  })
  return stop.exitCode ?? EXIT_CODES.ok.code
}

/** No remote control, and no log on the terminal that the dashboard has. */
async function startInside(config: Config, flags: AddFlags, cleanup: AsyncDisposableStack): Promise<DaemonClient> {
  const options = await startOptions(config, { http: false })
  const { stream: _, ...log } = options.log ?? {}
  return cleanup.use(await startConfigured({ config, flags, options: { ...options, log } })).daemon.client
}

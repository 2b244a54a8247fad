// `ccbt add`: downloads a torrent, by the daemon when one runs and can do what was asked for, else in the foreground.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfiguration, transferConfig, webNetwork } from '../configuration/configuration.ts'
import { createReporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { runMetadataOnly } from '../sources/metadata-only.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadInput } from '../sources/torrent-source.ts'
import { runTransfer } from '../transfer/transfer.ts'
import type { TransferFlags } from '../transfer/transfer.ts'

/** The parsed flags of `ccbt add`; what was not given is absent. */
export interface AddFlags extends TransferFlags {
  readonly select?: readonly string[]
  readonly paused?: boolean
  readonly label?: readonly string[]
  readonly metadataOnly?: boolean
  readonly force?: boolean
  /** Watched on the whole terminal. */
  readonly dashboard?: boolean
  /** Not by the daemon. */
  readonly foreground?: boolean
}

/** Downloads the torrent `source` names; `typed` are the flags of this very run. Returns the exit status. */
export async function runAdd(source: string, given: AddFlags, typed: readonly string[]): Promise<number> {
  const { output = '.', metadataOnly = false, force = false } = given
  // Of metadata alone, the output is the file to write.
  const { output: _, ...others } = given
  const flags = metadataOnly ? others : given
  using stop = listenForStop()
  using reporter = createReporter(flags, processTerminal())
  const config = await loadConfiguration(flags)
  const input = await loadInput(source, { signal: stop.signal, ...webNetwork(config.session) })
  const { torrent } = input
  if (given.dashboard === true) {
    const { runAddDashboard } = await import('./add-dashboard.ts')
    return await runAddDashboard({ input, given, typed, config, stop })
  }
  if (existsSync(join(config.stateFolder, 'daemon.sock'))) {
    const { handOver } = await import('../daemon/hand-over.ts')
    if ((await handOver({ input, given, typed, reporter, stateFolder: config.stateFolder })) === 'taken')
      return EXIT_CODES.ok.code
  }
  refuseDaemonFlags(given)
  const own = await transferConfig(config, { torrent, source, flags, reporter })
  const job = { source: torrent, config: own, options: {}, flags, stop, reporter }
  if (!metadataOnly) return await runTransfer(job)
  if ('infoBytes' in torrent)
    throw usageError('--metadata-only', '--metadata-only: only magnet links lack their metadata')
  return await runMetadataOnly({ ...job, output, force })
}

/** @throws CLI_USAGE when something is wanted that only a daemon can do. */
function refuseDaemonFlags({ paused, label }: AddFlags): void {
  if (paused !== true && label === undefined) return
  const flag = paused === true ? '--paused' : '--label'
  throw usageError(flag, `${flag}: only a daemon keeps torrents for later, and by label ('ccbt daemon start')`)
}

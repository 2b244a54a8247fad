// `ccbt add`: downloads a torrent in the foreground.

import { displayText } from '@ccbt/metainfo'
import { createReporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { usageError } from '../errors.ts'
import { runMetadataOnly } from '../metadata-only.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadSource } from '../torrent-source.ts'
import { runTransfer } from '../transfer.ts'
import type { DownloadFlags, TransferFlags } from '../transfer.ts'

/** The parsed flags of `ccbt add`. */
export interface AddFlags extends TransferFlags, DownloadFlags {
  readonly output: string
  readonly seed?: boolean
  readonly metadataOnly?: boolean
  readonly force?: boolean
}

/** Downloads the torrent `source` names; returns the exit status. */
export async function runAdd(source: string, flags: AddFlags): Promise<number> {
  using stop = listenForStop()
  using reporter = createReporter(flags, processTerminal())
  const torrent = await loadSource(source, { signal: stop.signal, bind: flags.bind })
  const isMagnet = !('infoBytes' in torrent)
  if (!isMagnet) for (const warning of torrent.warnings) reporter.warning(displayText(warning))
  const hasSeedGoal = flags.seedRatio !== undefined || flags.seedTime !== undefined
  const job = {
    source: torrent,
    directory: flags.output,
    flags,
    isSeeding: flags.seed ?? hasSeedGoal,
    stop,
    reporter,
  }
  if (flags.metadataOnly !== true) return await runTransfer(job)
  if (!isMagnet) throw usageError('--metadata-only', '--metadata-only: only magnet links lack their metadata')
  return await runMetadataOnly({ ...job, output: flags.output, force: flags.force === true })
}

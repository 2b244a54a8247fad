// `ccbt add`: downloads a torrent in the foreground.

import type { DiskIo } from '@ccbt/disk-io'
import { displayText } from '@ccbt/metainfo'
import { createReporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadV1Torrent } from '../torrent-source.ts'
import { runTransfer } from '../transfer.ts'
import type { DownloadFlags, TransferFlags } from '../transfer.ts'

/** The parsed flags of `ccbt add`. */
export interface AddFlags extends TransferFlags, DownloadFlags {
  readonly output: string
  readonly seed?: boolean
}

/** Downloads the torrent `source` names; returns the exit status. */
export async function runAdd(source: string, flags: AddFlags, disk: DiskIo): Promise<number> {
  using stop = listenForStop()
  using reporter = createReporter(flags, processTerminal())
  const metainfo = await loadV1Torrent(source, { signal: stop.signal, bind: flags.bind })
  for (const warning of metainfo.warnings) reporter.warning(displayText(warning))
  const hasSeedGoal = flags.seedRatio !== undefined || flags.seedTime !== undefined
  return await runTransfer({
    metainfo,
    directory: flags.output,
    flags,
    disk,
    isSeeding: flags.seed ?? hasSeedGoal,
    stop,
    reporter,
  })
}

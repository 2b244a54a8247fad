// `ccbt seed`: serves a torrent whose data is already there.

import { stat } from 'node:fs/promises'

import { loadConfiguration, transferConfig, webNetwork } from '../configuration/configuration.ts'
import { inputError } from '../errors.ts'
import { createReporter } from '../output/reporter.ts'
import type { Reporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadTorrent } from '../sources/torrent-source.ts'
import { runTransfer } from '../transfer/transfer.ts'
import type { TransferFlags } from '../transfer/transfer.ts'

/** Checks the data and serves it until Ctrl-C or a seeding goal; returns the exit status. */
export async function runSeed(source: string, flags: TransferFlags): Promise<number> {
  using stop = listenForStop()
  using reporter = createReporter(flags, processTerminal())
  const config = await loadConfiguration(flags)
  const metainfo = await loadTorrent(source, { signal: stop.signal, ...webNetwork(config.session) })
  const own = await transferConfig(config, { torrent: metainfo, source, flags, reporter })
  await requireFolder(flags.data ?? own.now.settings.get('paths.download'))
  return await runTransfer({
    source: metainfo,
    config: own,
    // Space is not taken for what is missing: the data is expected to be there.
    options: { preallocate: 'none', stopWhenComplete: false },
    flags,
    stop,
    reporter: warnWhenIncomplete(reporter),
  })
}

async function requireFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) return
  throw inputError('CLI_FILE_NOT_FOUND', `${path}: no such folder (--data names the folder that the data is in)`, {
    path,
  })
}

/** The same reporter, which also says that the data is not complete. */
function warnWhenIncomplete(reporter: Reporter): Reporter {
  return {
    intervalMs: reporter.intervalMs,
    event(event, torrent) {
      reporter.event(event, torrent)
      if (event.type === 'checked' && event.piecesDone < event.pieces) {
        const missing = event.pieces - event.piecesDone
        reporter.warning(
          `${missing} of ${event.pieces} pieces are missing; they are fetched from peers if there are any`,
        )
      }
    },
    progress: (torrent) => reporter.progress(torrent),
    stopped: (torrent) => reporter.stopped(torrent),
    warning: (message) => reporter.warning(message),
    configuration: (reload) => reporter.configuration(reload),
    [Symbol.dispose]() {},
  }
}

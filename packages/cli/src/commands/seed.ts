// `ccbt seed`: serves a torrent whose data is already there.

import { stat } from 'node:fs/promises'

import { inputError } from '../errors.ts'
import { createReporter } from '../output/reporter.ts'
import type { Reporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadV1Torrent } from '../torrent-source.ts'
import { runTransfer } from '../transfer.ts'
import type { SeedingFlags, TransferFlags } from '../transfer.ts'

/** The parsed flags of `ccbt seed`. */
export interface SeedFlags extends TransferFlags, SeedingFlags {
  readonly data: string
}

/** Checks the data and serves it until Ctrl-C or a seeding goal; returns the exit status. */
export async function runSeed(source: string, flags: SeedFlags): Promise<number> {
  using stop = listenForStop()
  using reporter = createReporter(flags, processTerminal())
  const metainfo = await loadV1Torrent(source, { signal: stop.signal, bind: flags.bind })
  await requireFolder(flags.data)
  return await runTransfer({
    source: metainfo,
    directory: flags.data,
    // Space is not taken for what is missing: the data is expected to be there.
    flags: { ...flags, preallocate: 'none' },
    isSeeding: true,
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
    [Symbol.dispose]() {},
  }
}

// `ccbt add --metadata-only`: fetches the metadata of a magnet link and writes it as a torrent file.

import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { displayText, parseTorrent } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { EXIT_CODES } from '../exit-codes.ts'
import { jsonLine } from '../output/json-lines.ts'
import type { Reporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { checkOutput, writeOutput } from '../output-file.ts'
import { readTorrentFile } from './torrent-source.ts'
import { runTransfer } from '../transfer/transfer.ts'
import type { TransferJob } from '../transfer/transfer.ts'

/** What is fetched and where it goes. */
export interface MetadataJob extends TransferJob {
  /** The file to write, or a folder to write `NAME.torrent` into. */
  readonly output: string
  /** Replace what is there. */
  readonly force: boolean
}

/** Fetches and writes; returns the exit status. */
export async function runMetadataOnly(job: MetadataJob): Promise<number> {
  const { output, force, flags } = job
  const isFolder = await stat(output).then(
    (found) => found.isDirectory(),
    // Not there, or not to be looked at: checkOutput says what is wrong with the place, if anything.
    () => false,
  )
  if (!isFolder) await checkOutput({ path: output, force })
  let saved: string | undefined
  const reporter = listen(job.reporter, (torrentFile) => (saved = torrentFile))
  const code = await runTransfer({ ...job, options: { directory: resolve('.'), metadataOnly: true }, reporter })
  if (code !== EXIT_CODES.ok.code || saved === undefined) return code
  const bytes = await readTorrentFile(saved)
  const { name, infoHash } = parseTorrent(bytes)
  const path = isFolder ? join(output, `${name}.torrent`) : output
  await writeOutput({ path, force }, bytes)
  if (flags.json === true) {
    const told = { event: 'complete', path: resolve(path), name, infoHash: toHex(infoHash) }
    processTerminal().line(jsonLine(told))
  } else if (flags.quiet !== true) {
    processTerminal().line(`${displayText(path)}  ${toHex(infoHash)}`)
  }
  return code
}

/** The same reporter; `onMetadata` hears where the torrent file was saved. What completes is told by the end. */
function listen(reporter: Reporter, onMetadata: (torrentFile: string) => void): Reporter {
  return {
    intervalMs: reporter.intervalMs,
    event(event, torrent) {
      if (event.type === 'metadata') onMetadata(event.torrentFile)
      if (event.type !== 'finished') reporter.event(event, torrent)
    },
    progress: (torrent) => reporter.progress(torrent),
    stopped: (torrent) => reporter.stopped(torrent),
    warning: (message) => reporter.warning(message),
    configuration: (reload) => reporter.configuration(reload),
    [Symbol.dispose]() {},
  }
}

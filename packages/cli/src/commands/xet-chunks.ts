// Chunking of files for the commands `ccbt xet ...`, with a progress line.

import { stat } from 'node:fs/promises'
import { isCcbtError } from '@ccbt/primitives'
import { createFileChunker } from '@ccbt/xet'
import type { FileChunks } from '@ccbt/xet'
import { inputError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { showByteProgress } from '../output/byte-progress.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'

/** The parsed flags of the commands `ccbt xet ...`. */
export interface XetFlags {
  readonly json?: boolean
}

/** The chunks of all `paths`, given to `report`; returns the exit status. */
export async function withChunks(
  paths: readonly string[],
  flags: XetFlags,
  report: (files: readonly FileChunks[]) => void,
): Promise<number> {
  using stop = listenForStop()
  const files = await chunkAll(paths, flags, stop.signal).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined
    throw readFailure(error)
  })
  if (files === undefined) return stop.exitCode ?? EXIT_CODES.unfinished.code
  report(files)
  return EXIT_CODES.ok.code
}

async function chunkAll(paths: readonly string[], flags: XetFlags, signal: AbortSignal): Promise<FileChunks[]> {
  const terminal = processTerminal()
  await using chunker = createFileChunker({ suite: 'blake3' })
  // Without a terminal only the result is printed: it is read by a program.
  const shown = { ...flags, quiet: !terminal.isInteractive }
  using progress = showByteProgress({ total: await totalSize(paths), flags: shown, terminal })
  const files: FileChunks[] = []
  for (const path of paths) {
    files.push(await chunker.chunk(path, { signal, onProgress: (bytes) => progress.advance(bytes) }))
  }
  return files
}

/** What cannot be read counts nothing: chunking says what is wrong with it. */
async function totalSize(paths: readonly string[]): Promise<number> {
  const states = await Promise.allSettled(paths.map((path) => stat(path)))
  return states.reduce((sum, state) => sum + (state.status === 'fulfilled' ? state.value.size : 0), 0)
}

function readFailure(error: unknown): unknown {
  if (!isCcbtError(error, 'XET_READ_FAILED')) return error
  const { path, errno } = error.context
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return inputError('CLI_FILE_NOT_FOUND', `${path}: no such file`, { path })
  }
  return errno === 'EACCES' ? inputError('CLI_FILE_UNREADABLE', `${path}: permission denied`, { path }) : error
}

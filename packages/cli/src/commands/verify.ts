// `ccbt verify`: compares data on disk with a torrent's checksums.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { PieceTrees, systemClock } from '@ccbt/core'
import { createDiskIo } from '@ccbt/disk-io'
import type { FileState } from '@ccbt/disk-io'
import { displayText } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { Bitfield, Layout } from '@ccbt/primitives'
import type { ClientFlags } from '../definitions/client-options.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { findFileProblems } from '../sources/file-problems.ts'
import type { FileProblem } from '../sources/file-problems.ts'
import { showByteProgress } from '../output/byte-progress.ts'
import { formatBytes, formatElapsed, formatRate, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadTorrent } from '../sources/torrent-source.ts'

/** The parsed flags of `ccbt verify`. */
export interface VerifyFlags extends OutputFlags, ClientFlags {
  readonly data: string
}

/** Hashes the data and says what is wrong with it; returns the exit status. */
export async function runVerify(source: string, flags: VerifyFlags): Promise<number> {
  if (isOfDaemon(source)) return await verifyInDaemon(source, flags)
  using stop = listenForStop()
  const startedMs = performance.now()
  const metainfo = await loadTorrent(source, { signal: stop.signal })
  const layout = new Layout(metainfo)
  const found = await recheck({ metainfo, layout, flags, signal: stop.signal }).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined
    throw error
  })
  if (found === undefined) return stop.exitCode ?? EXIT_CODES.unfinished.code
  const problems = findFileProblems({ files: metainfo.files, layout, good: found.good, states: found.states })
  const isComplete = found.good.isFull && problems.length === 0
  const result = { metainfo, problems, piecesGood: found.good.count, elapsedMs: performance.now() - startedMs }
  if (flags.json === true) reportJson(result)
  else if (flags.quiet !== true) reportText(result)
  return isComplete ? EXIT_CODES.ok.code : EXIT_CODES.checksum.code
}

/** Neither a file that is there, nor what looks like the path or the address of one. */
function isOfDaemon(source: string): boolean {
  return !existsSync(source) && !/[/\\]|^magnet:|\.torrent$/i.test(source)
}

async function verifyInDaemon(word: string, flags: ClientFlags): Promise<number> {
  const { runAction } = await import('./torrent-actions.ts')
  return await runAction([word], { type: 'verify' }, flags)
}

interface RecheckJob {
  readonly metainfo: Metainfo
  readonly layout: Layout
  readonly flags: VerifyFlags
  readonly signal: AbortSignal
}

async function recheck(job: RecheckJob): Promise<{ good: Bitfield; states: readonly FileState[] }> {
  const { metainfo, layout, flags, signal } = job
  const directory = resolve(flags.data)
  const trees = metainfo.kind === 'v1' ? undefined : new PieceTrees(metainfo)
  await using disk = createDiskIo({ clock: systemClock })
  await using store = await disk.openStore({
    directory,
    files: metainfo.files,
    layout,
    pieceHashes: metainfo.pieceHashes,
    treeOf: (piece) => trees?.pieceTree(piece),
    preallocate: 'none',
    // Every file is wanted, so nothing is ever kept apart.
    partFilePath: resolve(directory, `.${metainfo.name}.part`),
  })
  const good = new Bitfield(layout.pieces)
  using progress = showByteProgress({ total: metainfo.totalLength, flags, terminal: processTerminal() })
  await store.recheck({
    signal,
    onPiece(piece, isGood) {
      if (isGood) good.set(piece)
      progress.advance(layout.pieceLength(piece))
    },
  })
  return { good, states: await store.fileStates() }
}

interface Result {
  readonly metainfo: Metainfo
  readonly problems: readonly FileProblem[]
  readonly piecesGood: number
  readonly elapsedMs: number
}

function reportJson({ metainfo, problems, piecesGood, elapsedMs }: Result): void {
  const terminal = processTerminal()
  for (const problem of problems) terminal.line(jsonLine({ event: 'file', ...problem }))
  terminal.line(
    jsonLine({
      event: problems.length === 0 ? 'complete' : 'incomplete',
      bytes: metainfo.totalLength,
      pieces: Math.ceil(metainfo.totalLength / metainfo.pieceLength),
      piecesDone: piecesGood,
      badFiles: problems.length,
      seconds: elapsedMs / 1000,
    }),
  )
}

function reportText({ metainfo, problems, piecesGood, elapsedMs }: Result): void {
  const terminal = processTerminal()
  for (const problem of problems)
    terminal.line(`${problem.problem.padEnd(8)} ${displayText(problem.path)}${detail(problem)}`)
  const pieces = Math.ceil(metainfo.totalLength / metainfo.pieceLength)
  const rate = formatRate((metainfo.totalLength * 1000) / elapsedMs)
  const effort = `${formatBytes(metainfo.totalLength)} in ${formatElapsed(elapsedMs)} (${rate})`
  const verdict =
    problems.length === 0
      ? `complete: all ${plural(pieces, 'piece')} match`
      : `incomplete: ${pieces - piecesGood} of ${plural(pieces, 'piece')} missing or damaged`
  terminal.line(`${verdict}, ${effort}`)
}

function detail(problem: FileProblem): string {
  if (problem.problem === 'missing') return ''
  if (problem.problem === 'size') return ` (${problem.size} bytes instead of ${problem.length})`
  return ` (${problem.badPieces} of ${plural(problem.pieces, 'piece')})`
}

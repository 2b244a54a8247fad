// `ccbt create`: makes a torrent file from a file or a folder.

import { resolve } from 'node:path'
import { systemClock } from '@ccbt/core'
import { createDiskIo } from '@ccbt/disk-io'
import { buildTorrent, choosePieceLength, displayText, parseTorrent } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { showByteProgress } from '../output/byte-progress.ts'
import { formatBytes, formatElapsed, formatRate, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import type { Terminal } from '../output/terminal.ts'
import { checkOutput, writeOutput } from '../output-file.ts'
import { readSourceTree } from '../source-tree.ts'
import type { SourceTree } from '../source-tree.ts'
import { listenForStop } from '../stop-signals.ts'
import { clientVersion } from '../version.ts'

/** The parsed flags of `ccbt create`. */
export interface CreateFlags extends OutputFlags {
  readonly output?: string
  readonly tracker?: readonly string[]
  readonly pieceSize?: number
  readonly private?: boolean
  readonly comment?: string
  readonly webseed?: readonly string[]
  readonly source?: string
  readonly force?: boolean
}

/** Hashes the files and writes the torrent; returns the exit status. */
export async function runCreate(path: string, flags: CreateFlags): Promise<number> {
  using stop = listenForStop()
  const terminal = processTerminal()
  const startedMs = performance.now()
  const tree = await readSourceTree(path)
  const total = tree.files.reduce((sum, file) => sum + file.length, 0)
  if (total === 0) throw usageError('path', `${path}: there is no data to make a torrent of`)
  const output = { path: flags.output ?? `${tree.name}.torrent`, force: flags.force === true }
  await checkOutput(output)
  for (const what of tree.leftOut) warn(`left out ${what}`, flags, terminal)

  const pieceLength = flags.pieceSize ?? choosePieceLength(total)
  const pieceHashes = await hash(tree, { pieceLength, total, flags, terminal, signal: stop.signal }).catch((error) => {
    if (stop.signal.aborted) return undefined
    throw error
  })
  if (pieceHashes === undefined) return stop.exitCode ?? EXIT_CODES.unfinished.code
  const bytes = describe(tree, { flags, pieceLength, pieceHashes })
  await writeOutput(output, bytes)
  report({ path: output.path, bytes, flags, terminal, elapsedMs: performance.now() - startedMs })
  return EXIT_CODES.ok.code
}

function warn(message: string, flags: CreateFlags, terminal: Terminal): void {
  if (flags.json === true) terminal.line(jsonLine({ event: 'warning', message }))
  else process.stderr.write(`ccbt: warning: ${displayText(message)}\n`)
}

interface HashJob {
  readonly pieceLength: number
  readonly total: number
  readonly flags: OutputFlags
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

async function hash(tree: SourceTree, job: HashJob): Promise<Uint8Array> {
  await using disk = createDiskIo({ clock: systemClock })
  using progress = showByteProgress(job)
  const { pieceLength, signal } = job
  return await disk.hashFiles({ files: tree.files, pieceLength, signal, onProgress: (n) => progress.advance(n) })
}

interface Description {
  readonly flags: CreateFlags
  readonly pieceLength: number
  readonly pieceHashes: Uint8Array
}

function describe(tree: SourceTree, { flags, pieceLength, pieceHashes }: Description): Uint8Array {
  return buildTorrent({
    name: tree.name,
    isMultiFile: tree.isFolder,
    files: tree.files.map(({ path, length, isExecutable }) => ({
      path: tree.isFolder ? [...path] : [tree.name],
      length,
      executable: isExecutable,
    })),
    pieceLength,
    pieceHashes,
    trackers: (flags.tracker ?? []).map((url) => [url]),
    webSeeds: [...(flags.webseed ?? [])],
    isPrivate: flags.private === true,
    createdBy: `ccbt/${clientVersion()}`,
    creationDate: Math.floor(Date.now() / 1000),
    ...(flags.comment === undefined ? {} : { comment: flags.comment }),
    ...(flags.source === undefined ? {} : { source: flags.source }),
  })
}

interface Report {
  readonly path: string
  readonly bytes: Uint8Array
  readonly flags: CreateFlags
  readonly terminal: Terminal
  readonly elapsedMs: number
}

/** What was written is read back, so that no torrent leaves here that cannot be used. */
function report({ path, bytes, flags, terminal, elapsedMs }: Report): void {
  const torrent = parseTorrent(bytes)
  const pieces = torrent.pieceHashes.length / 20
  const infoHash = toHex(torrent.infoHash)
  if (flags.json === true) {
    const { name, totalLength, pieceLength } = torrent
    const figures = { bytes: totalLength, pieceLength, pieces, files: torrent.files.length, seconds: elapsedMs / 1000 }
    terminal.line(jsonLine({ event: 'complete', path: resolve(path), name, infoHash, ...figures }))
  } else if (flags.quiet !== true) {
    const rate = formatRate((torrent.totalLength * 1000) / elapsedMs)
    terminal.line(`${displayText(path)}  ${infoHash}`)
    terminal.line(
      `${formatBytes(torrent.totalLength)} in ${plural(torrent.files.length, 'file')}, ${plural(pieces, 'piece')} of ` +
        `${torrent.pieceLength / 1024} KiB, hashed in ${formatElapsed(elapsedMs)} (${rate})`,
    )
  }
}

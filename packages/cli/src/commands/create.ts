// `ccbt create`: makes a torrent file from a file or a folder.

import { resolve } from 'node:path'
import { arrangeFiles, buildTorrent, checkPlan, choosePieceLength, displayText, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo, TorrentSpec } from '@ccbt/metainfo'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { hashSource } from '../making/hash-source.ts'
import type { UnhashedTorrent } from '../making/hash-source.ts'
import { showByteProgress } from '../output/byte-progress.ts'
import { formatBytes, formatElapsed, formatRate, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import type { Terminal } from '../output/terminal.ts'
import { checkOutput, writeOutput } from '../output-file.ts'
import { checkUnchanged, readSourceTree } from '../making/source-tree.ts'
import type { SourceTree } from '../making/source-tree.ts'
import { defaultStateFolder } from '../configuration/state-folder.ts'
import { listenForStop } from '../stop-signals.ts'
import { clientVersion } from '../version.ts'
import { dataFigures, hashFigures, hashTexts } from './info.ts'

/** The parsed flags of `ccbt create`. */
export interface CreateFlags extends OutputFlags {
  readonly output?: string
  readonly v1?: boolean
  readonly v2?: boolean
  readonly hybrid?: boolean
  readonly pieceSize?: number
  readonly align?: boolean
  readonly exclude?: readonly string[]
  /** Tiers. */
  readonly tracker?: readonly (readonly string[])[]
  readonly webseed?: readonly string[]
  readonly private?: boolean
  readonly comment?: string
  readonly source?: string
  /** Info-hashes. */
  readonly similar?: readonly Uint8Array[]
  readonly collection?: readonly string[]
  /** Unix seconds. */
  readonly date?: number | 'none'
  readonly force?: boolean
  /** Adds hashes as Xet makes them. */
  readonly xet?: boolean
}

/** Hashes the files and writes the torrent; returns the exit status. */
export async function runCreate(path: string, flags: CreateFlags): Promise<number> {
  using stop = listenForStop()
  const terminal = processTerminal()
  const startedMs = performance.now()
  const tree = await readSourceTree(path, flags)
  const torrent = describe(tree, path, flags)
  const output = { path: flags.output ?? `${tree.name}.torrent`, force: flags.force === true }
  await checkOutput(output)
  for (const what of tree.leftOut) warn(`left out ${what}`, flags, terminal)

  const hashed = await hash(torrent, { flags, terminal, signal: stop.signal }).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined
    throw error
  })
  if (hashed === undefined) return stop.exitCode ?? EXIT_CODES.unfinished.code
  await checkUnchanged(tree)
  const bytes = buildTorrent(hashed)
  await writeOutput(output, bytes)
  report({ path: output.path, bytes, flags, terminal, elapsedMs: performance.now() - startedMs })
  return EXIT_CODES.ok.code
}

function warn(message: string, flags: CreateFlags, terminal: Terminal): void {
  if (flags.json === true) terminal.line(jsonLine({ event: 'warning', message }))
  else process.stderr.write(`ccbt: warning: ${displayText(message)}\n`)
}

/** Everything but the hashes, checked. */
function describe(tree: SourceTree, path: string, flags: CreateFlags): UnhashedTorrent {
  const kind = kindOf(flags)
  const total = tree.files.reduce((sum, file) => sum + file.length, 0)
  if (total === 0) throw usageError('path', `${path}: there is no data to make a torrent of`)
  const pieceLength = flags.pieceSize ?? choosePieceLength(total)
  const { align = false } = flags
  const torrent: UnhashedTorrent = {
    kind,
    name: tree.name,
    isMultiFile: tree.isFolder,
    files: arrangeFiles(tree.files, { kind, pieceLength, align }),
    pieceLength,
    ...notesOf(flags),
  }
  checkPlan(torrent)
  return torrent
}

function kindOf({ v2, hybrid }: CreateFlags): Metainfo['kind'] {
  if (hybrid === true) return 'hybrid'
  return v2 === true ? 'v2' : 'v1'
}

function notesOf(flags: CreateFlags): Partial<TorrentSpec> {
  const { comment, source, date = Math.floor(Date.now() / 1000) } = flags
  return {
    trackers: flags.tracker ?? [],
    webSeeds: flags.webseed ?? [],
    isPrivate: flags.private === true,
    similar: flags.similar ?? [],
    collections: flags.collection ?? [],
    createdBy: `ccbt/${clientVersion()}`,
    ...(date === 'none' ? {} : { creationDate: date }),
    ...(comment === undefined ? {} : { comment }),
    ...(source === undefined ? {} : { source }),
  }
}

interface HashJob {
  readonly flags: CreateFlags
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

async function hash(torrent: UnhashedTorrent, { flags, terminal, signal }: HashJob): Promise<TorrentSpec> {
  // Only v1 hashes take the padding for data.
  const counted = torrent.files.filter((file) => torrent.kind === 'v1' || file.isPad !== true)
  const xetBytes = flags.xet === true ? torrent.files.filter((file) => file.isPad !== true) : []
  const total = [...counted, ...xetBytes].reduce((sum, file) => sum + file.length, 0)
  using shown = showByteProgress({ total, flags, terminal })
  const progress = { signal, onProgress: (bytes: number) => shown.advance(bytes) }
  const hashed = await hashSource(torrent, progress)
  if (flags.xet !== true) return hashed
  const { addXetHashes } = await import('../making/xet-hashes.ts')
  return await addXetHashes(hashed, defaultStateFolder(process.env), progress)
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
  warnOfNames(torrent, flags, terminal)
  const { dataLength, files, pieces } = dataFigures(torrent)
  const { name, kind, pieceLength } = torrent
  if (flags.json === true) {
    const figures = { bytes: dataLength, pieceLength, pieces, files, seconds: elapsedMs / 1000 }
    terminal.line(jsonLine({ event: 'complete', path: resolve(path), name, kind, ...hashFigures(torrent), ...figures }))
  } else if (flags.quiet !== true) {
    const rate = formatRate((dataLength * 1000) / elapsedMs)
    terminal.line([displayText(path), ...hashTexts(torrent)].join('  '))
    terminal.line(
      `${formatBytes(dataLength)} in ${plural(files, 'file')}, ${plural(pieces, 'piece')} of ` +
        `${pieceLength / 1024} KiB, hashed in ${formatElapsed(elapsedMs)} (${rate})`,
    )
  }
}

/** Names that some system does not take, or takes for one, are changed on every disk: also where the torrent was made. */
function warnOfNames({ files }: Metainfo, flags: CreateFlags, terminal: Terminal): void {
  for (const { path, rawPath, isPad } of files) {
    const name = path.join('/')
    if (isPad || name === rawPath) continue
    const message = `${rawPath} is no name for every system, so it becomes ${name} on disk: rename it to seed from here`
    return warn(message, flags, terminal)
  }
}

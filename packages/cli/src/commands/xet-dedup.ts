// `ccbt dedup report`: says what files have in common. Reads only.

import { basename, join, resolve } from 'node:path'
import { CHUNK_INDEX } from '@ccbt/config'
import { displayText } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'
import { createChunkIndex, createFileChunker, SharedChunks } from '@ccbt/xet'
import type { SharedReport } from '@ccbt/xet'
import { EXIT_CODES } from '../exit-codes.ts'
import { showByteProgress } from '../output/byte-progress.ts'
import { formatBytes, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { readSourceTree } from '../making/source-tree.ts'
import { defaultStateFolder } from '../configuration/state-folder.ts'
import { listenForStop } from '../stop-signals.ts'
import type { XetFlags } from './xet-chunks.ts'

/** The parsed flags of `ccbt dedup report`. */
export interface XetDedupFlags extends XetFlags {
  readonly stateDir?: string
}

/** Files that belong together: a folder, or a torrent. */
interface Group {
  readonly name: string
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

/** Compares the files at `paths`, or the torrents in the index; returns the exit status. */
export async function runXetDedup(paths: readonly string[], flags: XetDedupFlags): Promise<number> {
  using stop = listenForStop()
  const groups = paths.length > 0 ? await groupsAt(paths) : await indexedTorrents(flags)
  try {
    show(await compare(groups, flags, stop.signal), groups, flags)
    return EXIT_CODES.ok.code
  } catch (error) {
    if (stop.signal.aborted) return stop.exitCode ?? EXIT_CODES.unfinished.code
    throw error
  }
}

async function groupsAt(paths: readonly string[]): Promise<Group[]> {
  const groups: Group[] = []
  for (const path of paths) {
    const { files } = await readSourceTree(path)
    const real = files.filter(({ symlink }) => symlink === undefined)
    groups.push({
      name: basename(resolve(path)),
      files: real.map(({ absolutePath, length }) => ({ path: absolutePath, size: length })),
    })
  }
  return groups
}

async function indexedTorrents({ stateDir }: XetDedupFlags): Promise<Group[]> {
  const path = join(stateDir ?? defaultStateFolder(process.env), CHUNK_INDEX)
  await using index = createChunkIndex({ path, suite: 'blake3' })
  const files = await index.files()
  const byTorrent = Map.groupBy(files, ({ torrent }) => torrent ?? 'no torrent')
  return Array.from(byTorrent, ([name, found]) => ({ name, files: found }))
}

async function compare(groups: readonly Group[], flags: XetDedupFlags, signal: AbortSignal): Promise<SharedReport> {
  const terminal = processTerminal()
  await using chunker = createFileChunker({ suite: 'blake3' })
  const total = groups.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0)
  using progress = showByteProgress({ total, flags: { ...flags, quiet: !terminal.isInteractive }, terminal })
  const shared = new SharedChunks()
  const files = groups.flatMap((group, number) => group.files.map(({ path }) => ({ path, number })))
  for (const { path, number } of files) {
    try {
      shared.add(number, await chunker.chunk(path, { signal, onProgress: (bytes) => progress.advance(bytes) }))
    } catch (error) {
      // One file that is gone, or is being written, keeps no other one out.
      if (!isCcbtError(error, 'XET_READ_FAILED') && !isCcbtError(error, 'XET_FILE_CHANGED')) throw error
      process.stderr.write(`ccbt: warning: left out ${displayText(error.message)}\n`)
    }
  }
  return shared.report()
}

function show(
  { bytes, differentBytes, pairs, isPartial }: SharedReport,
  groups: readonly Group[],
  flags: XetFlags,
): void {
  const terminal = processTerminal()
  const named = pairs.map((pair) => ({ names: pair.groups.map((n) => groups[n]!.name), bytes: pair.bytes }))
  if (flags.json === true) {
    terminal.line(jsonLine({ event: 'complete', bytes, differentBytes, pairs: named, partial: isPartial }))
    return
  }
  const saved = bytes - differentBytes
  terminal.line(
    `${formatBytes(bytes)} in ${plural(groups.length, 'group')}, ${formatBytes(saved)} of it more than once`,
  )
  for (const pair of named)
    terminal.line(`${formatBytes(pair.bytes).padStart(10)}  ${pair.names.map((name) => displayText(name)).join('  ')}`)
  if (isPartial) terminal.line('there is more than is compared')
}

// `ccbt xet index`: keeps the index of where chunks lie.

import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { displayText } from '@ccbt/metainfo'
import { isCcbtError, toHex } from '@ccbt/primitives'
import { createChunkIndex, createFileChunker, rebuildChunkIndex } from '@ccbt/xet'
import type { ChunkIndex, FileChunker, IndexedFile, IndexSize } from '@ccbt/xet'
import { EXIT_CODES } from '../exit-codes.ts'
import { showByteProgress } from '../output/byte-progress.ts'
import type { ByteProgress } from '../output/byte-progress.ts'
import { formatBytes, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { readSourceTree } from '../making/source-tree.ts'
import { defaultStateFolder } from '../configuration/state-folder.ts'
import { listenForStop } from '../stop-signals.ts'
import type { XetFlags } from './xet-chunks.ts'

/** The parsed flags of `ccbt xet index`. */
export interface XetIndexFlags extends XetFlags {
  readonly rebuild?: boolean
  readonly stateDir?: string
}

/** Adds the files at `paths`, or all known ones, and says how large the index is; returns the exit status. */
export async function runXetIndex(paths: readonly string[], flags: XetIndexFlags): Promise<number> {
  using stop = listenForStop()
  const folder = flags.stateDir ?? defaultStateFolder(process.env)
  await mkdir(folder, { recursive: true })
  const place = { path: join(folder, 'chunks.sqlite'), suite: 'blake3' } as const
  try {
    const result = await update(place, { paths, flags, signal: stop.signal })
    report(result, flags)
    return result.isFull ? EXIT_CODES.noSpace.code : EXIT_CODES.ok.code
  } catch (error) {
    if (stop.signal.aborted) return stop.exitCode ?? EXIT_CODES.unfinished.code
    throw error
  }
}

interface Wishes {
  readonly paths: readonly string[]
  readonly flags: XetIndexFlags
  readonly signal: AbortSignal
}

interface Added {
  readonly added: number
  readonly isFull: boolean
}

interface Result extends Added, IndexSize {}

type Place = Parameters<typeof createChunkIndex>[0]

async function update(place: Place, { paths, flags, signal }: Wishes): Promise<Result> {
  const known = await knownFiles(place)
  const named = await filesAt(paths)
  let added: Added = { added: 0, isFull: false }
  if (flags.rebuild === true) {
    const all = new Map([...(await present(known)), ...named].map((file) => [file.path, file]))
    await rebuildChunkIndex(place, async (index) => {
      added = await add(index, [...all.values()], { paths, flags, signal })
    })
  }
  await using index = createChunkIndex(place)
  if (flags.rebuild !== true) added = await add(index, unknown(named, known), { paths, flags, signal })
  return { ...added, ...(await index.size()) }
}

async function knownFiles(place: Place): Promise<readonly IndexedFile[]> {
  await using index = createChunkIndex(place)
  return await index.files()
}

/** The regular files at `paths` and in folders there. */
async function filesAt(paths: readonly string[]): Promise<IndexedFile[]> {
  const found: IndexedFile[] = []
  for (const path of paths) {
    for (const { absolutePath, length, mtimeMs, symlink } of (await readSourceTree(path)).files) {
      if (symlink === undefined) found.push({ path: absolutePath, size: length, mtimeMs })
    }
  }
  return found
}

/** Those of the files that are still there, with the torrent that they belong to. */
async function present(files: readonly IndexedFile[]): Promise<IndexedFile[]> {
  const found: IndexedFile[] = []
  for (const file of files) {
    const status = await stat(file.path).catch(() => undefined)
    if (status?.isFile() === true) found.push({ ...file, size: status.size, mtimeMs: status.mtimeMs })
  }
  return found
}

/** Those that have changed, and those of which the hash is not known. */
function unknown(files: readonly IndexedFile[], known: readonly IndexedFile[]): IndexedFile[] {
  const before = new Map(known.map((file) => [file.path, file]))
  return files.flatMap((file) => {
    const then = before.get(file.path)
    if (then?.size !== file.size || then.mtimeMs !== file.mtimeMs) return [file]
    return then.fileHash === undefined ? [then] : []
  })
}

async function add(index: ChunkIndex, files: readonly IndexedFile[], { flags, signal }: Wishes): Promise<Added> {
  const terminal = processTerminal()
  await using chunker = createFileChunker({ suite: 'blake3' })
  const total = files.reduce((sum, file) => sum + file.size, 0)
  using progress = showByteProgress({ total, flags: { ...flags, quiet: !terminal.isInteractive }, terminal })
  let added = 0
  for (const file of files) {
    const outcome = await addFile(index, chunker, file, { signal, progress })
    if (outcome === 'full') return { added, isFull: true }
    if (outcome === 'stored') added++
    else warn(`left out ${outcome.problem}`, flags)
  }
  return { added, isFull: false }
}

async function addFile(
  index: ChunkIndex,
  chunker: FileChunker,
  file: IndexedFile,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: ByteProgress },
): Promise<'stored' | 'full' | { readonly problem: string }> {
  try {
    const chunks = await chunker.chunk(file.path, { signal, onProgress: (bytes) => progress.advance(bytes) })
    const { size, mtimeMs, fileHash } = chunks
    return await index.put({ ...file, size, mtimeMs, fileHash: toHex(fileHash) }, chunks)
  } catch (error) {
    // One file that cannot be read, or is being written, keeps no other one out.
    const isItsOwn = isCcbtError(error, 'XET_READ_FAILED') || isCcbtError(error, 'XET_FILE_CHANGED')
    if (isItsOwn) return { problem: error.message }
    throw error
  }
}

function warn(message: string, flags: XetIndexFlags): void {
  if (flags.json === true) processTerminal().line(jsonLine({ event: 'warning', message }))
  else process.stderr.write(`ccbt: warning: ${displayText(message)}\n`)
}

function report({ added, isFull, files, chunks, bytes }: Result, flags: XetIndexFlags): void {
  if (isFull) warn('the index is full: the remaining files are not in it', flags)
  const terminal = processTerminal()
  if (flags.json === true) {
    terminal.line(jsonLine({ event: 'complete', added, files, chunks, indexBytes: bytes }))
    return
  }
  const news = added === 0 ? '' : `${plural(added, 'file')} added; `
  terminal.line(`${news}${plural(files, 'file')}, ${plural(chunks, 'chunk')}, ${formatBytes(bytes)} on disk`)
}

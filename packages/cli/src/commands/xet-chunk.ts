// `ccbt xet chunk`: shows where a file is cut into chunks.

import { formatHash, hashAt } from '@ccbt/chunker'
import type { FileChunks } from '@ccbt/xet'
import { formatBytes, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { withChunks } from './xet-chunks.ts'
import type { XetFlags } from './xet-chunks.ts'

/** Prints offset, length and hash of every chunk of a file; returns the exit status. */
export async function runXetChunk(path: string, flags: XetFlags): Promise<number> {
  return await withChunks([path], flags, ([file]) => {
    if (file !== undefined) report(file, flags)
  })
}

interface Chunk {
  readonly offset: number
  readonly length: number
  readonly hash: string
}

function report(file: FileChunks, flags: XetFlags): void {
  const terminal = processTerminal()
  const width = Math.max('offset'.length, String(file.size).length)
  const row = (offset: number | string, length: number | string, hash: string): string =>
    `${String(offset).padStart(width)}  ${String(length).padStart(6)}  ${hash}`
  if (flags.json !== true) terminal.line(row('offset', 'length', 'hash'))
  for (const chunk of chunksOf(file)) {
    const { offset, length, hash } = chunk
    terminal.line(flags.json === true ? jsonLine({ event: 'chunk', ...chunk }) : row(offset, length, hash))
  }
  terminal.line(flags.json === true ? jsonLine(summary(file)) : summaryText(file))
}

function* chunksOf(file: FileChunks): Generator<Chunk> {
  let offset = 0
  for (const [i, length] of file.lengths.entries()) {
    yield { offset, length, hash: formatHash(hashAt(file, i)) }
    offset += length
  }
}

function summary(file: FileChunks): object {
  return { event: 'complete', bytes: file.size, chunks: file.lengths.length, fileHash: formatHash(file.fileHash) }
}

function summaryText({ size, lengths, fileHash }: FileChunks): string {
  const count = lengths.length
  const average = count === 0 ? '' : ` of ${formatBytes(size / count)} on average`
  return `${plural(count, 'chunk')}${average}, ${plural(size, 'byte')}, file hash ${formatHash(fileHash)}`
}

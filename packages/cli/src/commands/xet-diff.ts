// `ccbt xet diff`: what would travel to somebody who has one version of a file and wants another.

import { diffChunks } from '@ccbt/xet'
import type { FileChunks } from '@ccbt/xet'
import { formatBytes, formatPercent, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { withChunks } from './xet-chunks.ts'
import type { XetFlags } from './xet-chunks.ts'

/** Compares two versions of a file by their chunks; returns the exit status. */
export async function runXetDiff(oldPath: string, newPath: string, flags: XetFlags): Promise<number> {
  return await withChunks([oldPath, newPath], flags, ([old, wanted]) => {
    if (old === undefined || wanted === undefined) return
    const found = compare(old, wanted)
    const terminal = processTerminal()
    if (flags.json === true) terminal.line(jsonLine({ event: 'complete', ...found }))
    else for (const line of lines(found)) terminal.line(line)
  })
}

interface Comparison {
  readonly bytes: number
  readonly chunks: number
  readonly newChunks: number
  readonly newBytes: number
  readonly blockBytes: number
}

function compare(old: FileChunks, wanted: FileChunks): Comparison {
  const { newChunks, newBytes, blockBytes } = diffChunks(old, wanted)
  return { bytes: wanted.size, chunks: wanted.lengths.length, newChunks: newChunks.length, newBytes, blockBytes }
}

function lines({ bytes, chunks, newChunks, newBytes, blockBytes }: Comparison): string[] {
  const share = (part: number): string => `${formatBytes(part)} (${formatPercent(part, bytes)})`
  const rows: (readonly [label: string, value: string])[] = [
    ['new version', `${formatBytes(bytes)} in ${plural(chunks, 'chunk')}`],
    ['new chunks', `${newChunks}: ${bytes === 0 ? 'nothing' : share(newBytes)}`],
    ['as blocks', `${bytes === 0 ? 'nothing' : share(blockBytes)}, in units of 16 KiB as peers ask for them`],
  ]
  return rows.map(([label, value]) => `${label.padEnd(12)}${value}`)
}

// `ccbt xet hash`: the hash by which Hugging Face's hub knows a file.

import { formatHash } from '@ccbt/chunker'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { withChunks } from './xet-chunks.ts'
import type { XetFlags } from './xet-chunks.ts'

/** Prints the Xet hash of a file; returns the exit status. */
export async function runXetHash(path: string, flags: XetFlags): Promise<number> {
  return await withChunks([path], flags, ([file]) => {
    if (file === undefined) return
    const fileHash = formatHash(file.fileHash)
    const result = { event: 'complete', path, bytes: file.size, chunks: file.lengths.length, fileHash }
    processTerminal().line(flags.json === true ? jsonLine(result) : fileHash)
  })
}

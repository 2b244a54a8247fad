// `ccbt xet get`: fetches content by its hash from a peer, without a torrent.

import { open, rename, rm } from 'node:fs/promises'
import { parseEndpoint } from '@ccbt/address'
import { parseHash } from '@ccbt/chunker'
import { fetchContent } from '@ccbt/core'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { checkOutput } from '../output-file.ts'
import { formatBytes } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import type { XetFlags } from './xet-chunks.ts'

/** The parsed flags of `ccbt xet get`. */
export interface XetGetFlags extends XetFlags {
  readonly output: string
  readonly peer: string
  readonly force?: boolean
}

/** Fetches it, verifies it and writes the file; returns the exit status. */
export async function runXetGet(text: string, flags: XetGetFlags): Promise<number> {
  using stop = listenForStop()
  const hash = parseHash(text)
  if (hash === undefined) throw usageError('hash', `${text} is not a Xet hash: it has 64 hexadecimal digits`)
  await checkOutput({ path: flags.output, force: flags.force === true })
  const partPath = `${flags.output}.part`
  try {
    const bytes = await write(partPath, { peer: parseEndpoint(flags.peer), hash, signal: stop.signal })
    await rename(partPath, flags.output)
    report(flags, bytes)
    return EXIT_CODES.ok.code
  } catch (error) {
    await rm(partPath, { force: true })
    if (stop.signal.aborted) return stop.exitCode ?? EXIT_CODES.unfinished.code
    throw error
  }
}

async function write(path: string, request: Parameters<typeof fetchContent>[0]): Promise<number> {
  await using file = await open(path, 'w')
  let bytes = 0
  for await (const chunk of fetchContent(request)) {
    await file.writeFile(chunk)
    bytes += chunk.length
  }
  await file.sync()
  return bytes
}

function report(flags: XetGetFlags, bytes: number): void {
  const terminal = processTerminal()
  if (flags.json === true) terminal.line(jsonLine({ event: 'complete', path: flags.output, bytes }))
  else terminal.line(`${flags.output}: ${formatBytes(bytes)}`)
}

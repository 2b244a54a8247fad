// `ccbt xet get`: fetches content by its hash, without a torrent: from files that are here, from peers that are named, from
// those that announce it in the DHT.

import { open, rename, rm, stat } from 'node:fs/promises'
import { parseEndpoint } from '@ccbt/address'
import { HASH_BYTES, parseHash } from '@ccbt/chunker'
import { bindOf, proxyOf } from '@ccbt/config'
import type { Settings } from '@ccbt/config'
import { searchContent } from '@ccbt/core'
import type { ContentNetwork, ContentSearch } from '@ccbt/core'
import { fromHex } from '@ccbt/primitives'
import type { ConfigFlags } from '../config-options.ts'
import { loadConfiguration } from '../configuration.ts'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { copyLocal } from '../local-content.ts'
import { checkOutput } from '../output-file.ts'
import { formatBytes } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import type { XetFlags } from './xet-chunks.ts'

/** The parsed flags of `ccbt xet get`. */
export interface XetGetFlags extends XetFlags, ConfigFlags {
  readonly output: string
  readonly root?: boolean
  readonly peer?: readonly string[]
  readonly dht?: boolean
  readonly dhtBootstrap?: readonly string[]
  readonly stateDir?: string
  readonly force?: boolean
}

/** Fetches it, verifies it and writes the file; returns the exit status. */
export async function runXetGet(text: string, flags: XetGetFlags): Promise<number> {
  using stop = listenForStop()
  const isRoot = flags.root === true
  const hash = isRoot ? rootHash(text) : parseHash(text)
  if (hash === undefined) throw usageError('hash', `${text} is not a hash: it has 64 hexadecimal digits`)
  await checkOutput({ path: flags.output, force: flags.force === true })
  const path = `${flags.output}.part`
  try {
    await obtain(flags, { hash, isRoot, path, signal: stop.signal })
    const { size } = await stat(path)
    await rename(path, flags.output)
    report(flags, size)
    return EXIT_CODES.ok.code
  } catch (error) {
    await rm(path, { force: true })
    if (stop.signal.aborted) return stop.exitCode ?? EXIT_CODES.unfinished.code
    throw error
  }
}

/** Unlike the text of a Xet hash its text has the bytes in their order. */
function rootHash(text: string): Uint8Array | undefined {
  return text.length === 2 * HASH_BYTES ? fromHex(text) : undefined
}

interface Wanted extends Pick<ContentSearch, 'hash' | 'signal'> {
  readonly isRoot: boolean
  /** The file to write. */
  readonly path: string
}

async function obtain(flags: XetGetFlags, { path, ...wanted }: Wanted): Promise<void> {
  const { dht: usesDht = false, dhtBootstrap, config, profile, set, stateDir, peer = [] } = flags
  const chosen = { dhtBootstrap, config, profile, set, stateDir }
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
  const { session: settings, stateFolder } = await loadConfiguration(given)
  if (await copyLocal({ stateFolder, path, ...wanted })) return
  const dht = usesDht ? { bootstrap: settings.get('dht.bootstrap').map(parseEndpoint) } : undefined
  const search = { ...wanted, peers: peer.map(parseEndpoint), ...(dht && { dht }), network: networkOf(settings) }
  await searchContent(search, (chunks) => write(path, chunks))
}

/** The ways that torrents go. */
function networkOf(settings: Settings): ContentNetwork {
  const bind = bindOf(settings)
  const proxy = proxyOf(settings)
  return { ...(bind === undefined ? {} : { bind }), ...(proxy === undefined ? {} : { proxy }) }
}

async function write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await using file = await open(path, 'w')
  for await (const chunk of chunks) await file.writeFile(chunk)
  await file.sync()
}

function report(flags: XetGetFlags, bytes: number): void {
  const terminal = processTerminal()
  if (flags.json === true) terminal.line(jsonLine({ event: 'complete', path: flags.output, bytes }))
  else terminal.line(`${flags.output}: ${formatBytes(bytes)}`)
}

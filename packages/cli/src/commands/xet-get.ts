// `ccbt xet get`: fetches content by its hash, without its torrent: from files that are here, from peers that are named, from
// the swarms of torrents that are named, from those that announce it on trackers or in the DHT.

import { open, rename, rm, stat } from 'node:fs/promises'
import { parseEndpoint } from '@ccbt/address'
import { HASH_BYTES, parseHash } from '@ccbt/chunker'
import { sessionOptions } from '@ccbt/config'
import { searchContent } from '@ccbt/core'
import type { ContentSearch } from '@ccbt/core'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { fromHex } from '@ccbt/primitives'
import type { ConfigFlags } from '../definitions/config-options.ts'
import { loadConfiguration, webNetwork } from '../configuration/configuration.ts'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { copyLocal } from '../sources/local-content.ts'
import { checkOutput } from '../output-file.ts'
import { formatBytes } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadSource } from '../sources/torrent-source.ts'
import type { SourceOptions } from '../sources/torrent-source.ts'
import type { XetFlags } from './xet-chunks.ts'

/** The parsed flags of `ccbt xet get`. */
export interface XetGetFlags extends XetFlags, ConfigFlags {
  readonly output: string
  readonly root?: boolean
  readonly peer?: readonly string[]
  readonly torrent?: readonly string[]
  readonly tracker?: readonly string[]
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
  const { dht: usesDht = false, dhtBootstrap, config, profile, set, stateDir, peer = [], tracker } = flags
  const chosen = { dhtBootstrap, config, profile, set, stateDir }
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
  const { session: settings, stateFolder } = await loadConfiguration(given)
  if (await copyLocal({ stateFolder, path, ...wanted })) return
  const search: ContentSearch = {
    ...wanted,
    peers: peer.map(parseEndpoint),
    torrents: await publicTorrents(flags.torrent ?? [], { signal: wanted.signal, ...webNetwork(settings) }),
    ...(tracker && { trackers: tracker }),
    ...(usesDht && { dht: { bootstrap: settings.get('dht.bootstrap').map(parseEndpoint) } }),
    // The ways that torrents go.
    network: sessionOptions(settings, stateFolder),
  }
  await searchContent(search, (chunks) => write(path, chunks))
}

async function publicTorrents(sources: readonly string[], options: SourceOptions): Promise<(Metainfo | Magnet)[]> {
  const torrents: (Metainfo | Magnet)[] = []
  for (const source of sources) {
    const torrent = await loadSource(source, options)
    if ('isPrivate' in torrent && torrent.isPrivate) {
      throw usageError('--torrent', `${source} is private: nothing is asked in its swarm`)
    }
    torrents.push(torrent)
  }
  return torrents
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

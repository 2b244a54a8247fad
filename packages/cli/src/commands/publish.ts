// `ccbt publish`: makes a folder something that others follow, and serves its newest version until Ctrl-C.

import { basename, resolve } from 'node:path'
import { sessionOptions, torrentOptions } from '@ccbt/config'
import { createSession } from '@ccbt/core'
import { parseEndpoint } from '@ccbt/address'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { ConfigFlags } from '../config-options.ts'
import { loadConfiguration } from '../configuration.ts'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { SettingFlags } from '../flag-settings.ts'
import { formatBytes, plural } from '../output/format.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { FolderWatch } from '../publishing/folder-watch.ts'
import { openKey } from '../publishing/key-store.ts'
import { formatFollowLink, MAX_SALT_BYTES } from '../publishing/link.ts'
import { Publisher } from '../publishing/publisher.ts'
import type { Published } from '../publishing/publisher.ts'
import { createTell } from '../publishing/report.ts'
import type { Tell } from '../publishing/report.ts'
import { listenForStop } from '../stop-signals.ts'

/** The parsed flags of `ccbt publish`. */
export interface PublishFlags extends OutputFlags, ConfigFlags, SettingFlags {
  readonly key: string
  readonly salt?: string
  readonly watch?: boolean
  readonly once?: boolean
  readonly exclude?: readonly string[]
}

/** Publishes the folder and serves it; returns the exit status. */
export async function runPublish(folder: string, flags: PublishFlags): Promise<number> {
  using stop = listenForStop()
  const tell = createTell(flags)
  // Followers ask which blocks of a file have changed.
  const { session: settings, stateFolder } = await loadConfiguration({ ...flags, xet: true })
  const key = await openKey(stateFolder, flags.key, saltOf(flags))
  await using session = await createSession(sessionOptions(settings, stateFolder))
  const seeding = torrentOptions(settings)
  using channel = await session.channel({
    publicKey: key.publicKey,
    salt: key.salt,
    ...(key.newest === undefined ? {} : { item: key.newest }),
    peers: (seeding.peers ?? []).map(parseEndpoint),
    onItem: ({ seq }) => warn(tell, `version ${seq} was published with this key elsewhere`),
  })
  // Before the first version is made: what changes meanwhile is in the next.
  using watch = flags.watch === true ? new FolderWatch(folder, (error) => warn(tell, String(error))) : undefined
  const { exclude = [] } = flags
  const { signal } = stop
  const publisher = new Publisher({ folder, exclude, stateFolder, session, channel, key, seeding, signal })
  const { port } = session.summary()
  tell({ event: 'listening', port }, `listening on port ${port}`)
  const name = basename(resolve(folder))
  const link = formatFollowLink({ publicKey: key.publicKey, salt: key.salt, name, peers: [] })
  try {
    report(tell, await publisher.publish(), link)
    if (flags.once === true) return EXIT_CODES.ok.code
    if (watch === undefined) await ended(signal)
    else await publishChanges(watch, { publisher, tell, link, signal })
    return EXIT_CODES.ok.code
  } catch (error) {
    if (!signal.aborted) throw error
    return stop.exitCode ?? EXIT_CODES.unfinished.code
  }
}

function saltOf({ salt = '' }: PublishFlags): Uint8Array {
  const bytes = new TextEncoder().encode(salt)
  if (bytes.length > MAX_SALT_BYTES) throw usageError('--salt', `--salt: at most ${MAX_SALT_BYTES} bytes`)
  return bytes
}

interface Publishing {
  readonly publisher: Publisher
  readonly tell: Tell
  readonly link: string
  readonly signal: AbortSignal
}

async function publishChanges(watch: FolderWatch, publishing: Publishing): Promise<void> {
  while (!publishing.signal.aborted) await publishNext(watch, publishing)
}

async function publishNext(watch: FolderWatch, { publisher, tell, link, signal }: Publishing): Promise<void> {
  await watch.settled(signal)
  if (signal.aborted) return
  try {
    const published = await publisher.publish()
    if (published.kind === 'published') report(tell, published, link)
  } catch (error) {
    if (signal.aborted) return
    // Files that are being written, or a folder that is empty for a moment: the next version will be of it at rest.
    if (!isCcbtError(error) || error.blame === 'us') throw error
    warn(tell, error.message)
    if (error.code === 'CLI_FILE_CHANGED') watch.touch()
  }
}

function report(tell: Tell, { kind, item, metainfo, leftOut, stored }: Published, link: string): void {
  for (const what of leftOut) warn(tell, `left out ${what}`)
  const files = metainfo.files.filter(({ isPad }) => !isPad)
  const bytes = files.reduce((sum, { length }) => sum + length, 0)
  const facts = { version: item.seq, infoHash: toHex(metainfo.infoHash), files: files.length, bytes }
  const size = `${formatBytes(bytes)} in ${plural(files.length, 'file')}`
  const state = kind === 'published' ? 'published' : 'as it was'
  tell({ event: kind, ...facts, dhtNodes: stored, link }, `version ${item.seq} ${state}: ${size}\n${link}`)
}

function warn(tell: Tell, message: string): void {
  tell({ event: 'warning', message }, message)
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

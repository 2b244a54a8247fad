// `ccbt follow`: keeps a copy of a published folder current until Ctrl-C, and serves it to others.

import { parseEndpoint } from '@ccbt/address'
import { sessionOptions, torrentOptions } from '@ccbt/config'
import { createSession } from '@ccbt/core'
import type { MutableItem } from '@ccbt/discovery'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { ConfigFlags } from '../config-options.ts'
import { loadConfiguration } from '../configuration.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { SettingFlags } from '../flag-settings.ts'
import { formatBytes, plural } from '../output/format.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { FollowedFolder } from '../publishing/followed-folder.ts'
import { Follower } from '../publishing/follower.ts'
import type { Applied } from '../publishing/follower.ts'
import { Inbox } from '../publishing/inbox.ts'
import { parseFollowLink } from '../publishing/link.ts'
import { createTell } from '../publishing/report.ts'
import type { Tell } from '../publishing/report.ts'
import { listenForStop } from '../stop-signals.ts'

/** How long `--once` waits for somebody to show a newer version: more than a lookup in the DHT takes. */
const ONCE_WAIT_MS = 30_000
const DEFAULT_KEEP = 2
const DEFAULT_MAX_REMOVED = 100

/** The parsed flags of `ccbt follow`. */
export interface FollowFlags extends OutputFlags, ConfigFlags, SettingFlags {
  readonly output: string
  readonly once?: boolean
  readonly keep?: number
  readonly maxRemoved?: number
  readonly accept?: number
}

/** Follows; returns the exit status. */
export async function runFollow(text: string, flags: FollowFlags): Promise<number> {
  using stop = listenForStop()
  const tell = createTell(flags)
  const link = parseFollowLink(text)
  // The output is no folder that torrents go into.
  const { output, ...others } = flags
  const { session: settings, stateFolder } = await loadConfiguration({ ...others, xet: true })
  const folder = await FollowedFolder.follow(output, link)
  await using session = await createSession(sessionOptions(settings, stateFolder))
  const options = torrentOptions(settings)
  const peers = [...(options.peers ?? []), ...link.peers]
  const follower = new Follower({
    folder,
    session,
    transfer: { ...options, peers },
    keep: flags.keep ?? DEFAULT_KEEP,
    maxRemoved: flags.maxRemoved ?? DEFAULT_MAX_REMOVED,
    accepted: flags.accept,
  })
  const { port } = session.summary()
  tell({ event: 'listening', port }, `listening on port ${port}`)
  await follower.seedCurrent()
  const { newest } = await folder.state()
  const inbox = new Inbox(stop.signal)
  using _channel = await session.channel({
    publicKey: link.publicKey,
    salt: link.salt,
    // For one look also somebody with what is known already is an answer.
    ...(newest === undefined || flags.once === true ? {} : { item: newest }),
    peers: peers.map(parseEndpoint),
    onItem: (item) => inbox.put(item),
  })
  const following = { inbox, folder, follower, tell, stop: stop.signal }
  if (flags.once === true) return (await updateOnce(following, newest)) ? EXIT_CODES.ok.code : unfinished(stop.exitCode)
  if (newest !== undefined) await update(newest, following)
  for (;;) {
    const item = await inbox.next()
    if (item === undefined) break
    await update(item, following)
  }
  return (await folder.state()).current === undefined ? unfinished(stop.exitCode) : EXIT_CODES.ok.code
}

interface Following {
  readonly inbox: Inbox
  readonly folder: FollowedFolder
  readonly follower: Follower
  readonly tell: Tell
  readonly stop: AbortSignal
}

function unfinished(exitCode: number | undefined): number {
  return exitCode ?? EXIT_CODES.unfinished.code
}

/** Whether the newest version that anybody shows is the current one. */
async function updateOnce({ inbox, folder, follower, tell, stop }: Following, known?: MutableItem): Promise<boolean> {
  const shown = await inbox.next(ONCE_WAIT_MS)
  const item = known !== undefined && known.seq >= (shown?.seq ?? 0) ? known : shown
  if (stop.aborted) return false
  if (item === undefined) {
    tell({ event: 'warning', message: 'nobody has shown a version' }, 'nobody has shown a version')
    return false
  }
  await folder.heard(item)
  const applied = await follower.apply(item, inbox.superseded)
  report(tell, item, applied)
  return applied.kind === 'current' || applied.kind === 'not-wanted'
}

/** What fails is told, and tried again with the next version or the next start. */
async function update(item: MutableItem, { inbox, folder, follower, tell }: Following): Promise<void> {
  const signal = inbox.superseded
  try {
    await folder.heard(item)
    report(tell, item, await follower.apply(item, signal))
  } catch (error) {
    if (signal.aborted) return
    if (!isCcbtError(error) || error.blame === 'us') throw error
    const message = `version ${item.seq}: ${error.message}`
    tell({ event: 'warning', message }, message)
  }
}

function report(tell: Tell, { seq: version }: MutableItem, applied: Applied): void {
  switch (applied.kind) {
    case 'current': {
      const { metainfo, reused, downloaded } = applied
      const facts = { version, infoHash: toHex(metainfo.infoHash), name: metainfo.name, reused, downloaded }
      const text = `version ${version}: ${formatBytes(downloaded)} downloaded, ${formatBytes(reused)} copied`
      return tell({ event: 'updated', ...facts }, text)
    }
    case 'held': {
      const { removed } = applied
      const text = `version ${version} removes ${plural(removed, 'file')}: run again with --accept ${version} to take it`
      return tell({ event: 'held', version, removed }, text)
    }
    case 'no-room': {
      const { bytes, free } = applied
      const text = `version ${version} has ${formatBytes(bytes)} that are not here, and ${formatBytes(free)} are free: run again with --accept ${version} to take it`
      return tell({ event: 'held', version, bytes, free }, text)
    }
    case 'no-torrent': {
      const message = `version ${version} names no torrent`
      return tell({ event: 'warning', message }, message)
    }
    case 'not-wanted':
      return tell({ event: 'unchanged', version }, `version ${version} is not taken: it is here, or was rolled back`)
  }
}

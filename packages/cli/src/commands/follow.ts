// `ccbt follow`: keeps a copy of a published folder current until Ctrl-C, and serves it to others.

import { sessionOptions, torrentOptions } from '@ccbt/config'
import { createSession } from '@ccbt/core'
import type { ConfigFlags } from '../config-options.ts'
import { loadConfiguration } from '../configuration.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { SettingFlags } from '../flag-settings.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { FollowedFolder } from '../publishing/followed-folder.ts'
import { Following } from '../publishing/following.ts'
import { parseFollowLink } from '../publishing/link.ts'
import { createTell } from '../publishing/report.ts'
import { listenForStop } from '../stop-signals.ts'

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
  const { signal } = stop
  const tell = createTell(flags)
  const link = parseFollowLink(text)
  // The output is no folder that torrents go into.
  const { output, once: isOnce = false, keep, maxRemoved, accept, ...others } = flags
  const { session: settings, stateFolder } = await loadConfiguration({ ...others, xet: true })
  const folder = await FollowedFolder.follow(output, link)
  await using session = await createSession(sessionOptions(settings, stateFolder))
  const { port } = session.summary()
  tell({ event: 'listening', port }, `listening on port ${port}`)
  const place = { session, stateFolder, transfer: torrentOptions(settings), tell, signal }
  using following = await Following.open({ link, folder, keep, maxRemoved, accept, isOnce }, place)
  if (!isOnce) await following.follow()
  const isCurrent = isOnce ? await following.updateOnce() : (await folder.state()).current !== undefined
  return isCurrent ? EXIT_CODES.ok.code : (stop.exitCode ?? EXIT_CODES.unfinished.code)
}

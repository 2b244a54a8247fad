// `ccbt follow`: keeps a copy of a published folder current, and serves it to others: by the daemon when one runs and can do
// what was asked for, else here until Ctrl-C.

import { resolve } from 'node:path'
import { sessionOptions, torrentOptions } from '@ccbt/config'
import { createSession } from '@ccbt/core'
import type { FolderToFollow } from '@ccbt/rpc-client'
import type { ConfigFlags } from '../definitions/config-options.ts'
import { loadConfiguration } from '../configuration/configuration.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { SettingFlags } from '../configuration/flag-settings.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { FollowedFolder } from '../publishing/followed-folder.ts'
import { Following } from '../publishing/following.ts'
import { handOverFolder } from '../publishing/hand-over.ts'
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
  readonly foreground?: boolean
}

/** Follows; `typed` are the flags of this very run. Returns the exit status. */
export async function runFollow(text: string, flags: FollowFlags, typed: readonly string[]): Promise<number> {
  using stop = listenForStop()
  const { signal } = stop
  const tell = createTell(flags)
  const link = parseFollowLink(text)
  // The output is no folder that torrents go into.
  const { output, once: isOnce = false, keep, maxRemoved, accept, ...others } = flags
  const { session: settings, stateFolder } = await loadConfiguration({ ...others, xet: true })
  const handOver = { publication: publicationOf(text, flags), given: flags, typed, stateFolder, tell }
  if ((await handOverFolder(handOver)) === 'taken') return EXIT_CODES.ok.code
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

function publicationOf(link: string, { output, keep, maxRemoved, accept, peer }: FollowFlags): FolderToFollow {
  return {
    kind: 'follow',
    directory: resolve(output),
    link,
    ...(keep === undefined ? {} : { keep }),
    ...(maxRemoved === undefined ? {} : { maxRemoved }),
    ...(accept === undefined ? {} : { accept }),
    ...(peer === undefined ? {} : { peers: peer }),
  }
}

// `ccbt publish`: makes a folder something that others follow, and serves its newest version: by the daemon when one runs and
// can do what was asked for, else here until Ctrl-C.

import { resolve } from 'node:path'
import { sessionOptions, torrentOptions } from '@ccbt/config'
import { createSession } from '@ccbt/core'
import type { FolderToPublish } from '@ccbt/rpc-client'
import type { ConfigFlags } from '../definitions/config-options.ts'
import { loadConfiguration } from '../configuration/configuration.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { SettingFlags } from '../configuration/flag-settings.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { handOverFolder } from '../publishing/hand-over.ts'
import { openKey, saltBytes } from '../publishing/key-store.ts'
import { Publishing } from '../publishing/publishing.ts'
import { createTell } from '../publishing/report.ts'
import { listenForStop } from '../stop-signals.ts'

/** The parsed flags of `ccbt publish`. */
export interface PublishFlags extends OutputFlags, ConfigFlags, SettingFlags {
  readonly key: string
  readonly salt?: string
  readonly watch?: boolean
  readonly once?: boolean
  readonly exclude?: readonly string[]
  readonly foreground?: boolean
}

/** Publishes the folder and serves it; `typed` are the flags of this very run. Returns the exit status. */
export async function runPublish(folder: string, flags: PublishFlags, typed: readonly string[]): Promise<number> {
  using stop = listenForStop()
  const { signal } = stop
  const tell = createTell(flags)
  // Followers ask which blocks of a file have changed.
  const { session: settings, stateFolder } = await loadConfiguration({ ...flags, xet: true })
  const handOver = { publication: publicationOf(folder, flags), given: flags, typed, stateFolder, tell }
  if ((await handOverFolder(handOver)) === 'taken') return EXIT_CODES.ok.code
  const key = await openKey(stateFolder, flags.key, saltBytes(flags.salt ?? ''))
  await using session = await createSession(sessionOptions(settings, stateFolder))
  const place = { session, stateFolder, transfer: torrentOptions(settings), tell, signal }
  const wish = { folder, key, watches: flags.watch === true, exclude: flags.exclude ?? [] }
  using publishing = await Publishing.open(wish, place)
  const { port } = session.summary()
  tell({ event: 'listening', port }, `listening on port ${port}`)
  try {
    await publishing.publish()
    if (flags.once !== true) await publishing.serve()
    return EXIT_CODES.ok.code
  } catch (error) {
    if (!signal.aborted) throw error
    return stop.exitCode ?? EXIT_CODES.unfinished.code
  }
}

function publicationOf(folder: string, { key, salt, watch, exclude, peer }: PublishFlags): FolderToPublish {
  return {
    kind: 'publish',
    directory: resolve(folder),
    key,
    ...(salt === undefined ? {} : { salt }),
    ...(watch === undefined ? {} : { watches: watch }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(peer === undefined ? {} : { peers: peer }),
  }
}

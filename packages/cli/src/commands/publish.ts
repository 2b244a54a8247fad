// `ccbt publish`: makes a folder something that others follow, and serves its newest version until Ctrl-C.

import { sessionOptions, torrentOptions } from '@ccbt/config'
import { createSession } from '@ccbt/core'
import type { ConfigFlags } from '../config-options.ts'
import { loadConfiguration } from '../configuration.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { SettingFlags } from '../flag-settings.ts'
import type { OutputFlags } from '../output/reporter.ts'
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
}

/** Publishes the folder and serves it; returns the exit status. */
export async function runPublish(folder: string, flags: PublishFlags): Promise<number> {
  using stop = listenForStop()
  const { signal } = stop
  const tell = createTell(flags)
  // Followers ask which blocks of a file have changed.
  const { session: settings, stateFolder } = await loadConfiguration({ ...flags, xet: true })
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

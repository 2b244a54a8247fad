// A daemon with the configuration that it follows, from its start to its end.

import type { Config } from '@ccbt/config'
import { startDaemon } from '@ccbt/daemon'
import type { Daemon, SettingsAccess } from '@ccbt/daemon'
import type { ReloadOutcome } from '@ccbt/rpc-client'
import type { ConfigFlags } from '../definitions/config-options.ts'
import { configRequest } from '../configuration/configuration.ts'
import { DaemonConfiguration } from './settings.ts'
import type { StartOptions } from './settings.ts'
import { DaemonTorrents } from './torrents.ts'
import { usageError } from '../errors.ts'
import type { SettingFlags } from '../configuration/flag-settings.ts'
import { reloadText } from '../output/reload-text.ts'

/** What is started. */
export interface ConfiguredStart {
  readonly config: Config
  /** What `config` was made of. */
  readonly flags: ConfigFlags & SettingFlags
  readonly options: StartOptions
  /** Absent = remote control cannot end it. */
  readonly onStop?: () => void
  /** Also told of what is in the daemon's log: what changes of the configuration, and what of it cannot be used. */
  readonly onReload?: (outcome: ReloadOutcome) => void
}

/** A daemon that follows its configuration. */
export interface ConfiguredDaemon extends AsyncDisposable {
  readonly daemon: Daemon
  readonly configuration: DaemonConfiguration
}

/** Starts it; rejects as the daemon's own start does. */
export async function startConfigured(start: ConfiguredStart): Promise<ConfiguredDaemon> {
  const { config, flags, options, onStop } = start
  await using stack = new AsyncDisposableStack()
  let following: DaemonConfiguration | undefined
  const followed = (): DaemonConfiguration => {
    if (following === undefined) throw usageError('daemon', 'the daemon is still starting')
    return following
  }
  const settings: SettingsAccess = {
    list: (isOwner) => following?.list(isOwner) ?? [],
    change: async (change) => await followed().change(change),
  }
  const folder = configRequest(flags).places.torrents
  // What is found before there is a log waits for it.
  const early: ReloadOutcome[] = []
  let onReload = (outcome: ReloadOutcome): void => void early.push(outcome)
  const torrents = new DaemonTorrents(config, folder, (problems) => onReload({ changes: [], problems }))
  await torrents.open()
  const daemon = stack.use(
    await startDaemon({
      ...options,
      settings,
      publishing: async (publication, work) => {
        const { publicationRunner } = await import('../publishing/daemon-publications.ts')
        return await publicationRunner(config.session, config.stateFolder)(publication, work)
      },
      configuration: (facts) => torrents.configured(facts),
      onReload: async () => await followed().reload(),
      ...(onStop === undefined ? {} : { onStop }),
    }),
  )
  onReload = (outcome) => {
    const level = outcome.problems.length === 0 ? 'info' : 'warning'
    daemon.logger.log({ level, area: 'daemon', text: reloadText(outcome) })
    start.onReload?.(outcome)
  }
  early.forEach(onReload)
  const configuration = stack.use(new DaemonConfiguration({ daemon, flags, config, torrents, onReload }))
  following = configuration
  const running = stack.move()
  return { daemon, configuration, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

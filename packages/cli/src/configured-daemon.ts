// A daemon with the configuration that it follows, from its start to its end.

import type { Config } from '@ccbt/config'
import { startDaemon } from '@ccbt/daemon'
import type { Daemon, SettingsAccess } from '@ccbt/daemon'
import type { ReloadOutcome } from '@ccbt/rpc-client'
import type { ConfigFlags } from './config-options.ts'
import { configRequest } from './configuration.ts'
import { DaemonConfiguration } from './daemon-settings.ts'
import type { StartOptions } from './daemon-settings.ts'
import { DaemonTorrents } from './daemon-torrents.ts'
import { usageError } from './errors.ts'
import type { SettingFlags } from './flag-settings.ts'

/** What is started. */
export interface ConfiguredStart {
  readonly config: Config
  /** What `config` was made of. */
  readonly flags: ConfigFlags & SettingFlags
  readonly options: StartOptions
  /** Absent = remote control cannot end it. */
  readonly onStop?: () => void
  readonly onReload: (outcome: ReloadOutcome) => void
}

/** A daemon that follows its configuration. */
export interface ConfiguredDaemon extends AsyncDisposable {
  readonly daemon: Daemon
  readonly configuration: DaemonConfiguration
}

/** Starts it; rejects as the daemon's own start does. */
export async function startConfigured(start: ConfiguredStart): Promise<ConfiguredDaemon> {
  const { config, flags, options, onStop, onReload } = start
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
  const torrents = new DaemonTorrents(config, folder, (problems) => onReload({ changes: [], problems }))
  await torrents.open()
  const daemon = stack.use(
    await startDaemon({
      ...options,
      settings,
      configuration: (facts) => torrents.configured(facts),
      onReload: async () => await followed().reload(),
      ...(onStop === undefined ? {} : { onStop }),
    }),
  )
  const configuration = stack.use(new DaemonConfiguration({ daemon, flags, config, torrents, onReload }))
  following = configuration
  const running = stack.move()
  return { daemon, configuration, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

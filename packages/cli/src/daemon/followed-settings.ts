// What a running daemon takes over at once besides the torrents' own settings.

import { homedir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sessionOptions } from '@ccbt/config'
import type { Config, SettingKey, Settings } from '@ccbt/config'
import type { AutomationOptions, Daemon } from '@ccbt/daemon'
import type { ReloadOutcome } from '@ccbt/rpc-client'
import { labelLimits } from '../configuration/label-limits.ts'
import { watchOptions } from './watch-settings.ts'

/** The folder of torrents that name none: where the daemon was started is nobody's idea of a default. */
export function downloadDirectory(settings: Settings): string {
  const isChosen = settings.origin('paths.download').kind !== 'default'
  return isChosen ? settings.get('paths.download') : join(homedir(), 'Downloads')
}

/** What a daemon does by itself. */
export function automationOptions({ session, automation }: Config): AutomationOptions {
  const incompleteDirectory = session.get('paths.incomplete')
  return {
    ...automation,
    minFreeBytes: session.get('disk.min_free_space'),
    ...(incompleteDirectory === undefined ? {} : { incompleteDirectory }),
  }
}

/** Lets the daemon follow; `decided` was just changed. Rejects with ADDRESS_INTERFACE_MISSING, DAEMON_LISTEN_FAILED. */
export async function followConfiguration(
  daemon: Pick<Daemon, 'follow'>,
  config: Config,
  decided: readonly SettingKey[],
): Promise<void> {
  const options = {
    session: { ...sessionOptions(config.session, config.stateFolder), labelLimits: labelLimits(config.automation) },
    automation: automationOptions(config),
    ...watchOptions(config),
  }
  await daemon.follow(options, decided)
}

/** Tables of the files that differ, with how many there were and are. */
export function tableChanges(old: Config, now: Config): ReloadOutcome['changes'] {
  return TABLES.flatMap(({ key, rowsOf, apply }) => {
    const [before, after] = [rowsOf(old), rowsOf(now)]
    if (isDeepStrictEqual(before, after)) return []
    return [{ key, before: String(before.length), after: `${after.length} read again`, apply }]
  })
}

interface Table {
  readonly key: string
  readonly apply: 'live' | 'restart'
  readonly rowsOf: (config: Config) => readonly unknown[]
}

const TABLES: readonly Table[] = [
  { key: '[[alert]]', apply: 'live', rowsOf: ({ alerts }) => alerts.map(({ values }) => values) },
  { key: '[[watch]]', apply: 'live', rowsOf: ({ automation }) => automation.watch },
  { key: '[[feed]]', apply: 'live', rowsOf: ({ automation }) => automation.feeds },
  {
    key: '[hooks]',
    apply: 'live',
    rowsOf: ({ automation: { onComplete } }) => (onComplete === undefined ? [] : [onComplete]),
  },
  { key: 'folders of labels', apply: 'live', rowsOf: ({ automation }) => [...automation.labels] },
]

// Lets a running transfer follow its configuration: what can change at once is changed, the rest is named.

import { isDeepStrictEqual } from 'node:util'
import { alternativeLimits, localLimits, torrentOptions, watchConfig } from '@ccbt/config'
import type { Settings } from '@ccbt/config'
import { optionChanges } from '@ccbt/core'
import type { AddOptions, Session, TorrentHandle } from '@ccbt/core'
import type { TransferConfig } from './configuration.ts'
import type { Reporter } from '../output/reporter.ts'

/** What follows its configuration. */
export interface Followed {
  readonly config: TransferConfig
  readonly session: Session
  readonly torrent: TorrentHandle
  readonly reporter: Reporter
  /** Files that were chosen for this run stay chosen. */
  readonly flags: { readonly select?: readonly string[] }
}

/** Follows until it is disposed. */
export function followSettings(followed: Followed): Disposable {
  const { config, reporter } = followed
  let { settings } = config.now
  return watchConfig({
    now: config.now,
    load: () => config.reload(),
    onReload(reload) {
      if (reload.kind === 'rejected') return reporter.configuration({ problems: reload.problems })
      const before = settings
      settings = reload.now.settings
      reporter.configuration({ changes: reload.changes })
      applySettings(followed, before, settings).catch((error: unknown) => {
        reporter.warning(
          `not everything follows the configuration: ${error instanceof Error ? error.message : String(error)}`,
        )
      })
    },
    onFailure(error) {
      reporter.warning(`the configuration is not watched any more: ${String(error)}`)
    },
  })
}

async function applySettings({ session, torrent, flags }: Followed, before: Settings, now: Settings): Promise<void> {
  await session.command({
    type: 'limit',
    downloadLimitBps: now.get('limits.download'),
    uploadLimitBps: now.get('limits.upload'),
  })
  await session.command({ type: 'local-limits', limits: localLimits(now) ?? {} })
  const limits = alternativeLimits(now) ?? {}
  if (!isDeepStrictEqual(limits, alternativeLimits(before) ?? {})) {
    await session.command({ type: 'set-alternative-limits', limits })
  }
  const options = flags.select === undefined ? torrentOptions : withoutPatterns
  const following = { infoHash: torrent.infoHash, files: torrent.metainfo?.files ?? [] }
  for (const command of optionChanges(following, options(before), options(now))) {
    await session.command(command)
  }
}

function withoutPatterns(settings: Settings): AddOptions {
  const { exclude: _, allowOnly: __, high: ___, low: ____, ...options } = torrentOptions(settings)
  return options
}

// Lets a running transfer follow its configuration: what can change at once is changed, the rest is named.

import { watchConfig } from '@ccbt/config'
import type { Settings } from '@ccbt/config'
import type { Session, TorrentHandle } from '@ccbt/core'
import type { TransferConfig } from './configuration.ts'
import type { Reporter } from './output/reporter.ts'

/** What follows its configuration. */
export interface Followed {
  readonly config: TransferConfig
  readonly session: Session
  readonly torrent: TorrentHandle
  readonly reporter: Reporter
}

/** Follows until it is disposed. */
export function followSettings({ config, session, torrent, reporter }: Followed): Disposable {
  return watchConfig({
    now: config.now,
    load: () => config.reload(),
    onReload(reload) {
      if (reload.kind === 'rejected') return reporter.configuration({ problems: reload.problems })
      void applyLimits(session, torrent, reload.now.settings)
      reporter.configuration({ changes: reload.changes })
    },
    onFailure(error) {
      reporter.warning(`the configuration is not watched any more: ${String(error)}`)
    },
  })
}

/** Limits are the settings that change at once. */
async function applyLimits(session: Session, { infoHash }: TorrentHandle, settings: Settings): Promise<void> {
  await session.command({
    type: 'limit',
    downloadLimitBps: settings.get('limits.download'),
    uploadLimitBps: settings.get('limits.upload'),
  })
  await session.command({
    type: 'limit',
    infoHash,
    downloadLimitBps: settings.get('limits.torrent_download'),
    uploadLimitBps: settings.get('limits.torrent_upload'),
  })
}

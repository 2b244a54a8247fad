// Lets a running transfer follow its configuration: what can change at once is changed, the rest is named.

import { watchConfig } from '@ccbt/config'
import type { Change, Settings } from '@ccbt/config'
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
      void applySettings(session, torrent, reload)
      reporter.configuration({ changes: reload.changes })
    },
    onFailure(error) {
      reporter.warning(`the configuration is not watched any more: ${String(error)}`)
    },
  })
}

/** Limits and the order of pieces are the settings that change at once. */
async function applySettings(
  session: Session,
  { infoHash }: TorrentHandle,
  {
    now: { settings },
    changes,
  }: { readonly now: { readonly settings: Settings }; readonly changes: readonly Change[] },
): Promise<void> {
  // What the command has decided stays until the user decides otherwise.
  if (changes.some(({ key }) => key === 'pieces.strategy'))
    await session.command({ type: 'strategy', infoHash, strategy: settings.get('pieces.strategy') })
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

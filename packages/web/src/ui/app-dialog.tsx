// The dialog that is open.

import type { AlertList } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import { AddDialog } from './dialog/add.tsx'
import { LabelsDialog, LimitsDialog, MoveDialog, RemoveDialog, SessionLimitsDialog } from './dialog/change-torrents.tsx'
import { AlertsDialog } from './dialog/alerts.tsx'
import { HelpDialog } from './dialog/help.tsx'
import { LogDialog } from './dialog/log.tsx'
import { SettingsDialog } from './dialog/settings.tsx'
import type { SettingsDialogProps } from './dialog/settings.tsx'
import { TrackersDialog } from './dialog/trackers.tsx'
import type { DialogState } from './page.ts'

/** Those that change the chosen torrents. */
const CHANGES = { remove: RemoveDialog, move: MoveDialog, labels: LabelsDialog, limits: LimitsDialog } as const

/** What dialogs show. */
export interface AppDialogProps extends SettingsDialogProps {
  readonly dialog: DialogState
  readonly alerts: AlertList | undefined
}

/** One of the dialogs. */
export function AppDialog({ dialog, alerts, ...settings }: AppDialogProps): JSX.Element {
  if ('rows' in dialog) {
    const Change = CHANGES[dialog.kind]
    return <Change rows={dialog.rows} />
  }
  switch (dialog.kind) {
    case 'add':
      return <AddDialog sources={dialog.sources} />
    case 'trackers':
      return <TrackersDialog id={dialog.id} text={dialog.text} />
    case 'session-limits':
      return (
        <SessionLimitsDialog
          download={settings.session?.downloadLimitBps ?? 0}
          upload={settings.session?.uploadLimitBps ?? 0}
        />
      )
    case 'settings':
      return <SettingsDialog {...settings} />
    case 'alerts':
      return <AlertsDialog list={alerts} />
    case 'log':
      return <LogDialog />
    case 'help':
      return <HelpDialog />
  }
}

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
import type { DialogState } from './page.ts'

/** What dialogs show. */
export interface AppDialogProps extends SettingsDialogProps {
  readonly dialog: DialogState
  readonly alerts: AlertList | undefined
}

/** One of the dialogs. */
export function AppDialog({ dialog, alerts, ...settings }: AppDialogProps): JSX.Element {
  switch (dialog.kind) {
    case 'add':
      return <AddDialog sources={dialog.sources} />
    case 'remove':
      return <RemoveDialog rows={dialog.rows} />
    case 'move':
      return <MoveDialog rows={dialog.rows} />
    case 'labels':
      return <LabelsDialog rows={dialog.rows} />
    case 'limits':
      return <LimitsDialog rows={dialog.rows} />
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

// How the page looks, and what the daemon is set to.

import type { SessionView } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import * as format from '../../model/format.ts'
import { usePage } from '../page.ts'
import { THEMES } from '../use-theme.ts'
import type { Theme } from '../use-theme.ts'
import { Dialog } from './dialog.tsx'

/** What the dialog is made of. */
export interface SettingsDialogProps {
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  readonly session: SessionView | undefined
}

/** The settings. */
export function SettingsDialog({ theme, onTheme, session }: SettingsDialogProps): JSX.Element {
  const { openDialog } = usePage()
  return (
    <Dialog title="Settings" isWide>
      <fieldset class="choice">
        <legend>Colours</legend>
        {Object.entries(THEMES).map(([value, title]) => (
          <label class="tick" key={value}>
            <input type="radio" name="theme" checked={theme === value} onChange={() => onTheme(value as Theme)} />
            {title}
          </label>
        ))}
      </fieldset>
      {session !== undefined && (
        <p>
          All torrents together: ↓ {format.limit(session.downloadLimitBps)}, ↑ {format.limit(session.uploadLimitBps)}{' '}
          <button type="button" onClick={() => openDialog({ kind: 'session-limits' })}>
            Change…
          </button>
        </p>
      )}
    </Dialog>
  )
}

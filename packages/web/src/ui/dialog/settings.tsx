// How the page looks, limits, and the settings of the daemon, which reads its files again when it is told to.

import type { SessionView } from '@ccbt/rpc-client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { daemon } from '../../daemon/rpc.ts'
import * as format from '../../model/format.ts'
import { safeText } from '../../model/safe-text.ts'
import { usePage } from '../page.ts'
import { THEMES } from '../use-theme.ts'
import type { Theme } from '../use-theme.ts'
import { Dialog } from './dialog.tsx'
import { SettingList } from './setting-list.tsx'

/** What the dialog is made of. */
export interface SettingsDialogProps {
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  readonly session: SessionView | undefined
}

/** The settings. */
export function SettingsDialog({ theme, onTheme, session }: SettingsDialogProps): JSX.Element {
  return (
    <Dialog title="Settings" isWide>
      <div class="settings">
        <fieldset class="choice">
          <legend>Colours</legend>
          {Object.entries(THEMES).map(([value, title]) => (
            <label class="tick" key={value}>
              <input type="radio" name="theme" checked={theme === value} onChange={() => onTheme(value as Theme)} />
              {title}
            </label>
          ))}
        </fieldset>
        <Limits session={session} />
        <Configuration />
      </div>
    </Dialog>
  )
}

function Limits({ session }: Pick<SettingsDialogProps, 'session'>): JSX.Element | null {
  const { openDialog } = usePage()
  if (session === undefined) return null
  return (
    <p class="with-button">
      <span>
        All torrents together: ↓ {format.limit(session.downloadLimitBps)}, ↑ {format.limit(session.uploadLimitBps)}
      </span>
      <button type="button" onClick={() => openDialog({ kind: 'session-limits' })}>
        Change…
      </button>
    </p>
  )
}

function Configuration(): JSX.Element {
  const [revision, setRevision] = useState(0)
  return (
    <>
      <Reload onDone={() => setRevision((last) => last + 1)} />
      <SettingList revision={revision} />
    </>
  )
}

/** Has the daemon read its files, and tells what came of it. */
function Reload({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const { say } = usePage()
  const [report, setReport] = useState<readonly string[]>([])
  const reload = async (): Promise<void> => {
    const { changes, problems } = await daemon.reload()
    const lines = changes.map(({ key, after = 'not set', apply }) =>
      apply === 'live' ? `${key} is now ${after}` : `${key} = ${after} counts from the next start on`,
    )
    setReport(problems.length > 0 ? problems : lines.length > 0 ? lines : ['Nothing has changed.'])
    onDone()
  }
  return (
    <div>
      <p class="with-button">
        <span>Changes are kept by the daemon; its configuration file stays as it is.</span>
        <button
          type="button"
          onClick={() => {
            reload().catch((error: unknown) => say('error', error instanceof Error ? error.message : String(error)))
          }}
        >
          Read the file again
        </button>
      </p>
      <ul class="reload-report" role="status">
        {report.map((line) => (
          <li key={line}>{safeText(line)}</li>
        ))}
      </ul>
    </div>
  )
}

// The top of the page: what can be done, the search, and how fast everything is.

import type { SessionView } from '@ccbt/rpc-client'
import type { JSX, RefObject } from 'preact'

import * as format from '../model/format.ts'
import type { RatePair } from '../model/rate-history.ts'
import { COMMANDS } from './commands.ts'
import { Icon } from './icon.tsx'
import { usePage } from './page.ts'
import type { DialogState } from './page.ts'
import { Sparkline } from './sparkline.tsx'

/** What the header is made of. */
export interface HeaderProps {
  readonly text: string
  readonly onText: (text: string) => void
  readonly search: RefObject<HTMLInputElement | null>
  readonly session: SessionView | undefined
  readonly rates: RatePair
  readonly alertCount: number
  readonly onFilters: () => void
  readonly onMenu: (event: MouseEvent) => void
}

/** Commands that have a button. */
const BUTTONS = COMMANDS.filter(({ icon }) => icon !== undefined)

/** The header. */
export function Header(props: HeaderProps): JSX.Element {
  const { text, onText, search, session, rates, alertCount, onFilters, onMenu } = props
  const page = usePage()
  const hasChoice = page.chosen.length > 0
  return (
    <header class="top">
      <button type="button" class="quiet only-narrow" aria-label="Filters" onClick={onFilters}>
        <Icon name="filter" />
      </button>
      <h1>ccbt</h1>
      <div class="toolbar" role="toolbar" aria-label="Torrents">
        <button type="button" class="primary" onClick={() => page.openDialog({ kind: 'add', sources: [] })}>
          <Icon name="plus" />
          <span>Add</span>
        </button>
        {BUTTONS.map((command) => (
          <button
            type="button"
            key={command.id}
            title={command.title}
            aria-label={command.title}
            disabled={!hasChoice}
            onClick={() => command.run(page)}
          >
            {command.icon !== undefined && <Icon name={command.icon} />}
          </button>
        ))}
        <button
          type="button"
          title="More"
          aria-label="More"
          aria-haspopup="menu"
          disabled={!hasChoice}
          onClick={onMenu}
        >
          <Icon name="more" />
        </button>
      </div>
      <input
        class="search"
        type="search"
        placeholder="Search  /"
        aria-label="Search"
        ref={search}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <Rates session={session} rates={rates} />
      <AlertButton alertCount={alertCount} />
      <DialogButtons />
    </header>
  )
}

function AlertButton({ alertCount }: Pick<HeaderProps, 'alertCount'>): JSX.Element {
  const { openDialog } = usePage()
  return (
    <button
      type="button"
      class={alertCount > 0 ? 'alert-button' : 'quiet'}
      title="Alerts"
      aria-label={alertCount > 0 ? format.quantity(alertCount, 'alert') : 'Alerts'}
      onClick={() => openDialog({ kind: 'alerts' })}
    >
      <Icon name="alert" />
      {alertCount > 0 && format.quantity(alertCount, 'alert')}
    </button>
  )
}

function Rates({ session, rates }: Pick<HeaderProps, 'session' | 'rates'>): JSX.Element {
  return (
    <div class="rates" aria-label="All torrents">
      <Sparkline rates={rates} />
      <span class="rate-down" title="Download">
        ↓ {format.rate(session?.downloadBps ?? 0) || '0 B/s'}
      </span>
      <span class="rate-up" title="Upload">
        ↑ {format.rate(session?.uploadBps ?? 0) || '0 B/s'}
      </span>
    </div>
  )
}

const DIALOGS = [
  { kind: 'session-limits', icon: 'gauge', title: 'Limits of all torrents' },
  { kind: 'log', icon: 'lines', title: 'Log' },
  { kind: 'settings', icon: 'gear', title: 'Settings' },
  { kind: 'help', icon: 'help', title: 'Keys (?)' },
] as const satisfies readonly { kind: DialogState['kind']; icon: string; title: string }[]

function DialogButtons(): JSX.Element {
  const { openDialog } = usePage()
  return (
    <div class="dialog-buttons">
      {DIALOGS.map(({ kind, icon, title }) => (
        <button
          type="button"
          class="quiet"
          key={kind}
          title={title}
          aria-label={title}
          onClick={() => openDialog({ kind })}
        >
          <Icon name={icon} />
        </button>
      ))}
    </div>
  )
}

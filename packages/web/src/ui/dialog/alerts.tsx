// What needs somebody to look at it, each with a way to the torrent.

import type { JSX } from 'preact'

import type { Alert } from '../../model/alerts.ts'
import { safeText } from '../../model/safe-text.ts'
import { usePage } from '../page.ts'
import { VirtualList } from '../virtual-list.tsx'
import { Dialog } from './dialog.tsx'

const ROW_HEIGHT = 48

/** The alerts; they go away with their cause. */
export function AlertsDialog({ alerts }: { readonly alerts: readonly Alert[] }): JSX.Element {
  return (
    <Dialog title="Alerts" isWide>
      {alerts.length === 0 && <p class="notice">All is well.</p>}
      <div class="alerts">
        <VirtualList
          label="Alerts"
          items={alerts}
          rowHeight={ROW_HEIGHT}
          row={(alert, index) => <AlertRow key={`${alert.id} ${index}`} alert={alert} />}
        />
      </div>
    </Dialog>
  )
}

function AlertRow({ alert: { id, title, text } }: { readonly alert: Alert }): JSX.Element {
  const { show } = usePage()
  return (
    <div class="row alert-row" role="row">
      <div class="alert-text" role="cell">
        <bdi class="clip">{safeText(title)}</bdi>
        <span class="clip is-error">{safeText(text)}</span>
      </div>
      {id > 0 && (
        <button type="button" onClick={() => show(id)}>
          Show
        </button>
      )}
    </div>
  )
}

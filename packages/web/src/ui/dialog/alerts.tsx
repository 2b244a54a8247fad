// What the daemon's alert rules have found, and the rules themselves.

import type { AlertList, AlertRuleView, AlertView } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import { daemon } from '../../daemon/rpc.ts'
import * as format from '../../model/format.ts'
import { safeText } from '../../model/safe-text.ts'
import { usePage } from '../page.ts'
import { Dialog } from './dialog.tsx'

/** Most alerts that are drawn; the count tells of the others. */
const MAX_SHOWN = 200
const HOUR_MS = 3_600_000

/** Alerts that fire. */
export function firing({ alerts }: AlertList): readonly AlertView[] {
  return alerts.filter(({ state }) => state === 'firing')
}

/** The alerts; they go away with their cause. */
export function AlertsDialog({ list }: { readonly list: AlertList | undefined }): JSX.Element {
  const { alerts, rules } = { alerts: list === undefined ? [] : firing(list), rules: list?.rules ?? [] }
  return (
    <Dialog title="Alerts" isWide>
      <div class="alerts">
        {alerts.length === 0 && <p class="notice">All is well.</p>}
        {alerts.slice(0, MAX_SHOWN).map((alert) => (
          <Found key={`${alert.rule} ${alert.subject}`} alert={alert} />
        ))}
        {alerts.length > MAX_SHOWN && <p class="notice">{format.count(alerts.length - MAX_SHOWN)} more</p>}
        <table>
          <caption>Rules</caption>
          <tbody>
            {rules.map((rule) => (
              <Rule key={rule.name} rule={rule} />
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  )
}

function Found({ alert: { rule, severity, subject, name, firedAtMs } }: { readonly alert: AlertView }): JSX.Element {
  const { find, show } = usePage()
  const id = find(subject)?.id
  return (
    <div class="alert-row">
      <span class={`severity severity-${severity}`}>{severity}</span>
      <div class="alert-text">
        <span>{safeText(rule)}</span>
        <bdi class="clip muted">{safeText(name || subject || 'the daemon')}</bdi>
      </div>
      <span class="muted">{format.moment(firedAtMs)}</span>
      {id !== undefined && (
        <button type="button" onClick={() => show(id)}>
          Show
        </button>
      )}
    </div>
  )
}

function Rule({ rule: { name, severity, condition, silencedUntilMs } }: { readonly rule: AlertRuleView }): JSX.Element {
  const { say } = usePage()
  const isSilenced = silencedUntilMs > Date.now()
  const silence = (durationMs: number): void => {
    daemon.silence(name, durationMs).catch((error: unknown) => say('error', String(error)))
  }
  return (
    <tr>
      <td>{safeText(name)}</td>
      <td>{severity}</td>
      <td>
        {safeText(condition)}
        {isSilenced && <span class="muted"> – silent until {format.moment(silencedUntilMs)}</span>}
      </td>
      <td>
        <button type="button" class="small" onClick={() => silence(isSilenced ? 0 : HOUR_MS)}>
          {isSilenced ? 'Tell again' : 'Silence for an hour'}
        </button>
      </td>
    </tr>
  )
}

// The bottom of the page: how the daemon is connected to the world.

import type { JSX } from 'preact'

import * as format from '../model/format.ts'
import { safeText } from '../model/safe-text.ts'
import { Icon } from './icon.tsx'
import type { Live } from './use-live.ts'

const CONNECTIONS = { connecting: 'Connecting…', connected: 'Connected', lost: 'The daemon does not answer' } as const

/** What the status bar is made of. */
export interface StatusBarProps {
  readonly live: Live
  /** Torrents in the list. */
  readonly shown: number
  readonly chosen: number
}

/** The status bar. */
export function StatusBar({ live: { book, connection }, shown, chosen }: StatusBarProps): JSX.Element {
  const { session, rows } = book
  const listed = shown === rows.size ? format.count(shown) : `${format.count(shown)} of ${format.count(rows.size)}`
  return (
    <footer class="bottom">
      <span class={`link-${connection}`} role="status">
        <Icon name={connection === 'lost' ? 'alert' : connection === 'connected' ? 'check' : 'wait'} />
        {CONNECTIONS[connection]}
      </span>
      <span>
        {listed} {rows.size === 1 ? 'torrent' : 'torrents'}
        {chosen > 1 ? `, ${format.count(chosen)} chosen` : ''}
      </span>
      {session !== undefined && (
        <>
          <span>{format.quantity(session.connections, 'peer')}</span>
          <span>DHT {format.count(session.dhtNodes)}</span>
          {session.freeBytes >= 0 && <span>{format.bytes(session.freeBytes)} free</span>}
          <span>
            port {session.port}
            {session.externalIps.length > 0 ? ` at ${safeText(session.externalIps.join(', '))}` : ''}
          </span>
          <span>{safeText(session.version)}</span>
        </>
      )}
    </footer>
  )
}

// A torrent's phase as a sign, a colour and a word; never the colour alone.

import type { Phase, TorrentRow } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import { safeText } from '../model/safe-text.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'

const PHASES: Readonly<Record<Phase, { readonly icon: IconName; readonly title: string }>> = {
  starting: { icon: 'wait', title: 'Starting' },
  metadata: { icon: 'wait', title: 'Metadata' },
  checking: { icon: 'scan', title: 'Checking' },
  queued: { icon: 'wait', title: 'Queued' },
  downloading: { icon: 'down', title: 'Downloading' },
  seeding: { icon: 'up', title: 'Seeding' },
  finished: { icon: 'check', title: 'Finished' },
  paused: { icon: 'pause', title: 'Paused' },
  failed: { icon: 'alert', title: 'Failed' },
}

/** Sign and word of a phase; for a failed torrent its reason. */
export function PhaseText({ row }: { readonly row: TorrentRow }): JSX.Element {
  const { icon, title } = PHASES[row.phase]
  const text = row.phase === 'failed' && row.error !== '' ? safeText(row.error) : title
  return (
    <span class={`phase phase-${row.phase}`} title={text}>
      <Icon name={icon} />
      <span class="clip">{text}</span>
    </span>
  )
}

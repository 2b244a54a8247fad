// Everything about one torrent, in tabs.

import type { TorrentDetail, TorrentRow } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import { daemon } from '../../daemon/rpc.ts'
import { safeText } from '../../model/safe-text.ts'
import type { RateHistory } from '../../model/rate-history.ts'
import { Icon } from '../icon.tsx'
import { useStored } from '../use-stored.ts'
import { FilesTab } from './files.tsx'
import { OverviewTab } from './overview.tsx'
import { PeersTab } from './peers.tsx'
import { PiecesTab } from './pieces.tsx'
import { SpeedTab } from './speed.tsx'
import { TrackersTab } from './trackers.tsx'
import { usePolled } from './use-polled.ts'

const TABS = {
  overview: 'Overview',
  files: 'Files',
  peers: 'Peers',
  trackers: 'Trackers',
  pieces: 'Pieces',
  speed: 'Speed',
} as const

type Tab = keyof typeof TABS

const TAB_NAMES = Object.keys(TABS).filter(isTab)

function isTab(value: string): value is Tab {
  return Object.hasOwn(TABS, value)
}

/** What the panel is made of. */
export interface DetailPanelProps {
  readonly row: TorrentRow
  readonly history: RateHistory
  readonly onClose: () => void
}

/** The panel of one torrent. */
export function DetailPanel({ row, history, onClose }: DetailPanelProps): JSX.Element {
  const [tab, setTab] = useStored<Tab>('tab', 'overview', isTab)
  const { value: detail, error } = usePolled(row.id, () => daemon.detail(row.id))
  const name = safeText(row.name)
  const step = (by: number): void => {
    const next = TAB_NAMES.at((TAB_NAMES.indexOf(tab) + by) % TAB_NAMES.length)
    if (next === undefined) return
    setTab(next)
    document.getElementById(`tab-${next}`)?.focus()
  }
  return (
    <section class="detail" aria-label="Details">
      <header class="detail-head">
        <button type="button" class="quiet" title="Close (Esc)" aria-label="Close details" onClick={onClose}>
          <Icon name="close" />
        </button>
        <h2 class="clip" title={name}>
          <bdi>{name}</bdi>
        </h2>
        <div
          class="tabs"
          role="tablist"
          aria-label="Details"
          onKeyDown={(event) => {
            if (event.key === 'ArrowRight') step(1)
            if (event.key === 'ArrowLeft') step(-1)
          }}
        >
          {TAB_NAMES.map((name) => (
            <button
              type="button"
              role="tab"
              key={name}
              id={`tab-${name}`}
              tabIndex={tab === name ? 0 : -1}
              aria-selected={tab === name}
              onClick={() => setTab(name)}
            >
              {TABS[name]}
            </button>
          ))}
        </div>
      </header>
      <div class="detail-body" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {error !== '' && <p class="notice is-error">{safeText(error)}</p>}
        {detail === null && <p class="notice">This torrent is gone.</p>}
        {detail !== undefined && detail !== null && (
          <TabContent tab={tab} detail={detail} row={row} history={history} />
        )}
      </div>
    </section>
  )
}

interface TabProps {
  readonly tab: Tab
  readonly detail: TorrentDetail
  readonly row: TorrentRow
  readonly history: RateHistory
}

function TabContent({ tab, detail, row, history }: TabProps): JSX.Element {
  switch (tab) {
    case 'overview':
      return <OverviewTab row={row} detail={detail} />
    case 'files':
      return <FilesTab detail={detail} />
    case 'peers':
      return <PeersTab peers={detail.peers} />
    case 'trackers':
      return <TrackersTab detail={detail} />
    case 'pieces':
      return <PiecesTab detail={detail} />
    case 'speed':
      return <SpeedTab row={row} detail={detail} history={history} />
  }
}

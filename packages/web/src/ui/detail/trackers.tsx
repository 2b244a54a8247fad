// The trackers and web seeds of a torrent. Their addresses are text, never links: a tracker's address holds the user's
// key, and may be of any scheme.

import type { TorrentDetail, TrackerView } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import * as format from '../../model/format.ts'
import { safeText } from '../../model/safe-text.ts'
import { tiersText } from '../../model/tracker-tiers.ts'
import { usePage } from '../page.ts'

/** Most of a kind that are drawn; no honest torrent has as many. */
const MAX_SHOWN = 200

/** Trackers by tier, then web seeds. */
export function TrackersTab({ detail: { row, trackers, webSeeds } }: { readonly detail: TorrentDetail }): JSX.Element {
  const { openDialog } = usePage()
  const hidden = Math.max(trackers.length - MAX_SHOWN, 0) + Math.max(webSeeds.length - MAX_SHOWN, 0)
  return (
    <div class="trackers">
      {trackers.length > 0 && <TrackerTable trackers={trackers} />}
      {webSeeds.length > 0 && <WebSeedTable webSeeds={webSeeds} />}
      {hidden > 0 && <p class="notice">{hidden} more are not shown.</p>}
      <button type="button" onClick={() => openDialog({ kind: 'trackers', id: row.id, text: tiersText(trackers) })}>
        {trackers.length === 0 ? 'Add trackers…' : 'Edit trackers…'}
      </button>
    </div>
  )
}

function TrackerTable({ trackers }: Pick<TorrentDetail, 'trackers'>): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Tier</th>
          <th scope="col">Tracker</th>
          <th scope="col">State</th>
          <th scope="col">Next</th>
          <th scope="col">Seeders</th>
          <th scope="col">Leechers</th>
        </tr>
      </thead>
      <tbody>
        {trackers.slice(0, MAX_SHOWN).map((tracker) => (
          <Tracker key={tracker.url} tracker={tracker} />
        ))}
      </tbody>
    </table>
  )
}

function WebSeedTable({ webSeeds }: Pick<TorrentDetail, 'webSeeds'>): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Web seed</th>
          <th scope="col">State</th>
          <th scope="col">Down</th>
        </tr>
      </thead>
      <tbody>
        {webSeeds.slice(0, MAX_SHOWN).map(({ url, state, downloadBps }) => (
          <tr key={url}>
            <td class="long">{safeText(url)}</td>
            <td>{safeText(state)}</td>
            <td>{format.rate(downloadBps)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Tracker({ tracker }: { readonly tracker: TrackerView }): JSX.Element {
  const { url, tier, state, error, nextAnnounceInMs, seeders, leechers } = tracker
  return (
    <tr class={`tracker-${state}`}>
      <td>{tier + 1}</td>
      <td class="long">{safeText(url)}</td>
      <td>{error === '' ? state : `${state}: ${safeText(error)}`}</td>
      <td>{nextAnnounceInMs < 0 ? '–' : `in ${format.span(nextAnnounceInMs / 1000)}`}</td>
      <td>{format.count(seeders)}</td>
      <td>{format.count(leechers)}</td>
    </tr>
  )
}

// How fast a torrent was since the page was opened, and what its connections wait for.

import type { SystemView, TorrentDetail, TorrentRow } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import { daemon } from '../../daemon/rpc.ts'
import { WAITS, waits } from '../../model/bottleneck.ts'
import * as format from '../../model/format.ts'
import { TORRENT_SAMPLES } from '../../model/rate-history.ts'
import type { RateHistory } from '../../model/rate-history.ts'
import { RateGraph } from '../rate-graph.tsx'
import { usePolled } from './use-polled.ts'

/** What the tab is made of. */
export interface SpeedTabProps {
  readonly row: TorrentRow
  readonly detail: TorrentDetail
  readonly history: RateHistory
}

/** The graph, the connections, and the machine. */
export function SpeedTab({ row, detail, history }: SpeedTabProps): JSX.Element {
  const { value: system } = usePolled('system', () => daemon.system())
  return (
    <div class="speed">
      <RateGraph rates={history.of(row.id)} samples={TORRENT_SAMPLES} />
      <div class="speed-why">
        <Connections detail={detail} />
        <Machine system={system} />
      </div>
    </div>
  )
}

function Connections({ detail }: { readonly detail: TorrentDetail }): JSX.Element {
  const counts = waits(detail.peers)
  const total = Math.max(detail.peers.length, 1)
  return (
    <table class="shares">
      <caption>Where the time goes: {format.quantity(detail.peers.length, 'connection')}</caption>
      <tbody>
        {WAITS.map(({ key, title, hint }) => {
          const count = counts.get(key) ?? 0
          return (
            <tr key={key} title={hint}>
              <th scope="row">{title}</th>
              <td>{count}</td>
              <td class="share">
                <div class={`share-bar wait-${key}`} style={{ width: `${(count / total) * 100}%` }} />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Machine({ system }: { readonly system: SystemView | undefined }): JSX.Element {
  if (system === undefined) return <div />
  const { disk, cpu, loopDelayP99Ms, rssBytes } = system
  const asked = disk.cacheHits + disk.cacheMisses
  const facts: readonly (readonly [string, string])[] = [
    ['Processor', `${Math.round(cpu * 100)} % of a core`],
    ['Delay of the daemon', `${loopDelayP99Ms.toFixed(1)} ms (99 %)`],
    ['Memory', format.bytes(rssBytes)],
    ['Waiting for the disk', format.bytes(disk.queuedBytes)],
    ['Pieces in the making', format.bytes(disk.openBytes)],
    [
      'Read cache',
      `${format.bytes(disk.cacheBytes)}, ${asked === 0 ? '–' : format.percent(disk.cacheHits / asked)} hits`,
    ],
    ['Written, read', `${format.bytes(disk.writtenBytes)}, ${format.bytes(disk.readBytes)}`],
  ]
  return (
    <table class="shares">
      <caption>The daemon as a whole</caption>
      <tbody>
        {facts.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td colSpan={2}>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

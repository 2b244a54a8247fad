// What is worth knowing about a torrent at a glance.

import type { TorrentDetail, TorrentRow } from '@ccbt/rpc-client'
import type { ComponentChildren, JSX } from 'preact'

import * as format from '../../model/format.ts'
import { ratioOf } from '../../model/query.ts'
import { safeText } from '../../model/safe-text.ts'
import { PhaseText } from '../phase.tsx'

interface FactsProps {
  readonly row: TorrentRow
  readonly detail: TorrentDetail
}

/** Facts in groups. */
export function OverviewTab(props: FactsProps): JSX.Element {
  return (
    <div class="facts">
      <Progress {...props} />
      <Content {...props} />
      <Origin {...props} />
    </div>
  )
}

function Progress({ row, detail }: FactsProps): JSX.Element {
  return (
    <dl>
      <Fact name="Status">
        <PhaseText row={row} />
      </Fact>
      <Fact name="Done">
        {format.bytes(row.wantedDone)} of {format.bytes(row.wantedLength)} ({format.percent(row.progress)})
      </Fact>
      <Fact name="Left">{row.phase === 'downloading' ? format.span(row.etaS) : '–'}</Fact>
      <Fact name="Downloaded">{format.bytes(row.downloaded)}</Fact>
      <Fact name="Uploaded">
        {format.bytes(row.uploaded)} (ratio {format.ratio(ratioOf(row))})
      </Fact>
      <Fact name="Wasted">{wasted(detail)}</Fact>
      <Fact name="Limits">
        ↓ {format.limit(row.downloadLimitBps)}, ↑ {format.limit(row.uploadLimitBps)}
      </Fact>
    </dl>
  )
}

function Content({ row, detail }: FactsProps): JSX.Element {
  return (
    <dl>
      <Fact name="Size">
        {format.bytes(row.totalLength)} in {format.quantity(detail.files.length, 'file')}
      </Fact>
      <Fact name="Pieces">
        {format.count(detail.pieces)} of {format.bytes(detail.pieceLength)}
      </Fact>
      <Fact name="Folder">
        <bdi>{safeText(row.directory)}</bdi>
      </Fact>
      <Fact name="Labels">{row.labels.length === 0 ? '–' : <bdi>{safeText(row.labels.join(', '))}</bdi>}</Fact>
      <Fact name="Connections">
        {format.count(row.connections)}; {format.quantity(detail.knownPeers, 'peer')} known, {detail.bannedPeers} banned
      </Fact>
      <Fact name="Swarm">
        {format.quantity(row.seeders, 'seeder')}, {format.quantity(row.leechers, 'leecher')}
      </Fact>
      <Fact name="Private">{row.isPrivate ? 'yes: its trackers only' : 'no'}</Fact>
    </dl>
  )
}

function Origin({ row, detail }: FactsProps): JSX.Element {
  return (
    <dl>
      <Fact name="Info-hash">
        <code class="long">{row.infoHash}</code>
      </Fact>
      <Fact name="Magnet">
        <code class="long">{safeText(detail.magnet)}</code>
      </Fact>
      <Fact name="Comment">{detail.comment === '' ? '–' : <bdi>{safeText(detail.comment)}</bdi>}</Fact>
      <Fact name="Made with">{detail.creator === '' ? '–' : <bdi>{safeText(detail.creator)}</bdi>}</Fact>
      <Fact name="Made">{format.moment(detail.createdAtMs)}</Fact>
      <Fact name="Added">{format.moment(row.addedAtMs)}</Fact>
      <Fact name="Completed">{format.moment(row.completedAtMs)}</Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function wasted({ wasted: { hashFailed, duplicate, unrequested } }: TorrentDetail): string {
  const total = hashFailed + duplicate + unrequested
  if (total === 0) return 'nothing'
  const parts = [
    hashFailed > 0 ? `${format.bytes(hashFailed)} corrupt` : '',
    duplicate > 0 ? `${format.bytes(duplicate)} came twice` : '',
    unrequested > 0 ? `${format.bytes(unrequested)} not asked for` : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

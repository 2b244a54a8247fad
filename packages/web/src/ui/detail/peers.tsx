// The connections of a torrent.

import type { PeerView } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import { peerFlags, peerQuality } from '../../model/bottleneck.ts'
import * as format from '../../model/format.ts'
import { safeText } from '../../model/safe-text.ts'
import { VirtualList } from '../virtual-list.tsx'

const ROW_HEIGHT = 28

/** Fastest first. */
export function PeersTab({ peers }: { readonly peers: readonly PeerView[] }): JSX.Element {
  if (peers.length === 0) return <p class="notice">There are no connections.</p>
  const sorted = peers.toSorted(
    (a, b) => b.downloadBps + b.uploadBps - a.downloadBps - a.uploadBps || a.address.localeCompare(b.address),
  )
  return (
    <VirtualList
      class="peers"
      label="Peers"
      items={sorted}
      rowHeight={ROW_HEIGHT}
      head={<Head />}
      row={(peer) => <Peer key={peer.address} peer={peer} />}
    />
  )
}

const TITLES = ['Address', 'Client', 'Flags', 'Has', 'Down', 'Up', 'Downloaded', 'Uploaded', 'Requests', 'Quality']

function Head(): JSX.Element {
  return (
    <div class="list-head peer-columns" role="row">
      {TITLES.map((title) => (
        <div class={`cell cell-${title.toLowerCase()}`} role="columnheader" key={title}>
          {title}
        </div>
      ))}
    </div>
  )
}

function Peer({ peer }: { readonly peer: PeerView }): JSX.Element {
  const flags = peerFlags(peer)
  const meaning = flags.map(([flag, text]) => `${flag}: ${text}`).join('\n')
  const quality = peerQuality(peer)
  return (
    <div class="row peer-columns" role="row">
      <div class="cell cell-address" role="cell">
        <span class="clip">{safeText(peer.address)}</span>
      </div>
      <div class="cell cell-client" role="cell">
        <bdi class="clip">{safeText(peer.client)}</bdi>
      </div>
      <div class="cell cell-flags" role="cell">
        <abbr title={meaning}>{flags.map(([flag]) => flag).join(' ')}</abbr>
      </div>
      <div class="cell cell-has" role="cell">
        {format.percent(peer.progress)}
      </div>
      <div class="cell cell-down" role="cell">
        {format.rate(peer.downloadBps)}
      </div>
      <div class="cell cell-up" role="cell">
        {format.rate(peer.uploadBps)}
      </div>
      <div class="cell cell-downloaded" role="cell">
        {format.bytes(peer.downloaded)}
      </div>
      <div class="cell cell-uploaded" role="cell">
        {format.bytes(peer.uploaded)}
      </div>
      <div class="cell cell-requests" role="cell">
        {peer.requests} of {peer.requestWindow}
      </div>
      <div class="cell cell-quality" role="cell">
        <meter min={0} max={1} low={0.3} high={0.7} optimum={1} value={quality} title={format.percent(quality)} />
      </div>
    </div>
  )
}

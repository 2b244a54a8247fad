// The connections of a torrent.

import type { PeerView, TorrentDetail } from '@ccbt/rpc-client'

import type { Rect } from '../screen/cell-grid.ts'
import { STYLE } from '../screen/style.ts'
import { percent, shortBytes, shortRate } from '../text/figures.ts'
import type { Painter } from './painter.ts'
import { drawTable, textColumn } from './table.ts'

export function drawPeers(painter: Painter, rect: Rect, { peers, knownPeers }: TorrentDetail): void {
  const inner = { ...rect, x: rect.x + 1, width: rect.width - 2 }
  if (peers.length === 0) return void painter.left(inner, painter.say('noPeers', knownPeers), STYLE.dim)
  const right = (width: number, rank: number): { width: number; rank: number; isRight: true } => ({
    width,
    rank,
    isRight: true,
  })
  // The legend goes before a row of a peer does.
  const legend = inner.height > 4 ? 1 : 0
  drawTable<PeerView>(
    painter,
    { ...inner, height: inner.height - legend },
    {
      name: 'peers',
      columns: [
        textColumn(painter.say('address'), { width: 21, rank: 0 }, ({ address }) => [address, STYLE.plain]),
        textColumn(painter.say('client'), { width: 12, rank: 3, isWide: true }, ({ client }) => [client, STYLE.dim]),
        textColumn(painter.say('flags'), { width: 6, rank: 2 }, (peer) => [flagsOf(peer), STYLE.key]),
        textColumn(painter.say('progress'), right(6, 1), ({ progress }) => [percent(progress), STYLE.plain]),
        textColumn(painter.say('download'), right(6, 0), (peer) => [shortRate(peer.downloadBps), STYLE.download]),
        textColumn(painter.say('upload'), right(6, 0), (peer) => [shortRate(peer.uploadBps), STYLE.upload]),
        textColumn(painter.say('requests'), right(9, 5), (peer) => [
          `${peer.requests}/${peer.requestWindow}`,
          STYLE.plain,
        ]),
        textColumn(painter.say('latency'), right(7, 4), ({ latencyMs }) => [
          latencyMs === undefined ? '' : `${Math.round(latencyMs)}ms`,
          STYLE.plain,
        ]),
        textColumn(painter.say('quality'), right(7, 4), ({ quality }) => [
          quality === undefined ? '' : percent(quality),
          STYLE.plain,
        ]),
        textColumn(painter.say('downloadedTotal'), right(10, 6), (peer) => [shortBytes(peer.downloaded), STYLE.dim]),
        textColumn(painter.say('uploadedTotal'), right(10, 7), (peer) => [shortBytes(peer.uploaded), STYLE.dim]),
      ],
      rows: peers,
      cursor: Math.min(painter.ui.line, peers.length - 1),
      pressOf: (_, line) => ({ type: 'line', line }),
    },
  )
  if (legend === 1) painter.left({ ...inner, y: inner.y + inner.height - 1 }, painter.say('peerLegend'), STYLE.dim)
}

/** As the legend says: capital when data may flow, small when it is only wanted. */
function flagsOf(peer: PeerView): string {
  const download = peer.amInterested ? (peer.peerChoking ? 'd' : 'D') : ''
  const upload = peer.peerInterested ? (peer.amChoking ? 'u' : 'U') : ''
  return [
    download,
    upload,
    peer.isSnubbed ? 'S' : '',
    peer.isEncrypted ? 'E' : '',
    peer.direction === 'in' ? 'I' : '',
    peer.transport === 'utp' ? 'T' : '',
  ].join('')
}

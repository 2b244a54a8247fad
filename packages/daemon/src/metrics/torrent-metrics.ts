// Series of single torrents: opt-in, for a thousand of them are ten thousand lines. Labelled by info-hash alone; the name,
// which may change and is a stranger's, is joined through `ccbt_torrent_info`.

import type { TorrentSummary } from '@ccbt/core'

import { labelText, numberText } from './metric-text.ts'
import type { MetricText, MetricType } from './metric-text.ts'

/** Which torrents have series of their own: none, the busiest, or all. */
export type PerTorrent = { readonly kind: 'off' | 'all' } | { readonly kind: 'top'; readonly count: number }

interface TorrentFamily {
  readonly name: string
  readonly type: MetricType
  readonly help: string
  readonly value: (torrent: TorrentSummary) => number
}

const FAMILIES: readonly TorrentFamily[] = [
  family('downloaded_bytes_total', 'Payload bytes received, over all runs.', (t) => t.downloaded),
  family('uploaded_bytes_total', 'Payload bytes sent, over all runs.', (t) => t.uploaded),
  family('download_rate_bytes_per_second', 'Download rate.', (t) => t.downloadBps),
  family('upload_rate_bytes_per_second', 'Upload rate.', (t) => t.uploadBps),
  family('size_bytes', 'Size of all files.', (t) => t.totalLength),
  family('wanted_bytes', 'Size of the selected files.', (t) => t.wantedLength),
  family('completed_bytes', 'Verified bytes of the selected files.', (t) => t.wantedDone),
  family('share_ratio', 'Uploaded bytes by size.', (t) => (t.totalLength === 0 ? 0 : t.uploaded / t.totalLength)),
  family('peers', 'Connections.', (t) => t.connections),
]

function family(name: string, help: string, value: TorrentFamily['value']): TorrentFamily {
  return { name: `ccbt_torrent_${name}`, type: name.endsWith('_total') ? 'counter' : 'gauge', help, value }
}

/** Collects the lines of one torrent after the other, and writes them family by family. */
export class TorrentLines {
  readonly #info: string[] = []
  readonly #values: string[][] = FAMILIES.map(() => [])

  add(torrent: TorrentSummary): void {
    const { infoHash: infohash, name, phase: state, label = '' } = torrent
    this.#info.push(`ccbt_torrent_info${labelText({ infohash, name, label, state })} 1\n`)
    const labels = labelText({ infohash })
    for (const [index, { name: metric, value }] of FAMILIES.entries()) {
      this.#values[index]?.push(`${metric}${labels} ${numberText(value(torrent))}\n`)
    }
  }

  write(out: MetricText): void {
    out.family('ccbt_torrent_info', 'gauge', 'Name, label and state of a torrent.').lines(this.#info.join(''))
    for (const [index, { name, type, help }] of FAMILIES.entries()) {
      out.family(name, type, help).lines(this.#values[index]?.join('') ?? '')
    }
  }
}

/** The torrents that have series of their own: with `top` those that move most, then those that have moved most. */
export function chosenTorrents(torrents: readonly TorrentSummary[], which: PerTorrent): readonly TorrentSummary[] {
  if (which.kind !== 'top') return which.kind === 'all' ? torrents : []
  const moves = (t: TorrentSummary): number => t.downloadBps + t.uploadBps
  const moved = (t: TorrentSummary): number => t.downloaded + t.uploaded
  return torrents.toSorted((a, b) => moves(b) - moves(a) || moved(b) - moved(a)).slice(0, which.count)
}

/** `off`, `all` or `top:N`; undefined for anything else. */
export function parsePerTorrent(text: string): PerTorrent | undefined {
  if (text === 'off' || text === 'all') return { kind: text }
  const count = /^top:([1-9]\d{0,5})$/.exec(text)?.[1]
  return count === undefined ? undefined : { kind: 'top', count: Number(count) }
}

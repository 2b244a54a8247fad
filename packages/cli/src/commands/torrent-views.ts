// `ccbt list`, `show`, `files`, `peers`, `trackers` and `stats`: what a daemon tells of its torrents and itself.

import { displayText } from '@ccbt/metainfo'
import type { DaemonClient, TorrentDetail, TorrentRow } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { printAll, rowsOf, withDaemon } from '../daemon/client.ts'
import { inputError } from '../errors.ts'
import { findTorrent } from '../daemon/find-torrents.ts'
import { formatBytes, formatClock, formatPercent, formatRate } from '../output/format.ts'
import { tableLines } from '../output/table.ts'

/** One line for each torrent; returns the exit status, as all of these do. */
export async function runList(words: readonly string[], flags: ClientFlags): Promise<number> {
  return await withDaemon(flags, async (client) => {
    const rows = await rowsOf(client, words)
    printAll(flags, 'torrent', rows, () => listLines(rows))
  })
}

/** The table of torrents. */
export function listLines(rows: readonly TorrentRow[]): string[] {
  const columns = [
    { heading: 'ID', isNumber: true },
    { heading: 'STATE' },
    { heading: 'DONE', isNumber: true },
    { heading: 'SIZE', isNumber: true },
    { heading: 'DOWN', isNumber: true },
    { heading: 'UP', isNumber: true },
    { heading: 'ETA', isNumber: true },
    { heading: 'RATIO', isNumber: true },
    { heading: 'NAME' },
  ]
  return tableLines(columns, rows.map(listCells))
}

function listCells(row: TorrentRow): string[] {
  const { wantedLength, uploaded, downloadBps, uploadBps, etaS } = row
  return [
    String(row.id),
    row.phase,
    formatPercent(row.progress, 1),
    row.totalLength === 0 ? '-' : formatBytes(row.totalLength),
    downloadBps === 0 ? '-' : formatRate(downloadBps),
    uploadBps === 0 ? '-' : formatRate(uploadBps),
    etaS < 0 ? '-' : formatClock(etaS),
    wantedLength === 0 ? '-' : (uploaded / wantedLength).toFixed(2),
    row.error === '' ? row.name : `${row.name} (${row.error})`,
  ]
}

/** Everything about some torrents. */
export async function runShow(words: readonly string[], flags: ClientFlags): Promise<number> {
  return await withDaemon(flags, async (client) => {
    for (const row of await rowsOf(client, words)) {
      const detail = await detailOf(client, row)
      printAll(flags, 'torrent', [detail], () => showLines(detail))
    }
  })
}

async function detailOf(client: DaemonClient, { id, name }: TorrentRow): Promise<TorrentDetail> {
  const detail = await client.detail(id)
  if (detail !== undefined) return detail
  throw inputError('CLI_TORRENT_UNKNOWN', `${name} has just been removed`, { torrent: String(id) })
}

function showLines(detail: TorrentDetail): string[] {
  const { row, wasted } = detail
  const time = (atMs: number): string => (atMs === 0 ? 'never' : new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'))
  const facts: readonly (readonly [string, string])[] = [
    ['id', String(row.id)],
    ['name', row.name],
    ['info hash', row.infoHash],
    ['state', row.error === '' ? row.phase : `${row.phase}: ${row.error}`],
    ['done', `${formatPercent(row.progress, 1)} (${formatBytes(row.wantedDone)} of ${formatBytes(row.wantedLength)})`],
    [
      'size',
      `${formatBytes(row.totalLength)}, ${detail.files.length} files, ${detail.pieces} pieces of ${detail.pieceLength}`,
    ],
    ['folder', row.directory],
    ['labels', row.labels.join(', ')],
    ['down', `${formatRate(row.downloadBps)}, ${formatBytes(row.downloaded)}${limitText(row.downloadLimitBps)}`],
    ['up', `${formatRate(row.uploadBps)}, ${formatBytes(row.uploaded)}${limitText(row.uploadLimitBps)}`],
    ['wasted', formatBytes(wasted.hashFailed + wasted.duplicate + wasted.unrequested)],
    ['peers', `${row.connections} connected, ${detail.knownPeers} known, ${detail.bannedPeers} banned`],
    ['private', row.isPrivate ? 'yes' : 'no'],
    ['queue', row.queuePosition === 0 ? 'no' : String(row.queuePosition)],
    ['added', time(row.addedAtMs)],
    ['completed', time(row.completedAtMs)],
    ['created', `${time(detail.createdAtMs)} ${detail.creator}`.trim()],
    ['comment', detail.comment],
    ['magnet', detail.magnet],
  ]
  const lines = facts.filter(([, text]) => text !== '')
  return [...lines.map(([name, text]) => `${name.padEnd(10)} ${displayText(text, 4096)}`), '']
}

function limitText(bps: number): string {
  return bps === 0 ? '' : ` (limit ${formatRate(bps)})`
}

/** What {@link runPart} prints of a torrent. */
export type TorrentPart = 'files' | 'peers' | 'trackers'

/** Files, peers or trackers of one torrent. */
export async function runPart(part: TorrentPart, word: string, flags: ClientFlags): Promise<number> {
  return await withDaemon(flags, async (client) => {
    const row = findTorrent(word, (await client.state()).torrents)
    const detail = await detailOf(client, row)
    printAll(flags, part.slice(0, -1), detail[part], () => PART_LINES[part](detail))
  })
}

const PART_LINES: Readonly<Record<TorrentPart, (detail: TorrentDetail) => string[]>> = {
  files: ({ files }) =>
    tableLines(
      [
        { heading: 'INDEX', isNumber: true },
        { heading: 'PRIORITY', isNumber: true },
        ...DONE_AND_SIZE,
        { heading: 'PATH' },
      ],
      files.map(({ index, path, length, done, priority }) => [
        String(index),
        priority === 0 ? 'skip' : String(priority),
        formatPercent(done, length),
        formatBytes(length),
        path,
      ]),
    ),
  peers: ({ peers }) =>
    tableLines(
      [
        { heading: 'DONE', isNumber: true },
        ...RATES,
        { heading: 'QUALITY', isNumber: true },
        { heading: 'RELIABLE', isNumber: true },
        { heading: 'WAY' },
        { heading: 'ADDRESS' },
        { heading: 'CLIENT' },
      ],
      peers.map((peer) => [
        formatPercent(peer.progress, 1),
        formatRate(peer.downloadBps),
        formatRate(peer.uploadBps),
        formatPercent(peer.quality ?? 0, 1),
        formatPercent(peer.reliability ?? 0, 1),
        `${peer.direction} ${peer.transport}${peer.isEncrypted ? ' encrypted' : ''}`,
        peer.address,
        peer.client,
      ]),
    ),
  trackers: ({ trackers }) =>
    tableLines(
      [
        { heading: 'TIER', isNumber: true },
        { heading: 'STATE' },
        ...SWARM,
        { heading: 'NEXT', isNumber: true },
        { heading: 'URL' },
      ],
      trackers.map(({ tier, state, seeders, leechers, nextAnnounceInMs, url, error }) => [
        String(tier),
        state,
        seeders < 0 ? '-' : String(seeders),
        leechers < 0 ? '-' : String(leechers),
        nextAnnounceInMs < 0 ? '-' : formatClock(nextAnnounceInMs / 1000),
        error === '' ? url : `${url} (${error})`,
      ]),
    ),
}

const DONE_AND_SIZE = [
  { heading: 'DONE', isNumber: true },
  { heading: 'SIZE', isNumber: true },
]
const RATES = [
  { heading: 'DOWN', isNumber: true },
  { heading: 'UP', isNumber: true },
]
const SWARM = [
  { heading: 'SEEDERS', isNumber: true },
  { heading: 'LEECHERS', isNumber: true },
]

/** The session and the process. */
export async function runStats(flags: ClientFlags): Promise<number> {
  return await withDaemon(flags, async (client) => {
    const [{ session, torrents }, system] = await Promise.all([client.state(), client.system()])
    const { disk } = system
    printAll(flags, 'stats', [{ ...session, torrents: torrents.length, system }], () => [
      `torrents   ${torrents.length}, ${session.connections} connections, ${session.dhtNodes} nodes of the DHT`,
      `down       ${formatRate(session.downloadBps)}, ${formatBytes(session.downloaded)}${limitText(session.downloadLimitBps)}`,
      `up         ${formatRate(session.uploadBps)}, ${formatBytes(session.uploaded)}${limitText(session.uploadLimitBps)}`,
      `port       ${session.port}${session.externalIps.map((ip) => `, seen as ${displayText(ip)}`).join('')}`,
      `free       ${session.freeBytes < 0 ? 'unknown' : formatBytes(session.freeBytes)}`,
      `process    ${formatBytes(system.rssBytes)} of memory, ${Math.round(system.cpu * 100)}% of a core, p99 delay ${Math.round(system.loopDelayP99Ms)} ms`,
      `disk       ${formatBytes(disk.writtenBytes)} written, ${formatBytes(disk.readBytes)} read, ${formatBytes(disk.queuedBytes)} waiting`,
    ])
  })
}

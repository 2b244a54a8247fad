// What is known of a torrent that the daemon has: what rules go by, and what is in force whatever the configuration says.

import { wordLayer } from '@ccbt/config'
import type { Config, Layer, SettingKey, Settings, Value } from '@ccbt/config'
import { parseMagnet } from '@ccbt/metainfo'
import type { TorrentFacts } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'
import { createHttpClient } from '@ccbt/rpc-client'
import type { TorrentRow } from '@ccbt/rpc-client'
import { socketIn } from './address.ts'
import { findTorrent } from './find-torrents.ts'

/** A torrent of the daemon. */
export interface DaemonTorrent {
  readonly facts: TorrentFacts
  readonly row: TorrentRow
}

/** The torrent that `word` names; undefined when no daemon runs. @throws as {@link findTorrent} does */
export async function daemonTorrent(word: string, stateFolder: string): Promise<DaemonTorrent | undefined> {
  try {
    await using client = createHttpClient(socketIn(stateFolder))
    const { id } = findTorrent(word, (await client.state()).torrents)
    const detail = await client.detail(id)
    if (detail === undefined) return undefined
    const { row, magnet, origin } = detail
    const { infoHash, name, labels, isPrivate, totalLength } = row
    const trackerHosts = parseMagnet(magnet).trackers.map((url) => new URL(url).hostname)
    const known = totalLength === 0 ? {} : { size: totalLength, isPrivate }
    const facts = { infoHash, name, ...known, trackerHosts, ...origin, ...(labels.length === 0 ? {} : { labels }) }
    return { facts, row }
  } catch (error) {
    if (isCcbtError(error, 'RPC_UNREACHABLE')) return undefined
    throw error
  }
}

/** Limits, order and folder of the torrent where they are others than its settings say. */
export function inForce(row: TorrentRow, settings: Settings, { labels }: Config['automation']): Layer {
  const found = new Map<SettingKey, { readonly value: Value; readonly where: string }>()
  const tell = (key: SettingKey, value: Value, where: string): void => {
    if (settings.value(key) !== value) found.set(key, { value, where })
  }
  const user = 'decided while the daemon runs'
  tell('limits.torrent_download', row.downloadLimitBps, user)
  tell('limits.torrent_upload', row.uploadLimitBps, user)
  if (row.isSequential === true) tell('pieces.strategy', 'sequential', user)
  const [label = ''] = row.labels
  const isOfLabel = labels.get(label) === row.directory
  tell('paths.download', row.directory, isOfLabel ? `[labels.${label}]` : 'where the torrent is')
  return wordLayer('run-time', found)
}

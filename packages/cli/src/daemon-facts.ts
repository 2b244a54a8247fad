// What rules go by of a torrent that the daemon has.

import type { TorrentFacts } from '@ccbt/config'
import { parseMagnet } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'
import { createHttpClient } from '@ccbt/rpc-client'
import { socketIn } from './daemon-address.ts'
import { findTorrent } from './find-torrents.ts'

/** The facts of the torrent that `word` names; undefined when no daemon runs. @throws as {@link findTorrent} does */
export async function daemonFacts(word: string, stateFolder: string): Promise<TorrentFacts | undefined> {
  try {
    await using client = createHttpClient(socketIn(stateFolder))
    const { id } = findTorrent(word, (await client.state()).torrents)
    const detail = await client.detail(id)
    if (detail === undefined) return undefined
    const { row, magnet, origin } = detail
    const { infoHash, name, labels, isPrivate, totalLength } = row
    const trackerHosts = parseMagnet(magnet).trackers.map((url) => new URL(url).hostname)
    const known = totalLength === 0 ? {} : { size: totalLength, isPrivate }
    return { infoHash, name, ...known, trackerHosts, ...origin, ...(labels.length === 0 ? {} : { labels }) }
  } catch (error) {
    if (isCcbtError(error, 'RPC_UNREACHABLE')) return undefined
    throw error
  }
}

// What remote clients name a torrent by instead of sending its file: a magnet link, a hash, the address of a torrent file, or
// its path on this machine.

import { open } from 'node:fs/promises'

import { errnoOf, invalidRequest } from '../errors.ts'
import type { StoredSource } from '../state/torrent-record.ts'
import type { TorrentFetcher } from './torrent-fetcher.ts'

const MAX_FILE_BYTES = 10_485_760

/** Who names it. */
export interface SourceAsker {
  readonly fetchTorrent: TorrentFetcher
  /** It comes from the user whom the daemon belongs to, on this machine. */
  readonly isOwner: boolean
  readonly signal: AbortSignal
}

/** The source that a name means; `cookies` are for the web server. Rejects with DAEMON_REQUEST_INVALID, DAEMON_FETCH_FAILED. */
export async function namedSource(asker: SourceAsker, text: string, cookies = ''): Promise<StoredSource> {
  const name = text.trim()
  if (/^magnet:/i.test(name)) return { kind: 'magnet', link: name }
  // Some clients send the hash alone.
  if (/^(?:[0-9a-f]{40}|[a-z2-7]{32})$/i.test(name)) return { kind: 'magnet', link: `magnet:?xt=urn:btih:${name}` }
  if (/^https?:/i.test(name)) {
    const { signal, isOwner: allowsLocal } = asker
    return { kind: 'torrent-file', bytes: await asker.fetchTorrent(name, { cookies, allowsLocal, signal }) }
  }
  if (!asker.isOwner) throw invalidRequest('a torrent file is added by its path over the unix socket only')
  return { kind: 'torrent-file', bytes: await readTorrent(name) }
}

async function readTorrent(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > MAX_FILE_BYTES) throw invalidRequest(`${path} is too large for a torrent file`)
    return await file.readFile()
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined || !/^E[A-Z]+$/.test(errno)) throw error
    throw invalidRequest(`cannot read ${path}: ${errno}`)
  }
}

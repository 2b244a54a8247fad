// What a file in a watched folder holds: a torrent, or links one to a line. Whoever may write to the folder may put anything
// there: only regular files are opened, no links are followed, nothing waits for a pipe, and the size is bounded.

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

import type { StoredSource } from '../state/torrent-record.ts'
import { errnoOf, invalidRequest } from '../errors.ts'

const MAX_TORRENT_BYTES = 10_485_760
const MAX_LINKS_BYTES = 65_536
const MAX_LINKS = 100

/** Whether a file of this name is looked at. */
export function isSourceName(name: string): boolean {
  return /^[^.].*\.(?:torrent|magnet)$/i.test(name)
}

/** What is in the file. Rejects with DAEMON_REQUEST_INVALID when it is nothing to add. */
export async function readSources(path: string): Promise<StoredSource[]> {
  if (!/\.magnet$/i.test(path)) return [{ kind: 'torrent-file', bytes: await readBounded(path, MAX_TORRENT_BYTES) }]
  const text = (await readBounded(path, MAX_LINKS_BYTES)).toString('utf8')
  const links = text.split(/\s+/).filter((link) => link !== '')
  if (links.length === 0 || links.length > MAX_LINKS) throw invalidRequest(`it has not 1 to ${MAX_LINKS} links`)
  return links.map((link) => ({ kind: 'magnet', link }))
}

async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = await file.stat()
    if (!stats.isFile()) throw invalidRequest('it is not a regular file')
    if (stats.size > maxBytes) throw invalidRequest('it is too large')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(stats.size), 0, stats.size, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined || !/^E[A-Z]+$/.test(errno)) throw error
    throw invalidRequest(`it cannot be read: ${errno}`)
  }
}

// The queries of HTTP requests to trackers.

import type { TrackerRequest } from './tracker.ts'

/** More is never asked for: a client connects to some dozens of peers at most at a time. */
export const MAX_NUM_WANT = 200

/** How many peers an announce asks for: none when it says goodbye. */
export function numWantOf(request: TrackerRequest): number {
  return request.event === 'stopped' ? 0 : Math.min(request.numWant, MAX_NUM_WANT)
}

/** Every byte that is no unreserved character of a URL as %XX. */
export function percentEncoded(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) {
    const character = String.fromCodePoint(byte)
    out += /[\w.~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
  }
  return out
}

/** The query of an HTTP announce (BEP 3, 7, 23), without a leading `?`. */
export function announceQuery(request: TrackerRequest): string {
  const { stats, trackerId } = request
  const fields = [
    `info_hash=${percentEncoded(request.infoHash)}`,
    `peer_id=${percentEncoded(request.peerId)}`,
    `port=${request.port}`,
    `uploaded=${stats.uploaded}`,
    `downloaded=${stats.downloaded}`,
    `left=${stats.left}`,
    'compact=1',
    `numwant=${numWantOf(request)}`,
    `key=${request.key.toString(16).padStart(8, '0').toUpperCase()}`,
  ]
  if (request.event !== 'update') fields.push(`event=${request.event}`)
  if (trackerId !== undefined) fields.push(`trackerid=${percentEncoded(trackerId)}`)
  return fields.join('&')
}

/** The query of an HTTP scrape (BEP 48), without a leading `?`. */
export function scrapeQuery(infoHashes: readonly Uint8Array[]): string {
  return infoHashes.map((infoHash) => `info_hash=${percentEncoded(infoHash)}`).join('&')
}

/** Adds a request's query to a URL's path, whose own query stays in front. */
export function withQuery(path: string, query: string): string {
  if (!path.includes('?')) return `${path}?${query}`
  return path.endsWith('?') || path.endsWith('&') ? path + query : `${path}&${query}`
}

import { scrapeQuery } from './announce-query.ts'
import type { TrackerUrl } from './tracker-url.ts'
import { MAX_UDP_SCRAPE } from './udp-packets.ts'

/** Bytes of path and query: servers and what stands before them take 2048 at least. */
const MAX_PATH_BYTES = 2000

/** Cuts `infoHashes` into what fits into one request each: a datagram, or a URL of a length that every server takes. */
export function scrapeBatches(url: TrackerUrl, infoHashes: readonly Uint8Array[]): Uint8Array[][] {
  const isUdp = url.protocol === 'udp:'
  const room = isUdp ? MAX_UDP_SCRAPE : MAX_PATH_BYTES - url.path.length
  const batches: Uint8Array[][] = []
  let left = 0
  for (const infoHash of infoHashes) {
    const size = isUdp ? 1 : scrapeQuery([infoHash]).length + 1
    // A hash that alone is too much for the room goes by itself.
    if (batches.length === 0 || size > left) {
      batches.push([])
      left = room
    }
    batches.at(-1)!.push(infoHash)
    left -= size
  }
  return batches
}

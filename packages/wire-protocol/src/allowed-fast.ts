// The allowed-fast set (BEP 6): the pieces that a peer may request while choked, the same for all peers of a /24 network,
// so that changing the address a little gains nothing.

import { readU32 } from '@ccbt/primitives'

/** Integers that one SHA-1 gives. */
const INDEXES_PER_HASH = 5

/** Whose set it is. */
export interface AllowedFastOptions {
  /** The peer's IPv4 address, 4 bytes. */
  readonly ipv4: Uint8Array
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** Pieces of the torrent. */
  readonly pieces: number
  /** Pieces of the set; all when the torrent has no more. */
  readonly count: number
}

/**
 * The piece indexes of a peer's allowed-fast set, in canonical order.
 * @example allowedFastSet({ ipv4, infoHash, pieces: 1313, count: 7 }, sha1)
 */
export function allowedFastSet(options: AllowedFastOptions, sha1: (bytes: Uint8Array) => Uint8Array): number[] {
  const { pieces } = options
  const count = Math.min(options.count, pieces)
  const chosen = new Set<number>()
  let seed: Uint8Array = new Uint8Array(24)
  seed.set(options.ipv4.subarray(0, 3))
  seed.set(options.infoHash, 4)
  while (chosen.size < count) {
    seed = sha1(seed)
    for (let i = 0; i < INDEXES_PER_HASH && chosen.size < count; i++) chosen.add(readU32(seed, 4 * i) % pieces)
  }
  return [...chosen]
}

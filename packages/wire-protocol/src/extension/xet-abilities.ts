// What a peer says about cc_xet in its extension handshake: the dictionary `cc_xet` (docs/bep_xet.md).

import { asInt, asList } from '@ccbt/bencode'
import type { BencodeDict, Encodable } from '@ccbt/bencode'

import { intWithin } from './payload.ts'

/** The name of the extension in the handshake. */
export const CC_XET = 'cc_xet'

/** What a peer answers by cc_xet. */
export interface XetAbilities {
  /** Numbers of the hash suites that it knows; at most 8. */
  readonly suites: readonly number[]
  /** Requests that it queues, 1 to 1000. */
  readonly queue: number
  readonly maps: boolean
  readonly data: boolean
  readonly places: boolean
  readonly heads: boolean
  /** Hashes of blocks. */
  readonly blocks: boolean
  /** Chunks may be sent to it compressed with zstd. */
  readonly zstd: boolean
}

const XET_VERSION = 1
const MAX_SUITES = 8
const MAX_XET_QUEUE = 1000
const XET_BITS = { maps: 1, data: 2, places: 4, heads: 8, zstd: 16, blocks: 32 } as const

/** The value of `cc_xet`. */
export function encodeXetAbilities({ suites, queue, ...able }: XetAbilities): Encodable {
  const c =
    (able.maps ? XET_BITS.maps : 0) |
    (able.data ? XET_BITS.data : 0) |
    (able.places ? XET_BITS.places : 0) |
    (able.heads ? XET_BITS.heads : 0) |
    (able.zstd ? XET_BITS.zstd : 0) |
    (able.blocks ? XET_BITS.blocks : 0)
  return { c, q: queue, su: suites, v: XET_VERSION }
}

/** Reads it. Another version is as good as none. */
export function xetAbilities(dict: BencodeDict | undefined): XetAbilities | undefined {
  if (dict === undefined || intWithin(dict, 'v', 1, 255) !== XET_VERSION) return undefined
  const bits = intWithin(dict, 'c', 0, 0xffff) ?? 0
  return {
    suites: (asList(dict.get('su')) ?? []).slice(0, MAX_SUITES).flatMap((suite) => asInt(suite) ?? []),
    queue: intWithin(dict, 'q', 1, MAX_XET_QUEUE) ?? 1,
    maps: (bits & XET_BITS.maps) !== 0,
    data: (bits & XET_BITS.data) !== 0,
    places: (bits & XET_BITS.places) !== 0,
    heads: (bits & XET_BITS.heads) !== 0,
    zstd: (bits & XET_BITS.zstd) !== 0,
    blocks: (bits & XET_BITS.blocks) !== 0,
  }
}

// How much several groups of files, torrents for example, have in common. Chunks are told apart by the first 52 bits of
// their hashes, which is right for an estimate; a table of them takes 60 bytes for each.

import { hashKey } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'

/** The chunks of 256 GB: what comes beyond is not counted. */
const MAX_CHUNKS = 4_194_304

/** Bytes that two groups have in common. */
export interface SharedPair {
  /** Numbers of the groups, the smaller first. */
  readonly groups: readonly [number, number]
  readonly bytes: number
}

/** What groups of files have in common. */
export interface SharedReport {
  /** Of all files, and of all different chunks. */
  readonly bytes: number
  readonly differentBytes: number
  /** The pairs that have something in common, those with most first. */
  readonly pairs: readonly SharedPair[]
  /** There were more chunks than are compared. */
  readonly isPartial: boolean
}

interface Seen {
  readonly length: number
  /** Groups that have it, each once. */
  readonly groups: number[]
}

/** Counts chunks that come group by group. */
export class SharedChunks {
  readonly #seen = new Map<number, Seen>()
  #bytes = 0
  #isPartial = false

  /** Counts the chunks of a file of the group with this number. */
  add(group: number, list: ChunkList): void {
    for (const [i, length] of list.lengths.entries()) {
      this.#bytes += length
      const key = hashKey(list.hashes, i)
      const seen = this.#seen.get(key)
      if (seen !== undefined) {
        if (!seen.groups.includes(group)) seen.groups.push(group)
      } else if (this.#seen.size < MAX_CHUNKS) this.#seen.set(key, { length, groups: [group] })
      else this.#isPartial = true
    }
  }

  report(): SharedReport {
    const shared = new Map<string, { readonly groups: [number, number]; bytes: number }>()
    let differentBytes = 0
    for (const { length, groups } of this.#seen.values()) {
      differentBytes += length
      for (const pair of pairsOf(groups)) {
        const sum = shared.get(pair.join()) ?? { groups: pair, bytes: 0 }
        sum.bytes += length
        shared.set(pair.join(), sum)
      }
    }
    const pairs = [...shared.values()].sort((a, b) => b.bytes - a.bytes)
    return { bytes: this.#bytes, differentBytes, pairs, isPartial: this.#isPartial }
  }
}

function pairsOf(groups: readonly number[]): [number, number][] {
  const sorted = groups.toSorted((a, b) => a - b)
  return sorted.flatMap((a, i) => sorted.slice(i + 1).map((b): [number, number] => [a, b]))
}

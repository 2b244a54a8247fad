// One chunk map as it comes from a peer, part by part. Nothing of it is believed but its form: lengths that the cutting of
// a file can give, adding up to the size of the file that it was asked for. What it says is checked against its file hash
// when it is whole, and all that it leads to by the torrent's own hashes.

import { HASH_BYTES, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'
import { bytesEqual } from '@ccbt/primitives'
import { MAX_MAP_PART } from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'

/** The chunks of 16 GB: the map of a larger file is not fetched. */
export const MAX_MAP_CHUNKS = 262_144

type MapPart = Extract<XetMessage, { type: 'map' }>

/** A map that is being fetched. */
export class MapAssembly {
  readonly #size: number
  readonly #lengths: number[] = []
  #hashes = new Uint8Array(0)
  #fileHash: Uint8Array | undefined
  #total = 0
  #bytes = 0

  /** @param size of the file. */
  constructor(size: number, fileHash: Uint8Array | undefined) {
    this.#size = size
    this.#fileHash = fileHash
  }

  /** The first chunk that is missing. */
  get next(): number {
    return this.#lengths.length
  }

  /** How many to ask for. */
  get count(): number {
    return this.#total === 0 ? MAX_MAP_PART : Math.min(MAX_MAP_PART, this.#total - this.next)
  }

  get list(): ChunkList {
    return { lengths: this.#lengths, hashes: this.#hashes }
  }

  /** Which file the map is of, as its first part says. */
  get fileHash(): Uint8Array | undefined {
    return this.#fileHash
  }

  /** Takes the part that was asked for. `wrong`: it cannot be of this file. */
  add(part: MapPart): 'whole' | 'more' | 'wrong' {
    if (this.#total === 0 && !this.#begin(part)) return 'wrong'
    const isNext = part.first === this.next && part.lengths.length > 0 && part.lengths.length <= this.count
    if (!isNext || part.total !== this.#total || !bytesEqual(part.fileHash, this.#fileHash!)) return 'wrong'
    this.#hashes.set(part.hashes, this.next * HASH_BYTES)
    for (const length of part.lengths) {
      const isLast = this.#lengths.push(length) === this.#total
      this.#bytes += length
      if (length > MAX_CHUNK_BYTES || (length < MIN_CHUNK_BYTES && !isLast)) return 'wrong'
    }
    if (this.next < this.#total) return this.#bytes < this.#size ? 'more' : 'wrong'
    return this.#bytes === this.#size ? 'whole' : 'wrong'
  }

  #begin({ size, total, fileHash }: MapPart): boolean {
    const most = Math.min(MAX_MAP_CHUNKS, Math.ceil(this.#size / MIN_CHUNK_BYTES))
    if (size !== this.#size || total < 1 || total > most) return false
    if (this.#fileHash !== undefined && !bytesEqual(fileHash, this.#fileHash)) return false
    this.#fileHash = fileHash.slice()
    this.#total = total
    this.#hashes = new Uint8Array(total * HASH_BYTES)
    return true
  }
}

// Reading of what a store has, through the cache that all stores share: units are read by workers, and what was just received
// is kept there while somebody asks for it.

import type { Layout, PieceIndex } from '@ccbt/primitives'
import type { WorkerPool } from '@ccbt/worker-pool'

import type { JobSet } from './job-set.ts'
import type { DiskJobs } from './jobs.ts'
import { unitLengthFor } from './read-cache.ts'
import type { ReadCache, ReadSource } from './read-cache.ts'
import type { StoreFiles } from './store-files.ts'

/** What a {@link StoreReader} works with. */
export interface StoreReaderParts {
  readonly pool: WorkerPool<DiskJobs>
  readonly cache: ReadCache
  readonly layout: Layout
  readonly files: StoreFiles
  /** Jobs of the store that touch files. */
  readonly running: JobSet
  /** Number of the store. */
  readonly id: number
  /** Counts what was read. */
  onRead(bytes: number): void
}

export class StoreReader {
  /** See {@link PieceStore.isServing}. */
  isServing = false
  readonly #parts: StoreReaderParts
  readonly #source: ReadSource & { isComplete: boolean }

  constructor(parts: StoreReaderParts) {
    const { layout, id } = parts
    this.#parts = parts
    this.#source = {
      id,
      totalLength: layout.totalLength,
      unitLength: unitLengthFor(layout.nominalPieceLength),
      isComplete: false,
      load: (offset, length, spare) => this.#load(offset, length, spare),
    }
  }

  /** Whether all that is wanted is there, and what comes next may be read ahead. */
  set isComplete(isComplete: boolean) {
    this.#source.isComplete = isComplete
  }

  /** Within a unit that is in memory at once. */
  read(piece: PieceIndex, begin: number, length: number): Uint8Array | Promise<Uint8Array> {
    return this.#parts.cache.read(this.#source, this.#offsetOf(piece) + begin, length)
  }

  /** A piece is new: it is what peers ask for next. True when the buffer stays with the cache. */
  offer(piece: PieceIndex, bytes: Uint8Array): boolean {
    return this.isServing && this.#parts.cache.offer(this.#source, this.#offsetOf(piece), bytes)
  }

  /** What was read of a piece does not hold any more. */
  invalidate(piece: PieceIndex): void {
    const { cache, layout } = this.#parts
    cache.invalidate(this.#source, this.#offsetOf(piece), layout.pieceLength(piece))
  }

  /** Takes the store out of the cache. */
  forget(): void {
    this.#parts.cache.forget(this.#source)
  }

  #offsetOf(piece: PieceIndex): number {
    return piece * this.#parts.layout.nominalPieceLength
  }

  async #load(offset: number, length: number, spare: ArrayBuffer | undefined): Promise<ArrayBuffer> {
    const { files, pool, running } = this.#parts
    while (files.moving !== undefined) await files.moving
    const buffer = spare ?? new ArrayBuffer(length)
    const spans = files.table.spans(offset, length)
    const result = await running.track(pool.run('read', { spans, buffer }, { transfer: [buffer] }))
    this.#parts.onRead(length)
    return result.buffer
  }
}

// A disk in memory and in virtual time: pieces are hashed for real, writes take a fixed time, memory for received data
// is bounded, and writes can be made to fail. It outlives the sessions that use it, as a disk does.

import type { DiskIo, DiskStats, PieceStore, StoreOptions } from '@ccbt/disk-io'
import { bug } from '@ccbt/primitives'

import { DiskState } from './disk-state.ts'
import type { MemoryDiskOptions, Volume } from './disk-state.ts'
import { MemoryStore } from './memory-store.ts'

/** A {@link DiskIo} in memory. Disposing it forgets nothing. */
export class MemoryDisk implements DiskIo {
  readonly state: DiskState
  readonly #volumes = new Map<string, Volume>()

  constructor(options: MemoryDiskOptions) {
    this.state = new DiskState(options)
  }

  /** Puts all bytes of a torrent into a folder. They are shared, not copied. */
  put(directory: string, bytes: Uint8Array, pieceLength: number): void {
    const { pieces } = this.volume(directory)
    for (let at = 0; at < bytes.length; at += pieceLength) {
      pieces.set(at / pieceLength, bytes.subarray(at, at + pieceLength))
    }
  }

  /** What a folder holds. */
  volume(directory: string): Volume {
    let volume = this.#volumes.get(directory)
    if (volume === undefined) this.#volumes.set(directory, (volume = { pieces: new Map(), changes: 1 }))
    return volume
  }

  async openStore(options: StoreOptions): Promise<PieceStore> {
    return new MemoryStore(this.state, this.volume(options.directory), options)
  }

  hashFiles(): Promise<Uint8Array> {
    throw bug('a disk in memory has no files to hash')
  }

  hashBlocks(): Promise<Uint8Array> {
    throw bug('a disk in memory has no files to hash')
  }

  moveFiles(): Promise<void> {
    throw bug('a disk in memory has no files to move')
  }

  warm(): void {}

  get stats(): DiskStats {
    const { usedBytes } = this.state
    return {
      writtenBytes: 0,
      readBytes: 0,
      openBytes: usedBytes,
      queuedBytes: 0,
      freeBytes: 0,
      cacheBytes: 0,
      cacheHits: 0,
      cacheMisses: 0,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

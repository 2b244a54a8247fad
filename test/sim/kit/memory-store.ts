// The pieces of one torrent on a disk in memory. Keeps to everything that PieceStore promises, checks that its user does
// too (a view that was given out may be written only until its piece has left), and knows nothing of files.

import type { FileState, PartialPiece, PieceStore, PieceVerdict, RecheckOptions, StoreOptions } from '@ccbt/disk-io'
import type { Unsubscribe } from '@ccbt/disk-io'
import { bug, BLOCK_LENGTH, CcbtError } from '@ccbt/primitives'
import type { Bitfield, Clock, PieceIndex } from '@ccbt/primitives'

import { sha1 } from './disk-state.ts'
import type { DiskState, Volume } from './disk-state.ts'

const DIGEST_LENGTH = 20

interface OpenPiece {
  /** Made when the first block arrives. */
  bytes: Uint8Array | undefined
  readonly filled: Set<number>
  isSent: boolean
}

/** A {@link PieceStore} in memory. */
export class MemoryStore implements PieceStore {
  isServing = false
  readonly #state: DiskState
  readonly #volume: Volume
  readonly #options: StoreOptions
  readonly #open = new Map<PieceIndex, OpenPiece>()
  readonly #digestsWanted = new Set<PieceIndex>()
  readonly #writing = new Set<Promise<PieceVerdict>>()
  readonly #unsubscribes = new Set<Unsubscribe>()
  #isClosed = false

  constructor(state: DiskState, volume: Volume, options: StoreOptions) {
    this.#state = state
    this.#volume = volume
    this.#options = options
  }

  reserve(piece: PieceIndex): boolean {
    if (this.#isClosed) return false
    if (this.#open.has(piece)) return true
    if (!this.#state.take(this.#length(piece))) return false
    this.#open.set(piece, { bytes: undefined, filled: new Set(), isSent: false })
    return true
  }

  blockTarget(piece: PieceIndex, begin: number, length: number): Uint8Array | undefined {
    const open = this.#open.get(piece)
    if (open === undefined || open.isSent || open.filled.has(begin)) return undefined
    open.bytes ??= new Uint8Array(this.#length(piece))
    return open.bytes.subarray(begin, begin + length)
  }

  blockFilled(piece: PieceIndex, begin: number): Promise<PieceVerdict> | undefined {
    const open = this.#open.get(piece)
    if (open === undefined || open.isSent || open.filled.has(begin)) return undefined
    open.filled.add(begin)
    if (open.filled.size < this.#options.layout.blocksIn(piece)) return undefined
    open.isSent = true
    const verdict = this.#judge(piece, open)
    this.#writing.add(verdict)
    void verdict.then(() => this.#writing.delete(verdict))
    return verdict
  }

  abandon(piece: PieceIndex): void {
    const open = this.#open.get(piece)
    if (open === undefined || open.isSent) return
    this.#open.delete(piece)
    this.#state.giveBack(this.#length(piece))
  }

  async checkpoint(): Promise<PartialPiece[]> {
    if (this.#isClosed) throw aborted()
    return []
  }

  async restore(): Promise<Bitfield | undefined> {
    return undefined
  }

  withDigests(piece: PieceIndex): void {
    this.#digestsWanted.add(piece)
  }

  read(piece: PieceIndex, begin: number, length: number): Uint8Array | Promise<Uint8Array> {
    const bytes = this.#volume.pieces.get(piece)
    if (bytes === undefined) throw bug(`a read of piece ${piece}, which was not written`)
    const view = bytes.subarray(begin, begin + length)
    const { clock, readMs } = this.#state
    return readMs === 0 ? view : later(clock, readMs, () => view)
  }

  retain(buffer: ArrayBufferLike): void {
    this.#state.retain(buffer)
  }

  release(buffer: ArrayBufferLike): void {
    this.#state.release(buffer)
  }

  leaves(): Promise<Uint8Array> {
    return Promise.reject(bug('no torrent here has trees'))
  }

  async recheck(options: RecheckOptions): Promise<void> {
    await this.flush()
    const { layout } = this.#options
    for (let n = 0; n < layout.pieces; n++) {
      if (options.pieces?.has(n) === false) continue
      if (options.signal.aborted) throw aborted()
      const bytes = this.#volume.pieces.get(n)
      options.onPiece(n as PieceIndex, bytes !== undefined && sha1(bytes).equals(this.#expected(n)))
    }
  }

  async fileStates(): Promise<FileState[]> {
    const { pieces, changes } = this.#volume
    const exists = pieces.size > 0
    return this.#options.files.map(({ length }) => ({ exists, size: exists ? length : 0, mtimeNs: changes }))
  }

  async setWanted(): Promise<void> {}

  async clone(): Promise<boolean> {
    return false
  }

  relocate(): Promise<void> {
    throw bug('a disk in memory has no other place')
  }

  async flush(): Promise<void> {
    await Promise.all(this.#writing)
  }

  onWritable(fn: () => void): Unsubscribe {
    const stop = this.#state.onWritable(fn)
    this.#unsubscribes.add(stop)
    return stop
  }

  async finish(): Promise<void> {
    await this.flush()
  }

  paths(): string[] {
    return this.#options.files.map(({ path }) => [this.#options.directory, ...path].join('/'))
  }

  /** All of a folder at once: in memory it belongs to one torrent. */
  async deleteFiles(): Promise<void> {
    this.#volume.pieces.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const stop of this.#unsubscribes) stop()
    for (const piece of Array.from(this.#open.keys())) this.abandon(piece)
    await this.flush()
  }

  async #judge(piece: PieceIndex, open: OpenPiece): Promise<PieceVerdict> {
    const bytes = open.bytes!
    const isRight = sha1(bytes).equals(this.#expected(piece))
    const digests = isRight && !this.#digestsWanted.has(piece) ? undefined : blockDigests(bytes)
    await later(this.#state.clock, this.#state.writeMs, () => {})
    this.#open.delete(piece)
    this.#digestsWanted.delete(piece)
    this.#state.giveBack(bytes.length)
    const { error } = this.#state
    if (error !== undefined) return { kind: 'disk-failed', error }
    if (!isRight) return { kind: 'corrupt', blocks: digests! }
    // Whoever still writes into a piece that has left has damaged a good one.
    if (!sha1(bytes).equals(this.#expected(piece))) throw bug(`piece ${piece} was written to after it was complete`)
    this.#volume.pieces.set(piece, bytes)
    this.#volume.changes++
    return digests === undefined ? { kind: 'stored' } : { kind: 'stored', blocks: digests }
  }

  #length(piece: PieceIndex): number {
    return this.#options.layout.pieceLength(piece)
  }

  #expected(piece: number): Uint8Array {
    return this.#options.pieceHashes.subarray(piece * DIGEST_LENGTH, (piece + 1) * DIGEST_LENGTH)
  }
}

function blockDigests(bytes: Uint8Array): Uint8Array {
  const digests: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += BLOCK_LENGTH) digests.push(sha1(bytes.subarray(at, at + BLOCK_LENGTH)))
  return Buffer.concat(digests)
}

function later<T>(clock: Clock, ms: number, value: () => T): Promise<T> {
  return new Promise((resolve) => clock.after(ms, () => resolve(value())))
}

function aborted(): CcbtError {
  return new CcbtError('ABORTED', 'aborted', { blame: 'us', context: {} })
}

// The one implementation of PieceStore. Blocks come in on the main thread and touch nothing but memory: here are the books of
// the pieces that are open. The way of full segments to the disk is in segment-writer.ts, the way back in store-reader.ts.

import { Bitfield, bug } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'

import { checkPieces } from './checker.ts'
import { Checkpointer } from './checkpoint.ts'
import { aborted } from './errors.ts'
import { JobSet } from './job-set.ts'
import { OpenPiece } from './open-piece.ts'
import type { BlockRun } from './open-piece.ts'
import type { FileState, Span } from './jobs.ts'
import { PieceTargets } from './piece-targets.ts'
import type { ReadCache } from './read-cache.ts'
import { restoreSegments } from './restore.ts'
import { SegmentWriter } from './segment-writer.ts'
import { StoreFiles } from './store-files.ts'
import type { FilesParts } from './store-files.ts'
import { StoreReader } from './store-reader.ts'
import type {
  CloneSource,
  PartialPiece,
  PieceStore,
  PieceVerdict,
  RecheckOptions,
  StoreOptions,
  StorePlace,
  Unsubscribe,
} from './store-types.ts'
import type { WriteMemory } from './write-memory.ts'

/** The most that moves to a worker at once; a multiple of a block. */
const MAX_SEGMENT_LENGTH = 1_048_576

/** What all stores of a session share, and what is this store's own. */
export interface StoreParts extends FilesParts {
  readonly memory: WriteMemory
  readonly cache: ReadCache
  /** Numbers the attempts at pieces over all stores. */
  nextPieceKey(): number
  /** Counts what was written. */
  onWritten(bytes: number): void
  /** Counts what was read. */
  onRead(bytes: number): void
  /** A segment took so long to hash. */
  onHashed(durationMs: number): void
  /** The store is disposed. */
  onClosed(): void
  /** The first of as many unused file ids. */
  readonly takeFileIds: (count: number) => number
  /** Number of this store. */
  readonly id: number
}

export class FilePieceStore implements PieceStore {
  readonly #parts: StoreParts
  readonly #options: StoreOptions
  readonly #files: StoreFiles
  readonly #targets: PieceTargets
  readonly #checkpoints: Checkpointer
  readonly #reader: StoreReader
  readonly #writer: SegmentWriter
  readonly #segmentLength: number
  readonly #open = new Map<PieceIndex, OpenPiece>()
  /** Jobs that touch files now; those that wait for a move are not among them. */
  readonly #running = new JobSet()
  readonly #listeners = new Set<Unsubscribe>()
  #isClosed = false

  constructor(parts: StoreParts, options: StoreOptions) {
    const { layout } = options
    this.#parts = parts
    this.#options = options
    this.#files = new StoreFiles(parts, options)
    this.#targets = new PieceTargets(options)
    this.#checkpoints = new Checkpointer({
      pool: parts.pool,
      files: this.#files,
      pieceLength: layout.nominalPieceLength,
      onWritten: (bytes) => parts.onWritten(bytes),
      running: (job) => this.#running.track(job),
    })
    this.#segmentLength = Math.min(layout.nominalPieceLength, MAX_SEGMENT_LENGTH)
    const own = { ...parts, layout, files: this.#files, running: this.#running }
    this.#reader = new StoreReader(own)
    this.#writer = new SegmentWriter({
      ...own,
      targets: this.#targets,
      checkpoints: this.#checkpoints,
      reader: this.#reader,
      onSettled: (piece) => this.#open.delete(piece),
    })
  }

  /** The end of the file ids of this store. */
  get endFileId(): number {
    return this.#files.table.endId
  }

  get isServing(): boolean {
    return this.#reader.isServing
  }

  set isServing(isServing: boolean) {
    this.#reader.isServing = isServing
  }

  reserve(piece: PieceIndex, begin: number): boolean {
    if (this.#isClosed) return false
    const open = this.#open.get(piece)
    if (open?.segmentOf(begin) !== undefined) return true
    const room = this.#parts.memory.reserve(this.#segmentLength)
    if (room === undefined) return false
    const target = open ?? this.#newPiece(piece)
    this.#open.set(piece, target)
    target.addSegment(begin, room.buffer)
    return true
  }

  blockTarget(piece: PieceIndex, begin: number, length: number): Uint8Array | undefined {
    const open = this.#open.get(piece)
    const segment = open?.segmentOf(begin)
    if (open === undefined || segment === undefined || segment.isSent || open.isFilled(begin)) return undefined
    segment.bytes ??= new Uint8Array(segment.capacity)
    const at = begin - segment.begin
    return segment.bytes.subarray(at, at + length)
  }

  blockFilled(piece: PieceIndex, begin: number): Promise<PieceVerdict> | undefined {
    const open = this.#open.get(piece)
    const segment = open?.segmentOf(begin)
    if (open === undefined || segment === undefined || segment.isSent || !open.fill(begin)) return undefined
    segment.missingBlocks--
    if (segment.missingBlocks > 0) return undefined
    segment.isSent = true
    if (open.isComplete) open.verdict = Promise.withResolvers()
    this.#writer.send(open, segment)
    return open.verdict?.promise
  }

  abandon(piece: PieceIndex): void {
    const open = this.#open.get(piece)
    if (open === undefined || open.verdict !== undefined) return
    this.#open.delete(piece)
    this.#drop(open)
  }

  async checkpoint(options: { readonly all?: boolean } = {}): Promise<PartialPiece[]> {
    const partials = await this.#checkpoints.run(this.#open, options.all === true)
    // Closing has given up every piece: an empty list would be taken for the truth.
    if (this.#isClosed) throw aborted()
    return partials
  }

  async restore(partial: PartialPiece, signal: AbortSignal): Promise<Bitfield | undefined> {
    const { piece } = partial
    const blocks = Bitfield.fromBytes(partial.blocks, this.#options.layout.blocksIn(piece))
    // Of a complete piece nothing could become but a wrong verdict: it would have been found right.
    if (this.#isClosed || this.#open.has(piece) || blocks === undefined || blocks.isFull) return undefined
    const open = this.#newPiece(piece)
    try {
      await this.#restoreSegments(open, blocks, signal)
      if (signal.aborted || this.#isClosed) throw aborted()
    } catch (error) {
      this.#drop(open)
      throw error
    }
    const found = open.onDisk
    if (found === undefined) return undefined
    if (this.#open.has(piece)) {
      // It was begun anew meanwhile.
      this.#drop(open)
      return undefined
    }
    this.#open.set(piece, open)
    return found
  }

  withDigests(piece: PieceIndex): void {
    this.#writer.withDigests(piece)
  }

  read(piece: PieceIndex, begin: number, length: number): Uint8Array | Promise<Uint8Array> {
    return this.#reader.read(piece, begin, length)
  }

  retain(buffer: ArrayBufferLike): void {
    this.#parts.cache.retain(buffer)
  }

  release(buffer: ArrayBufferLike): void {
    this.#parts.cache.release(buffer)
  }

  async recheck(options: RecheckOptions): Promise<void> {
    await this.flush()
    await checkPieces(this.#parts.pool, {
      layout: this.#options.layout,
      spans: (offset, length) => this.#files.table.spans(offset, length),
      onMissing: 'unreadable',
      pieces: options.pieces,
      signal: options.signal,
      target: (piece) => this.#targets.read(piece),
      onRun: (first, count, { good }) => {
        for (let i = 0; i < count; i++) options.onPiece((first + i) as PieceIndex, good[i] === 1)
      },
    })
  }

  async leaves(piece: PieceIndex, signal: AbortSignal): Promise<Uint8Array> {
    const tree = this.#options.treeOf?.(piece)
    if (tree === undefined) throw bug(`piece ${piece} has no tree`)
    while (this.#files.moving !== undefined) await this.#files.moving
    const spans = this.#files.table.spans(piece * this.#options.layout.nominalPieceLength, tree.length)
    const parts = spans.map(({ file, fileOffset, length }) => {
      if (file === undefined) throw bug(`padding in the data of piece ${piece}`)
      return { file, fileOffset, length, padding: 0 }
    })
    const job = { parts, pieceLength: this.#options.layout.nominalPieceLength, wantsPieces: false }
    const running = this.#parts.pool.run('leaves', job, { priority: 'background', signal })
    return (await this.#running.track(running)).leaves
  }

  async fileStates(): Promise<FileState[]> {
    await this.flush()
    while (this.#files.moving !== undefined) await this.#files.moving
    return this.#running.track(this.#files.states())
  }

  relocate(place: StorePlace, signal: AbortSignal): Promise<void> {
    return this.#files.relocate(place, { ...this.#parts, signal }, () => this.#running.settled())
  }

  clone(fileIndex: number, source: CloneSource): Promise<boolean> {
    return this.#running.track(this.#files.clone(fileIndex, source))
  }

  setWanted(fileIndex: number, wanted: boolean): Promise<void> {
    return this.#files.setWanted(fileIndex, wanted, () => this.#running.settled())
  }

  async flush(options: { readonly sync?: boolean } = {}): Promise<void> {
    await this.#writer.settled()
    if (options.sync !== true) return
    while (this.#files.moving !== undefined) await this.#files.moving
    await this.#running.track(this.#files.sync())
  }

  onWritable(fn: () => void): Unsubscribe {
    const stop = this.#parts.memory.onWritable(fn)
    this.#listeners.add(stop)
    return () => {
      this.#listeners.delete(stop)
      stop()
    }
  }

  async finish(): Promise<void> {
    await this.flush()
    while (this.#files.moving !== undefined) await this.#files.moving
    await this.#running.track(this.#files.finish())
    this.#reader.isComplete = true
  }

  paths(): string[] {
    return this.#files.paths()
  }

  deleteFiles(isKept: (path: string) => boolean): Promise<void> {
    return this.#files.remove(isKept)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#writer.close()
    for (const stop of this.#listeners) stop()
    for (const piece of this.#open.keys()) this.abandon(piece)
    const { moving } = this.#files
    await Promise.allSettled([moving, this.#checkpoints.idle, this.#writer.settled(), this.#running.settled()])
    this.#reader.forget()
    await this.#files.close()
    this.#parts.onClosed()
  }

  #newPiece(index: PieceIndex): OpenPiece {
    this.#reader.isComplete = false
    const length = this.#options.layout.pieceLength(index)
    return new OpenPiece(index, this.#parts.nextPieceKey(), length, this.#segmentLength)
  }

  async #restoreSegments(open: OpenPiece, blocks: Bitfield, signal: AbortSignal): Promise<void> {
    while (this.#files.moving !== undefined) await this.#files.moving
    if (this.#isClosed) return
    const { pool, memory } = this.#parts
    const spans = (run: BlockRun): Span[] => this.#writer.spans(open, run)
    const parts = {
      pool,
      memory,
      affinity: this.#writer.workerOf(open),
      target: this.#targets.received(open.index),
      spans,
    }
    await this.#running.track(restoreSegments(parts, open, blocks, signal))
  }

  /** Gives back what an attempt at a piece holds: it gets no verdict. */
  #drop(open: OpenPiece): void {
    open.isAbandoned = true
    open.error = aborted()
    for (const segment of open.segments)
      if (segment !== undefined && !segment.isSent) this.#parts.memory.dropped(segment.capacity)
    this.#writer.forget(open)
  }
}

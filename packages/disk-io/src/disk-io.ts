// Disk access of a whole session: the workers, the memory for received data and the read cache, shared by all torrents.

import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'

import { Layout } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import { createWorkerPool } from '@ccbt/worker-pool'
import type { WorkerPool } from '@ccbt/worker-pool'

import { BufferPool } from './buffer-pool.ts'
import { checkPieces } from './checker.ts'
import { FileStates } from './file-states.ts'
import { hashBlocks } from './leaf-runs.ts'
import type { HashBlocksOptions } from './leaf-runs.ts'
import { moveFiles } from './move-files.ts'
import type { MoveItem } from './move-files.ts'
import { openFilesLimit } from './open-files-limit.ts'
import type { DiskJobs, FileRef, WorkerSettings } from './jobs.ts'
import { FilePieceStore } from './piece-store.ts'
import type { StoreParts } from './piece-store.ts'
import { ReadCache } from './read-cache.ts'
import { spansBetween } from './spans.ts'
import type { Extent, Place } from './spans.ts'
import type { PieceStore, StoreOptions } from './store-types.ts'
import { WriteMemory } from './write-memory.ts'

/** Sizes of the disk side; each has a default. */
export interface DiskIoOptions {
  /** Threads that hash, write and read. Default: one per core, 2 to 4. */
  readonly workers?: number
  /** Memory for received data until it is written. At least 4 MiB; default 128 MiB. */
  readonly writeBudgetBytes?: number
  /** Memory for data that is being served. Default 32 MiB. */
  readonly readCacheBytes?: number
  /** Files kept open over all workers. Default: a quarter of what the process may open, at most 512. */
  readonly maxOpenFiles?: number
  readonly clock: Clock
  /** Absent = nothing is measured. */
  readonly observer?: DiskObserver
}

/** Hears how long the disk side takes. */
export interface DiskObserver {
  /** A worker's job has ended: milliseconds since it was given to the workers, and whether it succeeded. */
  diskJob(kind: string, durationMs: number, isDone: boolean): void
  /** Milliseconds that a worker has hashed what it was given to write, at most 1 MiB. */
  hashed(durationMs: number): void
}

/** Numbers since the start, and memory in use now. All in bytes but the cache's counts. */
export interface DiskStats {
  readonly writtenBytes: number
  readonly readBytes: number
  /** Segments that are being received. */
  readonly openBytes: number
  /** Segments that wait for a worker or are with one. */
  readonly queuedBytes: number
  /** Empty buffers kept for the next segments. */
  readonly freeBytes: number
  readonly cacheBytes: number
  readonly cacheHits: number
  readonly cacheMisses: number
}

/** Files to make piece hashes of, as one stream without gaps. */
export interface HashFilesOptions {
  /** One without a path is padding: zeros. */
  readonly files: readonly { readonly absolutePath: string | undefined; readonly length: number }[]
  readonly pieceLength: number
  /** Called with the number of bytes that were hashed since the last call. */
  onProgress?(bytes: number): void
  readonly signal: AbortSignal
}

/** Disk access of a session. */
export interface DiskIo extends AsyncDisposable {
  /** Opens the data of a torrent; touches no file before something is read or written. */
  openStore(options: StoreOptions): Promise<PieceStore>
  /** SHA-1 of every piece, 20 bytes each, on all cores. Rejects with ABORTED, DISK_FILE_TRUNCATED or DISK_READ_FAILED. */
  hashFiles(options: HashFilesOptions): Promise<Uint8Array>
  /** The hashes of a new v2 or hybrid torrent: gives the SHA-1 of every piece, if wanted. Rejects as `hashFiles` does. */
  hashBlocks(options: HashBlocksOptions): Promise<Uint8Array>
  /**
   * Moves what there is of these files to their new places; they are whole and synced there before the first old one goes. Can
   * be repeated after a kill. Rejects as `PieceStore.relocate` does.
   */
  moveFiles(items: readonly MoveItem[], signal: AbortSignal): Promise<void>
  /** Starts a worker now, so that the first piece finds it ready. */
  warm(): void
  readonly stats: DiskStats
}

const MIN_WRITE_BUDGET_BYTES = 4_194_304
const DEFAULT_WRITE_BUDGET_BYTES = 134_217_728
const DEFAULT_READ_CACHE_BYTES = 33_554_432
const DIGEST_LENGTH = 20

/**
 * Starts the disk side of a session; workers start with the first job.
 * @example
 * await using disk = createDiskIo({ clock })
 * const store = await disk.openStore({ directory: '/data', ...rest })
 */
export function createDiskIo(options: DiskIoOptions): DiskIo {
  return new ThreadedDiskIo(options)
}

class ThreadedDiskIo implements DiskIo {
  readonly #pool: WorkerPool<DiskJobs>
  readonly #states: FileStates
  readonly #buffers: BufferPool
  readonly #memory: WriteMemory
  readonly #cache: ReadCache
  readonly #stores = new Set<PieceStore>()
  readonly #observer: DiskObserver | undefined
  #writtenBytes = 0
  #readBytes = 0
  #nextPieceKey = 0
  #nextFileId = 0
  #nextStoreId = 0

  constructor(options: DiskIoOptions) {
    const workers = options.workers ?? Math.min(4, Math.max(2, availableParallelism()))
    const maxOpenFiles = options.maxOpenFiles ?? openFilesLimit()
    const settings: WorkerSettings = {
      maxOpenFiles: Math.floor(maxOpenFiles / workers),
      channel: `ccbt-disk-${randomUUID()}`,
    }
    const { observer } = options
    this.#observer = observer
    this.#pool = createWorkerPool<DiskJobs>({
      url: workerUrl(),
      size: workers,
      data: settings,
      ...(observer === undefined ? {} : { onJob: (kind, ms, isDone) => observer.diskJob(kind, ms, isDone) }),
    })
    this.#states = new FileStates(this.#pool)
    const writeBudget = Math.max(MIN_WRITE_BUDGET_BYTES, options.writeBudgetBytes ?? DEFAULT_WRITE_BUDGET_BYTES)
    this.#buffers = new BufferPool(options.clock)
    this.#memory = new WriteMemory(writeBudget, this.#buffers)
    this.#cache = new ReadCache(options.readCacheBytes ?? DEFAULT_READ_CACHE_BYTES, this.#buffers)
  }

  get stats(): DiskStats {
    return {
      writtenBytes: this.#writtenBytes,
      readBytes: this.#readBytes,
      openBytes: this.#memory.openBytes,
      queuedBytes: this.#memory.queuedBytes,
      freeBytes: this.#buffers.freeBytes,
      cacheBytes: this.#cache.usedBytes,
      cacheHits: this.#cache.hits,
      cacheMisses: this.#cache.misses,
    }
  }

  async openStore(options: StoreOptions): Promise<PieceStore> {
    const parts: StoreParts = {
      pool: this.#pool,
      states: this.#states,
      memory: this.#memory,
      cache: this.#cache,
      nextPieceKey: () => this.#nextPieceKey++,
      onWritten: (bytes: number) => (this.#writtenBytes += bytes),
      onRead: (bytes: number) => (this.#readBytes += bytes),
      onHashed: (ms: number) => this.#observer?.hashed(ms),
      onClosed: () => void this.#stores.delete(store),
      takeFileIds: (count) => this.#takeFileIds(count),
      firstFileId: this.#nextFileId,
      id: this.#nextStoreId++,
    }
    const store: FilePieceStore = new FilePieceStore(parts, options)
    this.#nextFileId = store.endFileId
    this.#stores.add(store)
    return store
  }

  async hashFiles(options: HashFilesOptions): Promise<Uint8Array> {
    const firstId = this.#takeFileIds(options.files.length)
    const files = namedFiles(options.files, firstId)
    const totalLength = options.files.reduce((sum, file) => sum + file.length, 0)
    const layout = new Layout({ totalLength, pieceLength: options.pieceLength })
    const out = new Uint8Array(layout.pieces * DIGEST_LENGTH)
    try {
      await checkPieces(this.#pool, {
        layout,
        spans: (offset, length) => spansBetween(files, { offset, length }, inFile),
        onMissing: 'throw',
        signal: options.signal,
        onRun: (first, count, { digests }) => {
          out.set(digests, first * DIGEST_LENGTH)
          const end = Math.min((first + count) * options.pieceLength, totalLength)
          options.onProgress?.(end - first * options.pieceLength)
        },
      })
    } finally {
      await this.#pool.runOnStarted('close', { firstId, endId: firstId + options.files.length })
    }
    return out
  }

  async hashBlocks(options: HashBlocksOptions): Promise<Uint8Array> {
    const firstId = this.#takeFileIds(options.files.length)
    try {
      return await hashBlocks(this.#pool, options, firstId)
    } finally {
      await this.#pool.runOnStarted('close', { firstId, endId: firstId + options.files.length })
    }
  }

  moveFiles(items: readonly MoveItem[], signal: AbortSignal): Promise<void> {
    return moveFiles(items, { pool: this.#pool, takeFileIds: (count) => this.#takeFileIds(count), signal })
  }

  warm(): void {
    this.#pool.warm()
  }

  #takeFileIds(count: number): number {
    const first = this.#nextFileId
    this.#nextFileId += count
    return first
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#stores].map((store) => store[Symbol.asyncDispose]()))
    this.#memory.dispose()
    this.#buffers.dispose()
    await this.#pool[Symbol.asyncDispose]()
  }
}

/** A file that the user named. */
interface NamedFile extends Extent {
  readonly ref: FileRef | undefined
}

function namedFiles(files: HashFilesOptions['files'], firstId: number): NamedFile[] {
  let offset = 0
  return files.flatMap(({ absolutePath, length }, i) => {
    const ref = absolutePath === undefined ? undefined : namedRef(firstId + i, absolutePath)
    const named = { ref, offset, length }
    offset += length
    return length === 0 ? [] : [named]
  })
}

function namedRef(id: number, path: string): FileRef {
  return { id, root: null, relative: path, reserveBytes: 0, isOurs: false }
}

function inFile(file: NamedFile, offset: number): Place {
  return { file: file.ref, fileOffset: offset - file.offset }
}

/** The workers' entry file: next to this one, as source or as built. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './disk.worker.ts' : './disk.worker.js', import.meta.url)
}

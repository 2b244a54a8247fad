// What a session knows of chunks: the index of the files that are on this machine, which grows as torrents complete. One
// file is chunked at a time, by one thread, after it is complete: its bytes are in the system's cache then, and no download
// waits for it.
//
// Bounds: MAX_QUEUED files wait; what does not fit is indexed when its torrent starts the next time.

import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { Allowance, fromHex, isCcbtError, toHex } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { XetPlace } from '@ccbt/wire-protocol'
import type { ChunkIndex, FileChunker, FileChunks, FileRename, IndexedFile, IndexSize } from '@ccbt/xet'

import type { SessionEvent } from '../events.ts'
import type { XetOptions } from '../options.ts'
import { ContentLibrary } from './content-library.ts'
import { Heads } from './heads.ts'
import type { ContentScope } from './responder.ts'
import type { TorrentScope } from './torrent-scope.ts'

const MAX_QUEUED = 200_000
/** Files whose chunks are remembered: 0.6 MB for each GB of them. */
const MAX_KNOWN = 32
/** What a session that ends waits for files to be indexed: 2 GB, about. */
const LAST_FILES_MS = 5000
/** A twentieth of a core at most. */
const BLOCK_HASHING = { burst: 16_384, perSecond: 5120 } as const

/** A file that is complete. */
export interface CompleteFile {
  /** Absolute. */
  readonly path: string
  readonly length: number
  /** Of its torrent, as hexadecimal. */
  readonly infoHash: string
  /** Root of its tree, as hexadecimal. */
  readonly root?: string
}

interface SessionXetState {
  readonly size: IndexSize
  readonly isShared: boolean
  readonly announced: number
  readonly trackers: readonly string[]
  readonly clock: Clock
}

/** The chunks of all torrents of a session. */
export class SessionXet implements AsyncDisposable {
  readonly index: ChunkIndex
  readonly heads: Heads = new Heads()
  /** Whether anybody may have content of public torrents. */
  readonly isShared: boolean
  /** Keys of it that are announced at most. */
  readonly announced: number
  /** Where, beside the DHT. */
  readonly trackers: readonly string[]
  /** Blocks that are hashed for peers, on the main thread: 10 microseconds each. */
  readonly blockHashing: Allowance
  readonly #chunker: FileChunker
  /** The chunks of files that were asked for, the least recently used first. */
  readonly #known = new Map<string, Promise<FileChunks>>()
  /** Public torrents of the session, by infohash as hexadecimal. */
  readonly #scopes = new Map<string, TorrentScope>()
  readonly #queue: CompleteFile[] = []
  readonly #abort = new AbortController()
  readonly library: ContentLibrary
  #emit: (event: SessionEvent) => void = () => {}
  #onChanged: () => void = () => {}
  #working: Promise<void> | undefined
  #size: IndexSize
  #isFull = false

  private constructor(index: ChunkIndex, chunker: FileChunker, state: SessionXetState) {
    this.index = index
    this.#chunker = chunker
    this.#size = state.size
    this.isShared = state.isShared
    this.announced = state.announced
    this.trackers = state.trackers
    this.blockHashing = new Allowance(state.clock, BLOCK_HASHING)
    this.library = new ContentLibrary(index, (path) => this.#isPublic(path))
  }

  /** Opens the index. Rejects with XET_INDEX_FAILED. */
  static async open(options: XetOptions, clock: Clock): Promise<SessionXet> {
    const { index: path, share = false, announce = 0, trackers = [] } = options
    const { createChunkIndex, createFileChunker } = await import('@ccbt/xet')
    await mkdir(dirname(path), { recursive: true })
    await using undone = new AsyncDisposableStack()
    const index = undone.use(createChunkIndex({ path, suite: 'blake3' }))
    const size = await index.size()
    undone.move()
    return new SessionXet(index, createFileChunker({ suite: 'blake3', workers: 1 }), {
      size,
      isShared: share,
      announced: announce,
      trackers,
      clock,
    })
  }

  /** Tells of an index that does not work. */
  watch(emit: (event: SessionEvent) => void): void {
    this.#emit = emit
  }

  /** Tells when there is other content to share than before. */
  watchContent(onChanged: () => void): void {
    this.#onChanged = onChanged
  }

  /** Whether there is anything to find. */
  get hasFiles(): boolean {
    return this.#size.files > 0
  }

  /** Of the index, as it was when it last had nothing to do. */
  get size(): IndexSize {
    return this.#size
  }

  /** Indexes these files when there is time. */
  completed(files: Iterable<CompleteFile>): void {
    for (const file of files) if (this.#queue.length < MAX_QUEUED) this.#queue.push(file)
    if (this.#abort.signal.aborted) return
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
  }

  /** Files have been moved, or have other names: those at `from` are at `to` now. */
  moved(from: readonly string[], to: readonly string[]): void {
    const moves = from.flatMap((path, n): FileRename[] => {
      const next = to[n]
      return next === undefined || next === path ? [] : [{ from: path, to: next }]
    })
    if (moves.length > 0) this.index.move(moves).catch((error: unknown) => this.#indexFailed(error))
  }

  /** Files have been deleted. */
  deleted(paths: readonly string[]): void {
    if (paths.length > 0) this.#forget(paths).catch((error: unknown) => this.#indexFailed(error))
  }

  /** The chunks of a complete file. Rejects with ABORTED, XET_READ_FAILED, XET_NOT_A_FILE or XET_FILE_CHANGED. */
  async chunksOf(path: string): Promise<FileChunks> {
    const known = this.#known.get(path)
    const state = await stat(path).catch(() => undefined)
    const chunks = await known?.catch(() => undefined)
    const isKnown = chunks !== undefined && state?.mtimeMs === chunks.mtimeMs && state.size === chunks.size
    const made = isKnown ? Promise.resolve(chunks) : this.#chunker.chunk(path, { signal: this.#abort.signal })
    this.#remember(path, made)
    return made
  }

  /** A public torrent runs, until the returned function is called. */
  opened(infoHash: string, scope: TorrentScope): () => void {
    this.#scopes.set(infoHash, scope)
    this.#onChanged()
    return () => this.#scopes.delete(infoHash)
  }

  /** All public torrents together. */
  get everything(): ContentScope {
    return {
      chunksOf: async (file) => {
        if (file.by === 'number') return undefined
        for (const scope of this.#scopes.values()) {
          const found = await scope.chunksOf(file)
          if (found !== undefined) return found
        }
        const path = this.library.pathOf(file)
        return path !== undefined && this.#isPublic(path) ? await this.chunksOf(path) : undefined
      },
      find: async (hashes) => {
        const found = await this.index.find(hashes)
        return found.map((place) => (place !== undefined && this.#isPublic(place.file.path) ? place : undefined))
      },
      places: (hash) => this.places(hash),
      // There is no torrent whose blocks they could be.
      blockHashes: async () => undefined,
    }
  }

  /** Where public torrents of this session have a chunk, at most one place: the index knows the newest. */
  async places(hash: Uint8Array): Promise<XetPlace[]> {
    const [place] = await this.index.find(hash)
    if (place === undefined) return []
    for (const [infoHash, scope] of this.#scopes) {
      const file = scope.numberAt(place.file.path)
      if (file !== undefined) return [{ infoHash: fromHex(infoHash)!, file, offset: place.offset }]
    }
    return []
  }

  /** A torrent may be complete just now: what waits gets a little time. */
  async [Symbol.asyncDispose](): Promise<void> {
    const hurry = new AbortController()
    await Promise.race([this.#working, setTimeout(LAST_FILES_MS, undefined, { signal: hurry.signal }).catch(() => {})])
    hurry.abort()
    this.#abort.abort()
    this.#queue.length = 0
    await this.#working
    await Promise.all([this.#chunker[Symbol.asyncDispose](), this.index[Symbol.asyncDispose]()])
  }

  async #forget(paths: readonly string[]): Promise<void> {
    await this.index.forget(paths)
    this.#size = await this.index.size()
  }

  async #work(): Promise<void> {
    for (let file = this.#queue.shift(); file !== undefined && !this.#isFull; file = this.#queue.shift()) {
      try {
        await this.#add(file)
      } catch (error) {
        if (this.#abort.signal.aborted) return
        this.#indexFailed(error)
      }
    }
    await this.index.size().then(
      (size) => (this.#size = size),
      (error: unknown) => this.#indexFailed(error),
    )
  }

  #indexFailed(error: unknown): void {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    // A file that is gone or being changed is not worth a word; an index that does not work is.
    if (isCcbtError(error, 'XET_INDEX_FAILED')) {
      this.#emit({ type: 'source-failed', source: 'chunk-index', reason: error.message })
    }
  }

  async #add({ path, length, infoHash, root }: CompleteFile): Promise<void> {
    const state = await stat(path).catch(() => undefined)
    if (state?.size !== length || (await this.#isKnown(path, state.mtimeMs, root, length))) return
    const chunks = await this.chunksOf(path)
    const file: IndexedFile = {
      path,
      size: chunks.size,
      mtimeMs: chunks.mtimeMs,
      torrent: infoHash,
      fileHash: toHex(chunks.fileHash),
      ...(root === undefined ? {} : { root }),
    }
    this.#isFull = (await this.index.put(file, chunks)) === 'full'
    if (!this.hasFiles) this.#size = await this.index.size()
    this.#onChanged()
  }

  /** Whether it is a file of a public torrent that runs. */
  #isPublic(path: string): boolean {
    return [...this.#scopes.values()].some((scope) => scope.numberAt(path) !== undefined)
  }

  async #isKnown(path: string, mtimeMs: number, root: string | undefined, size: number): Promise<boolean> {
    const query = { size, name: path.slice(path.lastIndexOf('/') + 1), ...(root === undefined ? {} : { root }) }
    const [found] = await this.index.findFiles([query])
    return found?.twins.some((twin) => twin.path === path && twin.mtimeMs === mtimeMs && twin.root === root) ?? false
  }

  /** Files that were changed, or whose chunks cannot be made, are asked for again. */
  #remember(path: string, chunks: Promise<FileChunks>): void {
    chunks.catch(() => this.#known.delete(path))
    this.#known.delete(path)
    this.#known.set(path, chunks)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }
}

// The index as the rest of the program sees it: every call goes to the one worker that owns the database.

import { rename, rm } from 'node:fs/promises'

import { createWorkerPool } from '@ccbt/worker-pool'
import type { ChunkList } from '@ccbt/chunker'

import type { ChunkPlace, FileQuery, FoundFiles, IndexedFile } from './chunk-place.ts'
import type {
  ChunkSample,
  FileRename,
  FoundPlaces,
  IndexJobs,
  IndexSettings,
  IndexSize,
  PutOutcome,
  SampledChunk,
} from './index-jobs.ts'
import type { SuiteName } from './suites.ts'

/** Enough for 150 million chunks of 28 bytes, which are 9 TB of files. */
const DEFAULT_MAX_BYTES = 4_294_967_296

/** Where an index lies. */
export interface ChunkIndexOptions {
  /** The database file; made when it is missing. Its folder must exist. */
  readonly path: string
  /** Whose hashes it holds; another suite needs another file. */
  readonly suite: SuiteName
  /** Bytes on disk at most; default 4 GiB. At this bound it takes no more files. */
  readonly maxBytes?: number
}

/** Knows where chunks lie in files that are there anyway. All promises reject with XET_INDEX_FAILED. */
export interface ChunkIndex extends AsyncDisposable {
  /** Makes `list` the chunks of `file`, in place of what was known of that path. */
  put(file: IndexedFile, list: ChunkList): Promise<PutOutcome>
  /** A place for each hash of `hashes`, 32 bytes each, as far as one is known. */
  find(hashes: Uint8Array): Promise<(ChunkPlace | undefined)[]>
  /** For each of the files: indexed ones that may be like it. */
  findFiles(queries: readonly FileQuery[]): Promise<readonly FoundFiles[]>
  /** The bytes at a place; `undefined` when the file has changed, or they do not have this hash. */
  read(place: ChunkPlace, hash: Uint8Array): Promise<Uint8Array | undefined>
  /** The hash of a file with these chunks, for which the index need not know it: a long list is no work for this thread. */
  fileHash(list: ChunkList): Promise<Uint8Array>
  /** Files have other paths now, and are what they were. */
  move(moves: readonly FileRename[]): Promise<void>
  /** Forgets the files at these paths. */
  forget(paths: readonly string[]): Promise<void>
  /** Forgets everything. */
  clear(): Promise<void>
  files(): Promise<readonly IndexedFile[]>
  size(): Promise<IndexSize>
  /** One chunk in `2 ** bits` of those that are known. */
  sample(sample: ChunkSample): Promise<readonly SampledChunk[]>
}

/**
 * Opens an index, off the calling thread.
 * @example
 * await using index = createChunkIndex({ path: 'chunks.sqlite', suite: 'blake3' })
 * const [place] = await index.find(hash)
 */
export function createChunkIndex({ path, suite, maxBytes = DEFAULT_MAX_BYTES }: ChunkIndexOptions): ChunkIndex {
  const data: IndexSettings = { path, suite, maxBytes }
  const name = import.meta.url.endsWith('.ts') ? './chunk-index.worker.ts' : './chunk-index.worker.js'
  const pool = createWorkerPool<IndexJobs>({ url: new URL(name, import.meta.url), size: 1, data })
  // Hashes are copied: of a view, all of the memory behind it would be sent.
  return {
    put: ({ path, size, mtimeMs, torrent, root, fileHash }, { lengths, hashes }) => {
      const file = {
        path,
        size,
        mtimeMs,
        ...(torrent && { torrent }),
        ...(root && { root }),
        ...(fileHash && { fileHash }),
      }
      return pool.run('put', { file, list: { lengths, hashes: hashes.slice() } })
    },
    find: async (hashes) => placesOf(await pool.run('find', hashes.slice())),
    findFiles: (queries) => pool.run('findFiles', queries),
    read: (place, hash) => pool.run('read', { place, hash: hash.slice() }),
    fileHash: ({ lengths, hashes }) => pool.run('fileHash', { lengths, hashes: hashes.slice() }),
    move: (moves) => pool.run('move', moves),
    forget: (paths) => pool.run('forget', paths),
    clear: () => pool.run('clear', undefined),
    files: () => pool.run('files', undefined),
    size: () => pool.run('size', undefined),
    sample: (sample) => pool.run('sample', sample),
    async [Symbol.asyncDispose]() {
      try {
        await pool.runOnStarted('close', undefined)
      } finally {
        await pool[Symbol.asyncDispose]()
      }
    },
  }
}

/**
 * Makes an index anew beside the old one, which it then replaces; the old one stays when `fill` fails. Nobody else may
 * have it open.
 * @example await rebuildChunkIndex(options, async (index) => void (await index.put(file, list)))
 */
export async function rebuildChunkIndex(
  options: ChunkIndexOptions,
  fill: (index: ChunkIndex) => Promise<void>,
): Promise<void> {
  const path = `${options.path}.new`
  {
    await using index = createChunkIndex({ ...options, path })
    await index.clear()
    await fill(index)
  }
  // What the old index has not yet brought into its file must not be taken for the new one's.
  for (const suffix of ['-wal', '-shm']) await rm(options.path + suffix, { force: true })
  await rename(path, options.path)
}

function placesOf({ files, fileOf, offsets, lengths }: FoundPlaces): (ChunkPlace | undefined)[] {
  return Array.from(fileOf, (number, i) => {
    const file = files[number]
    return file === undefined ? undefined : { file, offset: offsets[i]!, length: lengths[i]! }
  })
}

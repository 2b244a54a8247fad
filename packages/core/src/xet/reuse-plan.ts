// Looks for the files of a torrent on this machine, cheapest test first: one file with the same root, Xet hash, or size and
// name; then chunks, by the map of a file; then, where peers can tell which blocks are wrong, an older version by its name.

import { HASH_BYTES } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'
import type { MetainfoFile } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import type { Layout, PieceIndex } from '@ccbt/primitives'
import type { ChunkIndex, FileQuery, FoundFiles, IndexedFile } from '@ccbt/xet'

import { ExtentMap, guessGaps, joinExtents } from './extents.ts'
import type { Extent } from './extents.ts'

/** Files in one question to the index. */
const FILES_PER_QUERY = 256
/** Maps that are asked for: of the first files that are large enough for it to matter. */
const MAX_MAPS = 64
const LEAST_MAPPED_BYTES = 65_536
/** Chunks that are looked up at a time. */
const CHUNKS_PER_QUERY = 16_384

/** What a plan is made from. */
export interface ReusePlanParts {
  readonly index: Pick<ChunkIndex, 'find' | 'findFiles'>
  readonly layout: Layout
  readonly files: readonly MetainfoFile[]
  /** Where the files are that are not padding, in the order of the torrent. */
  readonly paths: () => readonly string[]
  readonly isWanted: (fileIndex: number) => boolean
  /** Wrong blocks of a piece can be told from right ones. */
  readonly canGuess: boolean
  /** The Xet hash of a file, where the torrent tells it. */
  readonly hashOf: (fileIndex: number) => Uint8Array | undefined
  /** The chunks of a file, asked of peers; with this hash if there is one. `undefined` when nobody tells in time. */
  readonly mapOf: (fileIndex: number, fileHash: Uint8Array | undefined) => Promise<ChunkList | undefined>
}

/** What of a torrent is on this machine, as far as it is known. */
export class ReusePlan {
  readonly extents: ExtentMap = new ExtentMap()
  readonly #parts: ReusePlanParts
  readonly #waiting = new Map<number, Promise<{ readonly index: number; readonly list: ChunkList | undefined }>>()
  readonly #namesakes = new Map<number, IndexedFile>()
  /** Files that were taken for the same. */
  readonly #twins = new Map<number, IndexedFile>()
  /** Where each file is itself, by index: what lies there is no help with it. */
  readonly #own: readonly (string | undefined)[]

  constructor(parts: ReusePlanParts) {
    this.#parts = parts
    const placed = parts.paths().values()
    this.#own = parts.files.map(({ isPad }) => (isPad ? undefined : placed.next().value))
  }

  /** Files with a byte in the piece. */
  filesOf(piece: PieceIndex): number[] {
    const { files, layout } = this.#parts
    const start = piece * layout.nominalPieceLength
    const end = start + layout.hashedLength(piece)
    const found: number[] = []
    for (let i = this.#firstEndingAfter(start); i < files.length && files[i]!.offset < end; i++) found.push(i)
    return found
  }

  /** Maps have been asked for that are still to come. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Whether more may become known of a file. */
  isOpen(fileIndex: number): boolean {
    return this.#waiting.has(fileIndex)
  }

  /** Takes the next map, or the news that it does not come. */
  async nextMap(): Promise<void> {
    const { index, list } = await Promise.race(this.#waiting.values())
    this.#waiting.delete(index)
    this.extents.add(list === undefined ? this.#guessWhole(index) : await this.#chunksOf(index, list))
  }

  /** Files at these paths are not what they were taken for, but may be older versions of it. */
  doubt(paths: ReadonlySet<string>): void {
    this.extents.keep(({ file }) => file === undefined || !paths.has(file.path))
    for (const [index, twin] of this.#twins) {
      if (!paths.has(twin.path)) continue
      this.#twins.delete(index)
      this.extents.add(this.#seek(index, twin))
    }
  }

  #firstEndingAfter(offset: number): number {
    const { files } = this.#parts
    let low = 0
    let high = files.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (files[middle]!.offset + files[middle]!.length <= offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Looks for whole files, and asks for the maps of others. */
  async findFiles(): Promise<void> {
    const { files, index, isWanted } = this.#parts
    const wanted = [...files.keys()].filter((i) => isWanted(i) && !files[i]!.isPad && files[i]!.length > 0)
    const extents: Extent[] = files.filter(({ isPad, length }) => isPad && length > 0).map(zeros)
    for (let from = 0; from < wanted.length; from += FILES_PER_QUERY) {
      const asked = wanted.slice(from, from + FILES_PER_QUERY)
      const found = await index.findFiles(asked.map((i) => this.#queryOf(i)))
      for (const [n, fileIndex] of asked.entries()) extents.push(...this.#judge(fileIndex, found[n]!))
    }
    this.extents.add(extents)
  }

  #queryOf(fileIndex: number): FileQuery {
    const { length, path, piecesRoot } = this.#parts.files[fileIndex]!
    const hash = this.#parts.hashOf(fileIndex)
    return {
      size: length,
      name: path.at(-1) ?? '',
      ...(piecesRoot === undefined ? {} : { root: toHex(piecesRoot) }),
      ...(hash === undefined ? {} : { fileHash: toHex(hash) }),
    }
  }

  #judge(fileIndex: number, { twins, namesake }: FoundFiles): Extent[] {
    const { offset, length } = this.#parts.files[fileIndex]!
    const own = this.#own[fileIndex]
    const twin = twins.find((file) => file.path !== own)
    if (twin === undefined) return this.#seek(fileIndex, namesake)
    this.#twins.set(fileIndex, twin)
    return [{ start: offset, end: offset + length, file: twin, at: 0, isGuess: false }]
  }

  /** Asks for the chunks of a file, if some of them are likely to be here; gives what is known without. */
  #seek(fileIndex: number, namesake: IndexedFile | undefined): Extent[] {
    const { files, hashOf, canGuess, mapOf } = this.#parts
    if (namesake !== undefined && namesake.path !== this.#own[fileIndex] && canGuess)
      this.#namesakes.set(fileIndex, namesake)
    const hash = hashOf(fileIndex)
    const isLikely = hash !== undefined || namesake !== undefined
    const isLarge = files[fileIndex]!.length >= LEAST_MAPPED_BYTES
    if (!isLikely || !isLarge || this.#waiting.size >= MAX_MAPS) return this.#guessWhole(fileIndex)
    const answer = mapOf(fileIndex, hash).then((list) => ({ index: fileIndex, list }))
    this.#waiting.set(fileIndex, answer)
    return []
  }

  #guessWhole(fileIndex: number): Extent[] {
    const { offset, length } = this.#parts.files[fileIndex]!
    return guessGaps([], { start: offset, end: offset + length }, this.#namesakes.get(fileIndex))
  }

  async #chunksOf(fileIndex: number, list: ChunkList): Promise<Extent[]> {
    const { files, canGuess } = this.#parts
    const { offset, length } = files[fileIndex]!
    const found: Extent[] = []
    let at = offset
    for (let from = 0; from < list.lengths.length; from += CHUNKS_PER_QUERY) {
      const hashes = list.hashes.subarray(from * HASH_BYTES, (from + CHUNKS_PER_QUERY) * HASH_BYTES)
      for (const [n, place] of (await this.#parts.index.find(hashes)).entries()) {
        const bytes = list.lengths[from + n]!
        if (place?.length === bytes && place.file.path !== this.#own[fileIndex]) {
          found.push({ start: at, end: at + bytes, file: place.file, at: place.offset, isGuess: false })
        }
        at += bytes
      }
    }
    const chunks = joinExtents(found)
    if (!canGuess) return chunks
    const span = { start: offset, end: offset + length }
    return [...chunks, ...guessGaps(chunks, span, this.#namesakes.get(fileIndex))]
  }
}

function zeros({ offset, length }: MetainfoFile): Extent {
  return { start: offset, end: offset + length, file: undefined, at: 0, isGuess: false }
}

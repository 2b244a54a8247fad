// What peers of a torrent may be told by cc_xet: of this torrent's own complete files, and where else public torrents have
// the same. Private torrents have no such scope at all.

import { hash } from 'node:crypto'

import type { Metainfo, MetainfoFile } from '@ccbt/metainfo'
import { bytesEqual } from '@ccbt/primitives'
import type { BlockId, BlockSpan, Layout, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'
import type { XetFileName, XetPlace } from '@ccbt/wire-protocol'
import type { ChunkPlace, FileChunks } from '@ccbt/xet'

import { placedFiles } from '../torrent/byte-space.ts'
import { BLOCK_HASH_BYTES } from './block-hashes.ts'
import type { ContentScope } from './responder.ts'
import type { SessionXet } from './session-xet.ts'

/** What a {@link TorrentScope} is about. */
export interface TorrentScopeParts {
  readonly chunks: SessionXet
  readonly metainfo: Metainfo
  /** Where the files are that are not padding, in the order of the torrent. */
  readonly paths: () => readonly string[]
  readonly layout: Layout
  readonly picker: Pick<PiecePicker, 'have'>
  readonly store: Pick<PieceStore, 'read'>
}

/** One public torrent. */
export class TorrentScope implements ContentScope {
  readonly #parts: TorrentScopeParts
  /** Indexes of the files that are not padding: those have numbers. */
  readonly #numbered: readonly number[]
  /** By number. */
  #paths: readonly string[] = []
  #numbers: ReadonlyMap<string, number> = new Map()

  constructor(parts: TorrentScopeParts) {
    this.#parts = parts
    this.#numbered = placedFiles(parts.metainfo.files)
    this.relocated()
  }

  /** The files may have other paths than before. */
  relocated(): void {
    this.#paths = this.#parts.paths()
    this.#numbers = new Map(this.#paths.map((path, number) => [path, number]))
  }

  /** The number of a file in messages. */
  numberOf(fileIndex: number): number {
    return this.#numbered.indexOf(fileIndex)
  }

  /** The number of the file at this path; `undefined` = not of this torrent. */
  numberAt(path: string): number | undefined {
    return this.#numbers.get(path)
  }

  async chunksOf(name: XetFileName): Promise<FileChunks | undefined> {
    const { chunks, metainfo } = this.#parts
    const index = this.#indexOf(name)
    const file = index === undefined ? undefined : metainfo.files[index]
    if (index === undefined || file === undefined || !isComplete(file, this.#parts)) return undefined
    const found = await chunks.chunksOf(this.#paths[this.numberOf(index)]!)
    return found.size === file.length ? found : undefined
  }

  async find(hashes: Uint8Array): Promise<(ChunkPlace | undefined)[]> {
    const found = await this.#parts.chunks.index.find(hashes)
    return found.map((place) => (place !== undefined && this.#numbers.has(place.file.path) ? place : undefined))
  }

  places(hash: Uint8Array): Promise<readonly XetPlace[]> {
    return this.#parts.chunks.places(hash)
  }

  async blockHashes(first: number, count: number): Promise<Uint8Array | 'busy' | undefined> {
    const { chunks, layout, picker, store } = this.#parts
    const out = new Uint8Array(count * BLOCK_HASH_BYTES)
    const span: BlockSpan = { piece: 0 as PieceIndex, begin: 0, length: 0 }
    if (first + count > layout.blocks) return undefined
    if (chunks.blockHashing.takeUpTo(count) < count) return 'busy'
    for (let n = 0; n < count; n++) {
      const { piece, begin, length } = layout.blockSpan((first + n) as BlockId, span)
      if (!picker.have.has(piece)) return undefined
      if (length <= 0) continue
      const digest = hash('sha256', await store.read(piece, begin, length), 'buffer')
      out.set(digest, n * BLOCK_HASH_BYTES)
    }
    return out
  }

  #indexOf(name: XetFileName): number | undefined {
    if (name.by === 'number') return this.#numbered[name.number]
    const { files, xet } = this.#parts.metainfo
    return this.#numbered.find((index) => {
      const hash = name.by === 'root' ? files[index]?.piecesRoot : xet?.files.get(index)
      return hash !== undefined && bytesEqual(hash, name.hash)
    })
  }
}

/** Whether all pieces of a file are there, and there are any. */
export function isComplete(
  { offset, length }: Pick<MetainfoFile, 'offset' | 'length'>,
  { layout, picker }: Pick<TorrentScopeParts, 'layout' | 'picker'>,
): boolean {
  const last = Math.floor((offset + length - 1) / layout.nominalPieceLength)
  for (let piece = Math.floor(offset / layout.nominalPieceLength); piece <= last; piece++) {
    if (!picker.have.has(piece)) return false
  }
  return length > 0
}

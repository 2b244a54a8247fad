// What peers of a torrent may be told by cc_xet: of this torrent's own complete files, and where else public torrents have
// the same. Private torrents have no such scope at all.

import { join } from 'node:path'

import type { Metainfo } from '@ccbt/metainfo'
import { bytesEqual } from '@ccbt/primitives'
import type { Layout } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import type { XetFileName, XetPlace } from '@ccbt/wire-protocol'
import type { ChunkPlace, FileChunks } from '@ccbt/xet'

import type { ContentScope } from './responder.ts'
import type { SessionXet } from './session-xet.ts'

/** What a {@link TorrentScope} is about. */
export interface TorrentScopeParts {
  readonly chunks: SessionXet
  readonly metainfo: Metainfo
  readonly directory: string
  readonly layout: Layout
  readonly picker: Pick<PiecePicker, 'have'>
}

/** One public torrent. */
export class TorrentScope implements ContentScope {
  readonly #parts: TorrentScopeParts
  /** Indexes of the files that are not padding: those have numbers. */
  readonly #numbered: readonly number[]
  readonly #paths: ReadonlySet<string>

  constructor(parts: TorrentScopeParts) {
    this.#parts = parts
    const { files } = parts.metainfo
    this.#numbered = [...files.keys()].filter((index) => files[index]?.isPad !== true)
    this.#paths = new Set(this.#numbered.map((index) => this.#pathOf(index)))
  }

  /** The number of a file in messages. */
  numberOf(fileIndex: number): number {
    return this.#numbered.indexOf(fileIndex)
  }

  /** The number of the file at this path; `undefined` = not of this torrent. */
  numberAt(path: string): number | undefined {
    if (!this.#paths.has(path)) return undefined
    return this.#numbered.findIndex((index) => this.#pathOf(index) === path)
  }

  async chunksOf(name: XetFileName): Promise<FileChunks | undefined> {
    const { chunks, metainfo } = this.#parts
    const index = this.#indexOf(name)
    const file = index === undefined ? undefined : metainfo.files[index]
    if (index === undefined || file === undefined || file.length === 0 || !this.#isComplete(index)) return undefined
    const found = await chunks.chunksOf(this.#pathOf(index))
    return found.size === file.length ? found : undefined
  }

  async find(hashes: Uint8Array): Promise<(ChunkPlace | undefined)[]> {
    const found = await this.#parts.chunks.index.find(hashes)
    return found.map((place) => (place !== undefined && this.#paths.has(place.file.path) ? place : undefined))
  }

  places(hash: Uint8Array): Promise<readonly XetPlace[]> {
    return this.#parts.chunks.places(hash)
  }

  #indexOf(name: XetFileName): number | undefined {
    if (name.by === 'number') return this.#numbered[name.number]
    const { files, xet } = this.#parts.metainfo
    return this.#numbered.find((index) => {
      const hash = name.by === 'root' ? files[index]?.piecesRoot : xet?.files.get(index)
      return hash !== undefined && bytesEqual(hash, name.hash)
    })
  }

  #isComplete(fileIndex: number): boolean {
    const { layout, metainfo, picker } = this.#parts
    const { offset, length } = metainfo.files[fileIndex]!
    const last = Math.floor((offset + length - 1) / layout.nominalPieceLength)
    for (let piece = Math.floor(offset / layout.nominalPieceLength); piece <= last; piece++) {
      if (!picker.have.has(piece)) return false
    }
    return true
  }

  #pathOf(fileIndex: number): string {
    return join(this.#parts.directory, ...this.#parts.metainfo.files[fileIndex]!.path)
  }
}

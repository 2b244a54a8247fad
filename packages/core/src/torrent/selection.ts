// Which pieces are wanted, from which files are selected. A piece is wanted when any selected file has a byte in it.

import { CcbtError } from '@ccbt/primitives'
import type { Layout, PieceIndex } from '@ccbt/primitives'
import type { Metainfo } from '@ccbt/metainfo'
import type { PiecePicker } from '@ccbt/piece-picker'

/** What matters of a file here. */
export type SelectableFile = Pick<Metainfo['files'][number], 'offset' | 'length' | 'isPad'>

/** The selected files of a torrent. */
export class Selection {
  readonly #files: readonly SelectableFile[]
  readonly #layout: Layout
  readonly #selected: readonly boolean[]
  /** Bytes of all wanted pieces. */
  readonly length: number
  readonly #wanted: Uint8Array

  /** @throws TORRENT_SELECTION_INVALID */
  constructor(files: readonly SelectableFile[], layout: Layout, select: readonly number[] | undefined) {
    this.#files = files
    this.#layout = layout
    const chosen = new Set(select ?? files.keys())
    for (const index of chosen) {
      if (files[index] !== undefined) continue
      throw new CcbtError('TORRENT_SELECTION_INVALID', `there is no file ${index}; the torrent has ${files.length}`, {
        blame: 'input',
        context: { index, files: files.length },
      })
    }
    this.#selected = files.map((_, index) => chosen.has(index))
    this.#wanted = this.#wantedPieces()
    this.length = this.#measure()
  }

  hasFile(index: number): boolean {
    return this.#selected[index] ?? false
  }

  isWanted(piece: PieceIndex): boolean {
    return this.#wanted[piece] === 1
  }

  /** Lets a picker that knows nothing else pick no piece that is not wanted. */
  tell(picker: Pick<PiecePicker, 'setPriority'>): void {
    for (const [piece, isWanted] of this.#wanted.entries()) {
      if (isWanted === 0) picker.setPriority(piece as PieceIndex, 0)
    }
  }

  #wantedPieces(): Uint8Array {
    const wanted = new Uint8Array(this.#layout.pieces)
    const { nominalPieceLength } = this.#layout
    for (const [index, file] of this.#files.entries()) {
      if (!this.#selected[index] || file.length === 0 || file.isPad) continue
      const last = Math.floor((file.offset + file.length - 1) / nominalPieceLength)
      wanted.fill(1, Math.floor(file.offset / nominalPieceLength), last + 1)
    }
    return wanted
  }

  #measure(): number {
    let length = 0
    for (let piece = 0; piece < this.#wanted.length; piece++) {
      if (this.#wanted[piece] === 1) length += this.#layout.pieceLength(piece as PieceIndex)
    }
    return length
  }
}

// What is already on disk when a torrent starts. A resume record is believed for the files that have the size and time
// that it names; pieces in other files, and everything when there is no record, are hashed. Files that do not exist
// cost nothing. Then come the blocks of pieces that the run before had not completed.

import type { FileState, PartialPiece, PieceStore, StoreFile } from '@ccbt/disk-io'
import { Bitfield } from '@ccbt/primitives'
import type { Layout, PieceIndex } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'

import { filesMissing } from '../errors.ts'
import type { CheckMode } from '../options.ts'

/** What an earlier run knew. */
export interface KnownData {
  readonly pieces: Bitfield
  /** In the order of the torrent. */
  readonly files: readonly FileState[]
}

/** What a check works with and tells. */
export interface CheckDataOptions {
  readonly mode: CheckMode
  readonly store: Pick<PieceStore, 'fileStates' | 'recheck'>
  readonly layout: Layout
  readonly files: readonly StoreFile[]
  readonly isWanted: (fileIndex: number) => boolean
  readonly record: KnownData | undefined
  /** What was verified before must not be gone altogether, unless everything is hashed. */
  readonly expectsFiles: boolean
  /** Hashing begins: it may take a while. `pieces` = how many. */
  readonly onStart: (pieces: number) => void
  readonly onPiece: (piece: PieceIndex, isRight: boolean) => void
  readonly signal: AbortSignal
}

/**
 * Finds the pieces that are there. True when everything is as the record says, and every wanted file as it is to be. Rejects
 * with TORRENT_FILES_MISSING as `expectsFiles` says.
 */
export async function checkData(options: CheckDataOptions): Promise<boolean> {
  const { layout, mode, signal, onPiece } = options
  const known = mode === 'auto' ? options.record : undefined
  const { present, doubtful, isAsRecorded } = await survey(options, known)
  if (options.expectsFiles && known?.files.some(({ size }) => size > 0) && present.isEmpty) throw filesMissing()
  const toHash = new Bitfield(layout.pieces)
  for (let n = 0; n < layout.pieces; n++) {
    if (!present.has(n)) continue
    if (!doubtful.has(n)) {
      if (mode === 'skip' || known?.pieces.has(n) === true) onPiece(n as PieceIndex, true)
    } else if (mode !== 'skip') toHash.set(n)
  }
  if (toHash.isEmpty) return isAsRecorded
  options.onStart(toHash.count)
  await options.store.recheck({ pieces: toHash, signal, onPiece })
  return false
}

/** What is needed to bring partial pieces back. */
export interface RestoreOptions {
  readonly store: PieceStore
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly partials: readonly PartialPiece[]
  readonly signal: AbortSignal
}

/** Opens the wanted pieces that are not verified with the blocks that are there. Nobody is blamed when one is wrong. */
export async function restorePartials({ store, layout, picker, partials, signal }: RestoreOptions): Promise<void> {
  for (const partial of partials) {
    const piece = layout.piece(partial.piece)
    if (piece === undefined || picker.have.has(piece) || picker.priority(piece) === 0) continue
    const blocks = await store.restore(partial, signal)
    if (blocks !== undefined) picker.restored(piece, blocks)
  }
}

interface Survey {
  /** Pieces with a byte in a file that exists. */
  readonly present: Bitfield
  /** Pieces with a byte in a file that is not known to be as it was. */
  readonly doubtful: Bitfield
  readonly isAsRecorded: boolean
}

async function survey(options: CheckDataOptions, known: KnownData | undefined): Promise<Survey> {
  const { store, files, layout, mode, isWanted } = options
  const present = new Bitfield(layout.pieces)
  const doubtful = new Bitfield(layout.pieces)
  const states = await store.fileStates()
  let isAsRecorded = known !== undefined
  for (const [index, file] of files.entries()) {
    if (file.isPad) continue
    const state = states[index]
    if (isWanted(index) && !isFinal(file, state, known?.files[index])) isAsRecorded = false
    if (file.length === 0) continue
    const isThere = state !== undefined && state.exists && state.size > 0
    if (isThere) markPieces(present, file, layout)
    const isTrusted = mode === 'skip' ? state?.size === file.length : isThere && isSame(state, known?.files[index])
    if (!isTrusted) markPieces(doubtful, file, layout)
  }
  return { present, doubtful, isAsRecorded }
}

/** Whether nothing is left to be done to a file. Its mode is not looked at. */
function isFinal(file: StoreFile, state: FileState | undefined, known: FileState | undefined): boolean {
  return state !== undefined && isSame(state, known) && state.size === file.length && file.isExecutable !== true
}

function isSame(state: FileState, known: FileState | undefined): boolean {
  return known !== undefined && known.exists && state.size === known.size && state.mtimeNs === known.mtimeNs
}

function markPieces(pieces: Bitfield, file: StoreFile, layout: Layout): void {
  const last = Math.floor((file.offset + file.length - 1) / layout.nominalPieceLength)
  for (let piece = Math.floor(file.offset / layout.nominalPieceLength); piece <= last; piece++) pieces.set(piece)
}

/** Before a check: what is known comes from the disk alone. */
export function forgetPieces(layout: Layout, picker: PiecePicker, store: PieceStore): void {
  for (let n = 0; n < layout.pieces; n++) {
    picker.failed(n as PieceIndex)
    store.abandon(n as PieceIndex)
  }
}

// The content of the file that names the blocks on disk of pieces that are not complete. It claims nothing that is believed: the
// hash of each piece decides. So it need not survive a power loss; it names the boot in which it was written instead.

import { resolve } from 'node:path'

import { toHex } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'

import { bootId } from './boot-id.ts'
import { decodeChecked, encodeChecked, isCount } from './checked-text.ts'
import type { ResumeKey } from './resume-key.ts'
import type { PartialPiece } from './store-types.ts'

/** Blocks on disk of one torrent. */
export interface PartialRecord extends ResumeKey {
  readonly partials: readonly PartialPiece[]
  /** Whether the data was synced before: then it is there after a power loss too. */
  readonly isSynced: boolean
}

const HEADER = 'ccbt-partial 1'

/** The record as the bytes of its file. */
export function encodePartialRecord(record: PartialRecord): Buffer {
  return encodeChecked(HEADER, {
    infoHash: toHex(record.infoHash),
    directory: resolve(record.directory),
    bootId: record.isSynced ? '' : bootId(),
    partials: record.partials.map(({ piece, blocks }) => [piece, Buffer.from(blocks).toString('base64')]),
  })
}

/** The pieces in `bytes`; none when they are damaged, of another torrent, or unsynced and of another boot. */
export function decodePartialRecord(bytes: Uint8Array, key: ResumeKey): PartialPiece[] {
  const fields = decodeChecked(HEADER, bytes)
  if (fields?.['infoHash'] !== toHex(key.infoHash) || fields['directory'] !== resolve(key.directory)) return []
  if (fields['bootId'] !== '' && fields['bootId'] !== bootId()) return []
  return Array.isArray(fields['partials']) ? fields['partials'].flatMap(toPartial) : []
}

function toPartial(value: unknown): PartialPiece[] {
  if (!Array.isArray(value)) return []
  const [piece, blocks]: unknown[] = value
  if (!isCount(piece) || !Number.isInteger(piece) || typeof blocks !== 'string') return []
  // Whether the torrent has such a piece is for the caller to see.
  return [{ piece: piece as PieceIndex, blocks: new Uint8Array(Buffer.from(blocks, 'base64')) }]
}

// What the records of other programs say of the data: pieces that were verified, and until when a file must not have changed
// for that to hold. What is not said clearly counts as not verified.

import { asBytes, asDict, asInt, asList, asText } from '@ccbt/bencode'
import type { BencodeDict, BencodeValue } from '@ccbt/bencode'
import type { ForeignData } from '@ccbt/core'
import type { Metainfo } from '@ccbt/metainfo'
import { Bitfield } from '@ccbt/primitives'

/** Pieces, and the files for which they count. */
export type VerifiedPieces = Pick<ForeignData, 'verified' | 'isUnchanged'>

const BLOCK_LENGTH = 16_384
/** The last bytes may be written a little after a torrent is said to be complete. */
const WRITTEN_LATE_S = 60
const HAVE_BIT = 1
const NEVER = Number.NEGATIVE_INFINITY
const NOTHING = new Uint8Array(0)

/**
 * libtorrent has a byte for each piece and no times of files: those of a complete torrent were written before it was complete,
 * those of others before the record was (`writtenAtMs`).
 */
export function qbittorrentPieces(
  record: BencodeDict,
  metainfo: Metainfo,
  writtenAtMs: number,
): VerifiedPieces | undefined {
  const states = asBytes(record.get('pieces'))
  const verified = new Bitfield(pieceCount(metainfo))
  if (states?.length !== verified.size) return undefined
  for (const [piece, state] of states.entries()) if ((state & HAVE_BIT) !== 0) verified.set(piece)
  const completeS = asInt(record.get('completed_time')) ?? 0
  const untilMs = completeS > 0 ? Math.min(writtenAtMs, (completeS + WRITTEN_LATE_S) * 1000) : writtenAtMs
  return { verified, isUnchanged: (_, mtimeMs) => mtimeMs <= untilMs }
}

/**
 * Transmission has a bit for each block. Since 4.0 the times of the files tell when they have changed; before, it wrote
 * when all pieces of a file had been checked, or for files that were not complete something longer, which is not believed.
 */
export function transmissionPieces(record: BencodeDict, metainfo: Metainfo): VerifiedPieces | undefined {
  const progress = asDict(record.get('progress'))
  if (progress === undefined) return undefined
  const verified = piecesOfBlocks(progress.get('blocks'), metainfo)
  const checked = progress.has('pieces') ? bitsOf(progress.get('pieces'), pieceCount(metainfo)) : undefined
  if (verified === undefined || (progress.has('pieces') && checked === undefined)) return undefined
  for (let piece = 0; piece < verified.size; piece++) if (checked?.has(piece) === false) verified.clear(piece)
  const times = timesOf(progress.get('mtimes'), metainfo)
  if (times !== undefined) return { verified, isUnchanged: isAtTime(times) }
  const checks = timesOf(progress.get('time-checked'), metainfo)
  return checks && { verified, isUnchanged: (file, mtimeMs) => seconds(mtimeMs) <= (checks[file] || NEVER) }
}

/** rtorrent has a bit for each piece, or their number when it has all, and the time of each file (`HASH.torrent.libtorrent_resume`). */
export function rtorrentPieces(resume: BencodeDict, metainfo: Metainfo): VerifiedPieces | undefined {
  const count = pieceCount(metainfo)
  const bits = resume.get('bitfield')
  const verified = asInt(bits) === count ? full(count) : Bitfield.fromBytes(asBytes(bits) ?? NOTHING, count)
  if (verified === undefined || (asBytes(resume.get('uncertain_pieces'))?.length ?? 0) > 0) return undefined
  const times = asList(resume.get('files'))?.map((file) => asInt(asDict(file)?.get('mtime')))
  return times?.length === metainfo.files.length ? { verified, isUnchanged: isAtTime(times) } : undefined
}

function pieceCount({ totalLength, pieceLength }: Metainfo): number {
  return Math.ceil(totalLength / pieceLength)
}

function full(size: number): Bitfield {
  const bits = new Bitfield(size)
  bits.fill()
  return bits
}

/** `all`, `none`, or bits in wire order. */
function bitsOf(value: BencodeValue | undefined, size: number): Bitfield | undefined {
  const word = asText(value)
  if (word === 'all') return full(size)
  if (word === 'none') return new Bitfield(size)
  return Bitfield.fromBytes(asBytes(value) ?? NOTHING, size)
}

/** A piece counts when all of its blocks do. */
function piecesOfBlocks(value: BencodeValue | undefined, metainfo: Metainfo): Bitfield | undefined {
  const blocks = bitsOf(value, Math.ceil(metainfo.totalLength / BLOCK_LENGTH))
  if (blocks === undefined || metainfo.pieceLength % BLOCK_LENGTH !== 0) return undefined
  const perPiece = metainfo.pieceLength / BLOCK_LENGTH
  const pieces = full(pieceCount(metainfo))
  for (let block = 0; block < blocks.size; block++) {
    if (!blocks.has(block)) pieces.clear(Math.floor(block / perPiece))
  }
  return pieces
}

/** Of each file in seconds; a file without one is not believed. */
function timesOf(value: BencodeValue | undefined, { files }: Metainfo): (number | undefined)[] | undefined {
  const times = asList(value)?.map(asInt)
  return times?.length === files.length ? times : undefined
}

function isAtTime(times: readonly (number | undefined)[]): VerifiedPieces['isUnchanged'] {
  return (file, mtimeMs) => seconds(mtimeMs) === times[file]
}

function seconds(timeMs: number): number {
  return Math.floor(timeMs / 1000)
}

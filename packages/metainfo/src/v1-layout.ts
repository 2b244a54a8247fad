// The v1 part of an info dictionary (BEP 3): files in one byte space, SHA-1 piece hashes.

import { asBytes, type BencodeDict } from '@ccbt/bencode'
import { fieldInvalid, piecesMismatch } from './errors.ts'
import { lengthField, nameField, pathField, scalar } from './fields.ts'
import { endOf, fileLength, rawFile, type RawFile, type RawLayout } from './raw-file.ts'

/** Length of a SHA-1. */
export const HASH_LENGTH = 20

/** The files of `info`; throws METAINFO_* when they are not described properly. */
export function readV1Layout(info: BencodeDict, maxFiles: number): RawLayout {
  if (!info.has('files')) {
    const length = lengthField(info, 'length')
    const file = rawFile(info, { path: [nameField(info)], length, offset: 0 })
    return { files: [file], totalLength: length, isMultiFile: false }
  }
  const files = readFiles(info, maxFiles)
  return { files, totalLength: endOf(files.at(-1)!), isMultiFile: true }
}

function readFiles(info: BencodeDict, maxFiles: number): RawFile[] {
  const dicts = info.dicts('files', maxFiles)
  if (dicts === undefined) throw fieldInvalid('files', `is not a list of at most ${maxFiles} files`)
  if (dicts.length === 0) throw fieldInvalid('files', 'is empty')
  let offset = 0
  return dicts.map((dict) => {
    const length = fileLength(dict)
    const file = rawFile(dict, { path: pathField(dict, 'path'), length, offset })
    offset += length
    if (!Number.isSafeInteger(offset)) throw fieldInvalid('length', 'adds up to more than can be counted')
    return file
  })
}

/** The piece hashes: a view. Throws METAINFO_PIECES_MISMATCH unless there is exactly one for each piece. */
export function readPieceHashes(info: BencodeDict, pieces: number): Uint8Array {
  const hashes = asBytes(scalar(info, 'pieces'))
  if (hashes === undefined) throw fieldInvalid('pieces', 'is missing')
  checkPieceHashes(hashes, pieces)
  return hashes
}

/** Throws METAINFO_PIECES_MISMATCH unless `hashes` holds exactly one SHA-1 for each piece. */
export function checkPieceHashes(hashes: Uint8Array, pieces: number): void {
  if (hashes.length % HASH_LENGTH !== 0) throw fieldInvalid('pieces', 'is not a list of 20-byte hashes')
  if (hashes.length !== pieces * HASH_LENGTH) throw piecesMismatch(pieces, hashes.length / HASH_LENGTH)
}

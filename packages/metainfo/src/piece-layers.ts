// The `piece layers` of a v2 torrent (BEP 52): the hashes of each long file's pieces, worth something only when they
// hash up to the file's root, which is what is proven here.

import { hash } from 'node:crypto'
import { asBytes, asDict, keyOf, type BencodeDict } from '@ccbt/bencode'
import { BLOCK_LENGTH, bytesEqual, toHex } from '@ccbt/primitives'
import { layersInvalid } from './errors.ts'
import { scalar } from './fields.ts'
import type { RawFile } from './raw-file.ts'
import { ROOT_LENGTH } from './v2-layout.ts'

/** The proven layers by hexadecimal root. Throws METAINFO_LAYERS_INVALID when one is missing, wrong or too many. */
export function readPieceLayers(
  root: BencodeDict,
  files: readonly RawFile[],
  pieceLength: number,
): ReadonlyMap<string, Uint8Array> {
  const given = asDict(root.get('piece layers'))
  const layers = new Map<string, Uint8Array>()
  for (const { piecesRoot, length } of files) {
    if (piecesRoot === undefined || length <= pieceLength) continue
    const key = toHex(piecesRoot)
    const layer = layers.get(key) ?? (given === undefined ? undefined : asBytes(scalar(given, keyOf(piecesRoot))))
    if (layer?.length !== Math.ceil(length / pieceLength) * ROOT_LENGTH) {
      throw layersInvalid('the piece hashes of a file are missing or not as many as its pieces')
    }
    if (!layers.has(key)) prove(layer, piecesRoot, pieceLength)
    layers.set(key, layer)
  }
  if ((given?.size ?? 0) > layers.size) throw layersInvalid('piece hashes of an unknown file')
  return layers
}

function prove(layer: Uint8Array, piecesRoot: Uint8Array, pieceLength: number): void {
  const padding = merkleRoot(new Uint8Array((pieceLength / BLOCK_LENGTH) * ROOT_LENGTH), new Uint8Array(ROOT_LENGTH))
  if (!bytesEqual(merkleRoot(layer, padding), piecesRoot)) {
    throw layersInvalid('the piece hashes of a file do not belong to it')
  }
}

/**
 * The root of the tree over `hashes` (32 bytes each), filled up to a power of two with `padding`, the hash of a
 * subtree of nothing at this level.
 */
function merkleRoot(hashes: Uint8Array, padding: Uint8Array): Uint8Array {
  let level = hashes
  let empty = padding
  while (level.length > ROOT_LENGTH) {
    const pairs = Math.ceil(level.length / (2 * ROOT_LENGTH))
    const above = new Uint8Array(pairs * ROOT_LENGTH)
    for (let pair = 0; pair < pairs; pair++) {
      const both = level.subarray(2 * pair * ROOT_LENGTH, 2 * (pair + 1) * ROOT_LENGTH)
      above.set(both.length === ROOT_LENGTH ? sha256Pair(both, empty) : sha256(both), pair * ROOT_LENGTH)
    }
    empty = sha256Pair(empty, empty)
    level = above
  }
  return level
}

function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

function sha256Pair(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([left, right]))
}

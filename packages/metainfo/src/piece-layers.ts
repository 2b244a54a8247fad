// The `piece layers` of a v2 torrent (BEP 52): the hashes of each long file's pieces, worth something only when they
// hash up to the file's root, which is what is proven here.

import { asBytes, asDict, keyOf, type BencodeDict } from '@ccbt/bencode'
import { bytesEqual, toHex } from '@ccbt/primitives'
import { layersInvalid } from './errors.ts'
import { scalar } from './fields.ts'
import { pieceLayerOf } from './file-hashes.ts'
import { HASH_BYTES, merkleRoot } from './merkle.ts'
import type { RawFile } from './raw-file.ts'

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
    if (layer?.length !== Math.ceil(length / pieceLength) * HASH_BYTES) {
      throw layersInvalid('the piece hashes of a file are missing or not as many as its pieces')
    }
    if (!layers.has(key)) proveLayer(layer, piecesRoot, pieceLength)
    layers.set(key, layer)
  }
  if ((given?.size ?? 0) > layers.size) throw layersInvalid('piece hashes of an unknown file')
  return layers
}

/** Throws METAINFO_LAYERS_INVALID unless the piece hashes lead to the root. */
export function proveLayer(layer: Uint8Array, piecesRoot: Uint8Array, pieceLength: number): void {
  if (!bytesEqual(merkleRoot(layer, pieceLayerOf(pieceLength)), piecesRoot)) {
    throw layersInvalid('the piece hashes of a file do not belong to it')
  }
}

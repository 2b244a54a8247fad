// Writing torrent files: v1 (BEP 3), v2 and hybrid (BEP 52), with the attributes of BEP 47.

import { encode, type Encodable } from '@ccbt/bencode'
import { toHex } from '@ccbt/primitives'
import { fileTree, leafAttributes } from './file-tree.ts'
import { checkSpec, type TorrentSpec } from './spec.ts'
import { xetField } from './xet-hashes.ts'

/**
 * The bytes of a torrent file, the same for the same description. Throws METAINFO_FIELD_INVALID and other METAINFO_*
 * when the description is not one of a torrent.
 * @example
 * const pieceHashes = hash('sha1', data, 'buffer')
 * buildTorrent({ name: 'a', files: [{ path: ['a'], length: 5 }], isMultiFile: false, pieceLength: 16384, pieceHashes })
 */
export function buildTorrent(spec: TorrentSpec): Uint8Array {
  checkSpec(spec)
  return encode({
    ...trackerFields(spec.trackers ?? []),
    comment: spec.comment,
    'created by': spec.createdBy,
    'creation date': spec.creationDate,
    info: infoOf(spec),
    'piece layers': spec.kind === 'v2' || spec.kind === 'hybrid' ? layersOf(spec) : undefined,
    ...seedFields(spec.webSeeds ?? []),
    ...xetField(spec.files),
  })
}

/** The tracker fields of a torrent file: `announce-list` only when it says more than `announce` (BEP 12). */
export function trackerFields(
  trackers: readonly (readonly string[])[],
): Record<'announce' | 'announce-list', Encodable | undefined> {
  const urls = trackers.flat()
  const tiers = trackers.filter((tier) => tier.length > 0)
  return { announce: urls[0], 'announce-list': urls.length > 1 ? tiers : undefined }
}

/** The web seeds of a torrent file (BEP 19). */
export function seedFields(webSeeds: readonly string[]): Record<'url-list', Encodable | undefined> {
  return { 'url-list': webSeeds.length > 0 ? webSeeds : undefined }
}

function infoOf(spec: TorrentSpec): Encodable {
  const { kind = 'v1', similar = [], collections = [] } = spec
  return {
    ...(kind === 'v2' ? {} : v1Fields(spec)),
    ...(kind === 'v1' ? {} : { 'file tree': fileTree(spec), 'meta version': 2 }),
    collections: collections.length > 0 ? collections : undefined,
    name: spec.name,
    'piece length': spec.pieceLength,
    private: spec.isPrivate === true ? 1 : undefined,
    similar: similar.length > 0 ? similar : undefined,
    source: spec.source,
  }
}

function v1Fields({ files, isMultiFile, pieceHashes }: TorrentSpec): Record<string, Encodable | undefined> {
  if (!isMultiFile) {
    const file = files[0]!
    return { ...leafAttributes(file), length: file.length, pieces: pieceHashes }
  }
  const list = files.map((file) => ({ ...leafAttributes(file), length: file.length, path: file.path }))
  return { files: list, pieces: pieceHashes }
}

/** By root, once for files of the same content. */
function layersOf({ files }: TorrentSpec): Encodable {
  const layers = new Map<string, [Uint8Array, Uint8Array]>()
  for (const { hashes, length } of files) {
    if (hashes === undefined || length === 0 || hashes.pieceLayer.length === 0) continue
    layers.set(toHex(hashes.piecesRoot), [hashes.piecesRoot, hashes.pieceLayer])
  }
  return new Map(layers.values())
}

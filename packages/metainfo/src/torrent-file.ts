// A torrent file around an info dictionary that stays byte by byte as it is: it may be written in a way that no encoder
// would choose, and the info-hash is of just those bytes.

import { encode, keyBytes } from '@ccbt/bencode'
import { concatBytes, fromHex } from '@ccbt/primitives'
import { seedFields, trackerFields } from './build.ts'

/** What goes into the file. */
export interface TorrentFileParts {
  /** The info dictionary as it was written. */
  readonly infoBytes: Uint8Array
  /** Tiers of announce URLs. */
  readonly trackers: readonly (readonly string[])[]
  readonly webSeeds: readonly string[]
  /** Hashes of the pieces of v2 files by hexadecimal root, all of them or none; see `Metainfo`. */
  readonly pieceLayers?: ReadonlyMap<string, Uint8Array>
}

/** The bytes of a torrent file. */
export function encodeTorrentFile({ infoBytes, trackers, webSeeds, pieceLayers }: TorrentFileParts): Uint8Array {
  const layers = [...(pieceLayers ?? [])].map(([root, layer]) => [fromHex(root)!, layer] as const)
  const fields = {
    ...trackerFields(trackers),
    ...seedFields(webSeeds),
    'piece layers': layers.length > 0 ? new Map(layers) : undefined,
  }
  const entries = new Map([['info', infoBytes]])
  for (const [key, field] of Object.entries(fields)) if (field !== undefined) entries.set(key, encode(field))
  return dictOf(entries)
}

/** A dictionary of encoded values. Keys have one character for each byte, so their order is that of the bytes. */
export function dictOf(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts = [keyBytes('d')]
  for (const key of [...entries.keys()].sort()) parts.push(encode(keyBytes(key)), entries.get(key)!)
  return concatBytes([...parts, keyBytes('e')])
}

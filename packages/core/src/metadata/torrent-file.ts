// The torrent file of a torrent that came without one: the info dictionary byte by byte as peers sent it, and around it
// what the magnet link said.

import { concatBytes } from '@ccbt/primitives'

/** What goes into the file. */
export interface TorrentFileParts {
  /** The info dictionary as it was written. */
  readonly infoBytes: Uint8Array
  /** Tiers of announce URLs. */
  readonly trackers: readonly (readonly string[])[]
  readonly webSeeds: readonly string[]
}

/** The bytes of a torrent file; keys are in the order of bencode. */
export function encodeTorrentFile({ infoBytes, trackers, webSeeds }: TorrentFileParts): Uint8Array {
  const first = trackers.flat()[0]
  const before = [
    'd',
    ...(first === undefined ? [] : [text('announce'), text(first)]),
    ...(first === undefined ? [] : [text('announce-list'), list(trackers.map((tier) => list(tier.map(text))))]),
    text('info'),
  ]
  const after = [...(webSeeds.length === 0 ? [] : [text('url-list'), list(webSeeds.map(text))]), 'e']
  return concatBytes([Buffer.from(before.join('')), infoBytes, Buffer.from(after.join(''))])
}

function text(value: string): string {
  return `${Buffer.byteLength(value)}:${value}`
}

function list(items: readonly string[]): string {
  return `l${items.join('')}e`
}

// What a magnet link says, in the terms of a torrent.

import { hash } from 'node:crypto'

import { displayText } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { bug, bytesEqual, toHex } from '@ccbt/primitives'

import { nothingSelected } from '../errors.ts'
import { filesByPatterns } from '../torrent/file-patterns.ts'
import type { FilePatterns, PatternFile } from '../torrent/file-patterns.ts'

/** The 20 bytes that peers and trackers know the torrent by: the v1 hash, without one the start of the v2 hash. */
export function wireHashOf(magnet: Magnet): Uint8Array {
  const wireHash = magnet.infoHashV1 ?? magnet.infoHashV2?.subarray(0, 20)
  if (wireHash === undefined) throw bug('magnet without a hash')
  return wireHash
}

/** The name to show until the real one is known; safe to print. */
export function nameOf(magnet: Magnet): string {
  return magnet.name === undefined || magnet.name === '' ? toHex(wireHashOf(magnet)) : displayText(magnet.name)
}

/** Whether an info dictionary is the one that the link means: every hash in the link is its hash. */
export function isInfoOf(magnet: Magnet, infoBytes: Uint8Array): boolean {
  const { infoHashV1, infoHashV2 } = magnet
  const isV1 = infoHashV1 === undefined || bytesEqual(hash('sha1', infoBytes, 'buffer'), infoHashV1)
  return isV1 && (infoHashV2 === undefined || bytesEqual(hash('sha256', infoBytes, 'buffer'), infoHashV2))
}

/** The same torrent with the link's trackers and web seeds behind its own. */
export function withSourcesOf(magnet: Magnet, metainfo: Metainfo): Metainfo {
  const known = new Set(metainfo.trackers.flat())
  const trackers = magnet.trackers.filter((url) => !known.has(url)).map((url) => [url])
  return {
    ...metainfo,
    trackers: [...metainfo.trackers, ...trackers],
    webSeeds: [...new Set([...metainfo.webSeeds, ...magnet.webSeeds])],
  }
}

/**
 * The files that the link chooses (BEP 53), as far as the user's patterns allow them; undefined when it chooses none that
 * exist. @throws TORRENT_NOTHING_SELECTED when the patterns leave none.
 */
export function selectedFiles(
  magnet: Magnet,
  files: readonly PatternFile[],
  patterns: FilePatterns,
): number[] | undefined {
  const chosen = new Set<number>()
  for (const { first, last } of magnet.selected) {
    for (let index = first; index <= Math.min(last, files.length - 1); index++) chosen.add(index)
  }
  if (chosen.size === 0) return undefined
  const allowed = filesByPatterns(files, patterns)
  const left = [...(allowed === undefined ? chosen : chosen.intersection(new Set(allowed)))]
  if (left.length === 0) throw nothingSelected(files.length)
  return left.sort((a, b) => a - b)
}

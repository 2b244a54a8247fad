// A torrent of random bytes for a simulation.

import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { seededRandom } from '@ccbt/primitives'

import { sha1 } from './disk-state.ts'

export interface Payload {
  readonly metainfo: Metainfo
  readonly bytes: Uint8Array
  readonly pieces: number
}

/** One file of `length` bytes. */
export function randomPayload(options: { length: number; pieceLength: number; seed?: number }): Payload {
  const { length, pieceLength } = options
  const random = seededRandom(options.seed ?? 1)
  const words = new Uint32Array(Math.ceil(length / 4))
  for (let i = 0; i < words.length; i++) words[i] = random.u32()
  const bytes = new Uint8Array(words.buffer, 0, length)
  const hashes: Buffer[] = []
  for (let at = 0; at < length; at += pieceLength) hashes.push(sha1(bytes.subarray(at, at + pieceLength)))
  const torrent = buildTorrent({
    name: 'one.bin',
    files: [{ path: ['one.bin'], length }],
    isMultiFile: false,
    pieceLength,
    pieceHashes: Buffer.concat(hashes),
    trackers: [],
  })
  return { metainfo: parseTorrent(torrent), bytes, pieces: hashes.length }
}

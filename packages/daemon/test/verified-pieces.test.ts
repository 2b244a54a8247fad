// What the records of other programs vouch for. The torrent has two files of 20,000 bytes in three pieces of 16 KiB.

import { decode, asDict, encode } from '@ccbt/bencode'
import type { BencodeDict, Encodable } from '@ccbt/bencode'
import { parseTorrent } from '@ccbt/metainfo'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { qbittorrentPieces, rtorrentPieces, transmissionPieces } from '../src/import/verified-pieces.ts'
import type { VerifiedPieces } from '../src/import/verified-pieces.ts'
import { makeTorrent, temporaryFolder } from './rpc-support.ts'

const WRITTEN_MS = 2_000_000
const [ALL, NONE, FIRST] = [[0, 1, 2], [], [0]]

function dict(record: Encodable): BencodeDict {
  const value = asDict(decode(encode(record)).value)
  expect(value).toBeDefined()
  return value!
}

const READERS = { qbittorrent: qbittorrentPieces, transmission: transmissionPieces, rtorrent: rtorrentPieces }

function read(program: keyof typeof READERS, record: Encodable): VerifiedPieces | undefined {
  const metainfo = parseTorrent(makeTorrent(temporaryFolder(), 'folder', ['a', 'b']))
  return READERS[program](dict(record), metainfo, WRITTEN_MS)
}

const progress = (fields: Encodable): Encodable => ({ progress: fields })
const bits = (byte: number): Uint8Array => Uint8Array.of(byte)
const files = (...mtimes: readonly number[]): Encodable => mtimes.map((mtime) => ({ mtime, completed: 1 }))

it.each<[keyof typeof READERS, Encodable, readonly number[], good: readonly number[], bad: readonly number[]]>([
  // Of each file, a time in milliseconds that is believed, and one that is not.
  ['qbittorrent', { pieces: '\u0001\u0003\u0001', completed_time: 1000 }, ALL, [1_060_000, 5], [1_060_001, 2_000_001]],
  ['qbittorrent', { pieces: '\u0001\u0000\u0002' }, FIRST, [2_000_000, 5], [2_000_001, 2_000_001]],
  ['qbittorrent', { pieces: '\u0001\u0000\u0000', completed_time: -5 }, FIRST, [2_000_000, 5], [2_000_001, 3_000_000]],
  ['transmission', progress({ blocks: 'all', 'time-checked': [7, 9] }), ALL, [7999, 9000], [8000, 10_000]],
  ['transmission', progress({ blocks: 'none', mtimes: [7, 9] }), NONE, [7000, 9500], [6999, 10_000]],
  ['transmission', progress({ blocks: bits(0x80), pieces: 'all', mtimes: [7, 9] }), FIRST, [7000, 9500], [8000, 8999]],
  ['transmission', progress({ blocks: 'all', pieces: bits(0x80), mtimes: [7, 9] }), FIRST, [7000, 9500], [8000, 8999]],
  ['rtorrent', { bitfield: 3, files: files(7, 9) }, ALL, [7000, 9999], [6999, 10_000]],
  ['rtorrent', { bitfield: bits(0x80), files: files(7, 9) }, FIRST, [7000, 9999], [8000, 8999]],
])('%s: %j', (program, record, pieces, good, bad) => {
  const found = read(program, record)
  expect(found).toBeDefined()
  expect([0, 1, 2].filter((piece) => found!.verified.has(piece))).toEqual(pieces)
  expect(good.map((timeMs, file) => found!.isUnchanged(file, timeMs))).toEqual([true, true])
  expect(bad.map((timeMs, file) => found!.isUnchanged(file, timeMs))).toEqual([false, false])
})

it.each([[[7, 1, 0]], [0]])(
  'files of Transmission that were checked piece by piece or never (%j) are not believed',
  (time) => {
    const found = read('transmission', progress({ blocks: 'all', 'time-checked': [time, 9] }))
    expect([found!.isUnchanged(0, 5), found!.isUnchanged(1, 5)]).toEqual([false, true])
  },
)

it.each<[keyof typeof READERS, Encodable]>([
  ['qbittorrent', {}],
  ['qbittorrent', { pieces: '\u0001\u0001' }],
  ['transmission', {}],
  ['transmission', progress({ blocks: 'all' })],
  ['transmission', progress({ blocks: 'all', mtimes: [7] })],
  ['transmission', progress({ blocks: bits(0x81), mtimes: [7, 9] })],
  ['transmission', progress({ blocks: 'all', pieces: 'some', mtimes: [7, 9] })],
  ['rtorrent', { bitfield: 2, files: files(7, 9) }],
  ['rtorrent', { bitfield: 'all', files: files(7, 9) }],
  ['rtorrent', { bitfield: 3, files: files(7) }],
  ['rtorrent', { bitfield: 3, files: files(7, 9), uncertain_pieces: bits(0) }],
])('%s: %j says nothing', (program, record) => {
  expect(read(program, record)).toBeUndefined()
})

it('no record makes the readers fail', () => {
  const leaf = fc.oneof(fc.integer(), fc.constantFrom('all', 'none', ''), fc.uint8Array({ maxLength: 4 }))
  const value = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.constantFrom('blocks', 'pieces', 'mtimes'), leaf))
  const key = fc.constantFrom('pieces', 'completed_time', 'progress', 'bitfield', 'files', 'uncertain_pieces')
  const metainfo = parseTorrent(makeTorrent(temporaryFolder(), 'folder', ['a', 'b']))
  fc.assert(
    fc.property(fc.dictionary(key, value), (record) => {
      for (const reader of Object.values(READERS)) reader(dict(record), metainfo, WRITTEN_MS)?.isUnchanged(0, 0)
    }),
  )
})

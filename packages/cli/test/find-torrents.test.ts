import type { TorrentRow } from '@ccbt/rpc-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findTorrent, findTorrents } from '../src/daemon/find-torrents.ts'
import { torrentRow } from './fixtures.ts'

const rows: readonly TorrentRow[] = [
  torrentRow({ id: 1, infoHash: 'c0ffee'.padEnd(40, '1'), name: 'debian-12.iso' }),
  torrentRow({ id: 2, infoHash: 'c0ffee'.padEnd(40, '2'), name: 'debian-13.iso' }),
  torrentRow({ id: 30, infoHash: '123456'.padEnd(40, '0'), name: '2' }),
  torrentRow({ id: 4, infoHash: 'f'.repeat(40), name: 'What? [FLAC] *best*' }),
]

function ids(...words: string[]): number[] {
  return findTorrents(words, rows).map(({ id }) => id)
}

describe('the torrents that are meant', () => {
  it.each([
    [['1'], [1]],
    // A number before a name.
    [['2'], [2]],
    [
      ['30', '1', '30'],
      [30, 1],
    ],
    [['123456'], [30]],
    [['C0FFEE1'], [1]],
    [['f'.repeat(40)], [4]],
    [['debian-12.iso'], [1]],
    [['DEBIAN-13'], [2]],
    [
      ['debian*', '1'],
      [1, 2],
    ],
    [['*'], [1, 2, 30, 4]],
    [['all'], [1, 2, 30, 4]],
    // A name is found although it looks like a pattern.
    [['What? [FLAC] *best*'], [4]],
    [['[FLAC]'], [4]],
  ])('%j are %j', (words, expected) => {
    expect(ids(...words)).toEqual(expected)
  })

  it.each(['', '99', 'nothing', 'none*', 'abcdef', '\x1b[2J'])('%j is none', (word) => {
    expect(() => ids(word)).toThrow(expect.objectContaining({ code: 'CLI_TORRENT_UNKNOWN' }))
  })

  it.each(['debian', 'c0ffee', 'ISO'])('%j is several, and nothing is done to any', (word) => {
    expect(() => ids('1', word)).toThrow(expect.objectContaining({ code: 'CLI_TORRENT_AMBIGUOUS' }))
  })

  it('one is not a pattern of two', () => {
    expect(findTorrent('debian-12*', rows).id).toBe(1)
    expect(() => findTorrent('debian*', rows)).toThrow(/is 2 torrents: 1 debian-12.iso, 2 debian-13.iso/)
  })

  it('every number and every whole hash finds its own', () => {
    const hash = fc.stringMatching(/^[\da-f]{40}$/)
    fc.assert(
      fc.property(fc.uniqueArray(hash, { minLength: 1, maxLength: 20 }), (hashes) => {
        const many = hashes.map((infoHash, at) => torrentRow({ id: at + 1, infoHash, name: 'same name' }))
        for (const row of many) {
          expect(findTorrents([String(row.id)], many)).toEqual([row])
          expect(findTorrents([row.infoHash.toUpperCase()], many)).toEqual([row])
        }
      }),
    )
  })
})

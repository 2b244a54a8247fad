// The pure parts of web seeds.

import { parseTorrent } from '@ccbt/metainfo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { byteSpaceOf } from '../src/torrent/byte-space.ts'
import { seedTorrentOf, shownUrl, webSeedsOf } from '../src/download/web-seeds/addresses.ts'
import { blockRanges } from '../src/download/web-seeds/block-ranges.ts'
import { RestRule } from '../src/download/web-seeds/rest-rule.ts'
import { BLOCK, fixture } from './support.ts'

describe('the web seeds of a torrent', () => {
  const { metainfo } = fixture({ lengths: [1], pieceLength: BLOCK })

  it('are those of the user, of both lists of the torrent, each once', () => {
    const webSeeds = ['http://a/', 'http://b/']
    const all = webSeedsOf({ ...metainfo, webSeeds, httpSeeds: ['http://c/x', 'http://c/x'] }, ['http://b/'])
    expect(all).toEqual([
      { url: 'http://b/', style: 'url-list' },
      { url: 'http://a/', style: 'url-list' },
      { url: 'http://c/x', style: 'httpseeds' },
    ])
  })

  it('know files by their names in the torrent, which cannot all be used on a disk', () => {
    const info = (files: string): Uint8Array =>
      Buffer.from(`d4:infod${files}12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`)
    const multi = parseTorrent(info('5:filesld6:lengthi1e4:pathl3:a:b4:c?.deee4:name3:N*M'))
    expect(multi.files[0]!.path).not.toEqual(['N*M', 'a:b', 'c?.d'])
    expect(seedTorrentOf(multi, byteSpaceOf(multi))).toMatchObject({ name: 'N*M', files: [{ path: ['a:b', 'c?.d'] }] })
    const single = parseTorrent(info('6:lengthi1e4:name3:N*M'))
    expect(seedTorrentOf(single, byteSpaceOf(single))).toMatchObject({
      name: 'N*M',
      isMultiFile: false,
      files: [{ path: ['N*M'] }],
    })
  })

  it.each([
    ['https://user:secret@host:8080/a/b?token=1#x', 'https://host:8080/a/b'],
    ['http://host', 'http://host/'],
    ['no url', 'not a URL'],
  ])('%s is shown without secrets', (url, shown) => {
    expect(shownUrl(url)).toBe(shown)
  })
})

describe('blockRanges', () => {
  it('holds each block once, in order, in as few ranges as there can be', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 40 })), (blocks) => {
        const ranges = blockRanges(blocks)
        const all = ranges.flatMap(({ first, count }) => Array.from({ length: count }, (_, n) => first + n))
        expect(all).toEqual(blocks.toSorted((a, b) => a - b))
        const gaps = all.filter((block, n) => n > 0 && block !== all[n - 1]! + 1).length
        expect(ranges.length).toBe(blocks.length === 0 ? 0 : gaps + 1)
      }),
    )
  })
})

describe('RestRule', () => {
  const measured = (...bps: number[]): RestRule => {
    const rule = new RestRule()
    for (const rate of bps) rule.measured(rate)
    return rule
  }

  it.each([
    ['before it is known how fast they are', measured(10, 10), { senders: 9, bps: 1000 }, false],
    ['while four peers do better', measured(10, 30, 20), { senders: 4, bps: 31 }, true],
    ['not while peers do no better than at their best', measured(10, 30, 20), { senders: 9, bps: 30 }, false],
    ['not while there are few peers', measured(10, 30, 20), { senders: 3, bps: 1000 }, false],
  ])('%s', (_, rule, peers, isResting) => {
    expect(rule.isResting(peers)).toBe(isResting)
  })
})

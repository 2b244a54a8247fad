import { parseInfo, parseTorrent } from '@ccbt/metainfo'
import { encode } from '@ccbt/bencode'
import { describe, expect, it } from 'vitest'
import { parse, singleInfo } from './torrents.ts'

const hash = (byte: number): Uint8Array => new Uint8Array(20).fill(byte)

describe('related torrents (BEP 38)', () => {
  it('are read from the info and from beside it, each once', () => {
    const info = singleInfo({ similar: [hash(1), hash(2)], collections: ['one', 'zwei ü'] })
    const metainfo = parse(info, { similar: [hash(2), hash(3)], collections: ['one', 'three'] })
    expect(metainfo.similar).toEqual([hash(1), hash(2), hash(3)])
    expect(metainfo.collections).toEqual(['one', 'zwei ü', 'three'])
    expect(parseInfo(encode(info))).toMatchObject({ similar: [hash(1), hash(2)], collections: ['one', 'zwei ü'] })
  })

  it('are none when there are none', () => {
    expect(parse(singleInfo())).toMatchObject({ similar: [], collections: [] })
  })

  it.each([
    ['no lists', { similar: 1, collections: 'x' }],
    ['other things', { similar: [1, 'short', [hash(1)]], collections: [5, '', 'x'.repeat(2000)] }],
    ['far too many', { similar: Array.from({ length: 20_000 }, () => hash(1)) }],
  ])('are none when they are %s', (_, fields) => {
    expect(parse(singleInfo(fields))).toMatchObject({ similar: [], collections: [] })
  })

  it('are at most a hundred', () => {
    const many = Array.from({ length: 300 }, (_, n) => n)
    const metainfo = parseTorrent(
      encode({
        info: singleInfo({ collections: many.map(String) }),
        similar: many.map((n) => new Uint8Array(Buffer.from(String(n).padStart(20)))),
      }),
    )
    expect([metainfo.similar.length, metainfo.collections.length]).toEqual([100, 100])
  })
})

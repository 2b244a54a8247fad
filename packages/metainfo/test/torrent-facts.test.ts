import { describe, expect, it } from 'vitest'

import { buildTorrent, parseMagnet, parseTorrent, torrentFacts } from '../src/index.ts'

const V1 = 'ab'.repeat(20)
const V2 = 'cd'.repeat(32)

describe('the facts of a torrent', () => {
  it('are those of its file, with the hosts of the trackers that are asked', () => {
    const bytes = buildTorrent({
      name: 'film',
      files: [{ path: ['film'], length: 16_384 }],
      isMultiFile: false,
      pieceLength: 16_384,
      pieceHashes: new Uint8Array(20),
      trackers: [['http://One.example:80/announce'], ['udp://two.example:6969']],
    })
    const torrent = parseTorrent(bytes)
    const facts = { name: 'film', size: 16_384, isPrivate: false, trackerHosts: ['one.example', 'two.example'] }
    expect(torrentFacts(torrent)).toMatchObject(facts)
    expect(torrentFacts(torrent, [['wss://mine.example', 'nonsense']]).trackerHosts).toEqual(['mine.example'])
    expect(torrentFacts(torrent, []).trackerHosts).toEqual([])
  })

  it.each([
    [`magnet:?xt=urn:btih:${V1}&xt=urn:btmh:1220${V2}&tr=http://a.example/x`, V1, ['a.example']],
    [`magnet:?xt=urn:btmh:1220${V2}`, V2.slice(0, 40), []],
  ])('of %s are no more than it says', (link, infoHash, trackerHosts) => {
    expect(torrentFacts(parseMagnet(link))).toEqual({ infoHash, trackerHosts })
  })
})

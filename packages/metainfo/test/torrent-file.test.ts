import { buildTorrent, encodeTorrentFile, parseTorrent } from '@ccbt/metainfo'
import { describe, expect, it } from 'vitest'
import { content, specOf } from './content.ts'

describe('encodeTorrentFile', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)('puts a %s torrent together again from its parts', (kind) => {
    const files = [content('a', 100_000), content('b', 40_000), content('c', 5)]
    const spec = specOf('t', files, { kind, pieceLength: 16_384 })
    const bytes = buildTorrent({
      ...spec,
      trackers: [['http://a.example/'], ['udp://b.example:1']],
      webSeeds: ['http://w.example/'],
    })
    expect(encodeTorrentFile(parseTorrent(bytes))).toEqual(bytes)
  })

  it('says nothing of trackers and seeds that are not there', () => {
    const bytes = encodeTorrentFile({ infoBytes: new TextEncoder().encode('de'), trackers: [], webSeeds: [] })
    expect(new TextDecoder().decode(bytes)).toBe('d4:infodee')
  })
})

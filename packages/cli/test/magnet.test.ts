import { hash } from 'node:crypto'
import { buildTorrent, parseMagnet, parseTorrent } from '@ccbt/metainfo'
import { describe, expect, it } from 'vitest'
import { magnetLink } from '../src/commands/magnet.ts'
import { eventText, progressFields, progressOf } from '../src/output/event-text.ts'
import { snapshot } from './fixtures.ts'

const metainfo = parseTorrent(
  buildTorrent({
    name: 'ein Name & mehr',
    files: [{ path: ['x'], length: 5 }],
    isMultiFile: false,
    pieceLength: 16_384,
    pieceHashes: hash('sha1', 'hello', 'buffer'),
    trackers: [['http://a.example/announce', 'udp://b.example:1/'], ['udp://c.example:2/']],
    webSeeds: ['http://d.example/x'],
  }),
)

describe('ccbt magnet', () => {
  it('makes a link that says what the torrent says', () => {
    const link = magnetLink(metainfo, { trackers: true })
    expect(link).toMatch(/^magnet:\?[!-~]+$/)
    expect(parseMagnet(link)).toEqual({
      infoHashV1: metainfo.infoHash,
      name: 'ein Name & mehr',
      trackers: metainfo.trackers.flat(),
      webSeeds: metainfo.webSeeds,
      peers: [],
      selected: [],
    })
  })

  it('leaves trackers out', () => {
    expect(parseMagnet(magnetLink(metainfo, { trackers: false })).trackers).toEqual([])
  })
})

describe('the metadata phase in words', () => {
  const arrows = { down: 'down', up: 'up' }
  const fetching = snapshot({ phase: 'metadata', metadata: { pieces: 17, piecesDone: 3, peers: 4 }, totalLength: 0 })
  const infoHash = 'ab'

  it('says how far it is', () => {
    expect(progressFields(fetching, arrows)).toEqual(['metadata 3/17 pieces from 4 peers'])
    expect(progressOf(fetching)).toEqual({ done: 3, total: 17 })
    const nobody = snapshot({ phase: 'metadata', metadata: { pieces: 0, piecesDone: 0, peers: 0 } })
    expect(progressFields(nobody, arrows)).toEqual(['metadata: nobody has it yet, 2 peers'])
    expect(progressOf(nobody)).toEqual({ done: 0, total: 1 })
  })

  it('announces the download when it is over', () => {
    const evil = { ...fetching, name: 'a\u001b[2J' }
    expect(eventText({ type: 'added', infoHash, name: 'x' }, evil)).toBe('a\\x1b[2J: asking peers what is in it')
    const metadata = { type: 'metadata', infoHash, name: 'demo', torrentFile: '/t' } as const
    expect(eventText(metadata, snapshot())).toBe('demo: 1.00 kB into /tmp/x')
    expect(eventText(metadata, snapshot({ phase: 'finished' }))).toBeUndefined()
  })
})

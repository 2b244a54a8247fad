import { asDict, decode } from '@ccbt/bencode'
import { buildTorrent, editTorrent, parseTorrent, type TorrentChanges } from '@ccbt/metainfo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { content, specOf } from './content.ts'
import { failure, singleInfo, torrentBytes } from './torrents.ts'

const spec = specOf('folder', [content('a', 40_000), content('b', 5)], { kind: 'hybrid', pieceLength: 16_384 })
const bytes = buildTorrent({
  ...spec,
  trackers: [['http://old.example/'], ['udp://old.example:1']],
  webSeeds: ['https://old.example/'],
  comment: 'old',
  createdBy: 'me',
})
const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1')
const from = (data: string): Uint8Array => new Uint8Array(Buffer.from(data, 'latin1'))

describe('editTorrent', () => {
  it('changes what is asked for and nothing else', () => {
    const before = parseTorrent(bytes)
    const changes: TorrentChanges = { trackers: [['udp://new.example:1'], ['wss://b.example']], comment: 'ünï' }
    const after = parseTorrent(editTorrent(bytes, changes))
    expect(after).toEqual({ ...before, trackers: changes.trackers, comment: 'ünï' })
    expect(parseTorrent(editTorrent(bytes, { webSeeds: ['http://new.example/'] }))).toEqual({
      ...before,
      webSeeds: ['http://new.example/'],
    })
  })

  it('removes what is made empty', () => {
    const bare = editTorrent(bytes, { trackers: [], comment: '', webSeeds: [] })
    expect(parseTorrent(bare)).toMatchObject({ trackers: [], webSeeds: [], createdBy: 'me' })
    expect([...asDict(decode(bare).value)!.keys()]).toEqual(['created by', 'info', 'piece layers'])
  })

  it('without changes is the same bytes', () => {
    expect(editTorrent(bytes, {})).toEqual(bytes)
  })

  it('keeps an info that no encoder would write, and unknown fields', () => {
    const info = `d6:pieces20:${'h'.repeat(20)}4:name1:a6:lengthi5e12:piece lengthi16384ee`
    const odd = from(`d4:zzzzi-1e4:info${info}1:ai0e7:comment3:old13:comment.utf-83:olde`)
    const edited = text(editTorrent(odd, { comment: 'x', trackers: [['udp://t.example:1']] }))
    expect(edited).toBe(`d1:ai0e8:announce17:udp://t.example:17:comment1:x4:info${info}4:zzzzi-1ee`)
  })

  it('keeps binary keys apart', () => {
    const odd = from(
      `d4:infod6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:${'h'.repeat(20)}e1:\xff1:x1:\xc31:ye`,
    )
    expect(text(editTorrent(odd, {}))).toContain('1:\xc31:y1:\xff1:xe')
  })

  it('never changes the info-hash', () => {
    const url = fc.webUrl()
    const changes = fc.record(
      {
        trackers: fc.array(fc.array(url, { maxLength: 2 }), { maxLength: 3 }),
        comment: fc.string(),
        webSeeds: fc.array(url, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(changes, (changes) => {
        const edited = editTorrent(bytes, changes)
        expect(parseTorrent(edited).infoBytes).toEqual(parseTorrent(bytes).infoBytes)
        expect(decode(edited, { strictKeys: true }).warnings).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it.each<[string, Uint8Array, TorrentChanges]>([
    ['a list', from('le'), {}],
    ['no info', from('d1:ai0ee'), {}],
    ['half a torrent', bytes.subarray(0, 100), {}],
    ['nothing', new Uint8Array(0), {}],
    ['a tracker that is a file', torrentBytes(singleInfo()), { trackers: [['file:///etc/passwd']] }],
    ['a web seed with a line break', torrentBytes(singleInfo()), { webSeeds: ['http://a/\r\nb'] }],
  ])('refuses %s', (_, given, changes) => {
    expect(failure(() => editTorrent(given, changes))).toMatch(/^METAINFO_/)
  })
})

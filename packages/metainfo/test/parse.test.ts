import { encode } from '@ccbt/bencode'
import { parseInfo, parseTorrent } from '@ccbt/metainfo'
import { describe, expect, it } from 'vitest'
import { failure, multiInfo, parse, sha1, singleInfo, torrentBytes } from './torrents.ts'

describe('parseTorrent', () => {
  it('reads a single-file torrent', () => {
    const info = singleInfo({ private: 1, source: 'SRC' })
    const metainfo = parse(info, {
      announce: 'http://tracker.example/announce',
      comment: 'a comment',
      'created by': 'somebody',
      'creation date': 1_700_000_000,
    })
    expect(metainfo).toMatchObject({
      kind: 'v1',
      name: 'file.bin',
      pieceLength: 16_384,
      totalLength: 40_000,
      isMultiFile: false,
      isPrivate: true,
      source: 'SRC',
      comment: 'a comment',
      createdBy: 'somebody',
      creationDate: 1_700_000_000,
      trackers: [['http://tracker.example/announce']],
      warnings: [],
    })
    expect(metainfo.files).toEqual([
      { path: ['file.bin'], rawPath: 'file.bin', length: 40_000, offset: 0, isPad: false, isExecutable: false },
    ])
    expect(metainfo.infoHash).toEqual(sha1(encode(info)))
    expect(metainfo.infoHashV1).toEqual(metainfo.infoHash)
    expect(metainfo.infoHashV2).toBeUndefined()
    expect(metainfo.pieceHashes).toHaveLength(60)
  })

  it('reads a multi-file torrent: offsets, padding, executables', () => {
    const { files, totalLength, isMultiFile } = parse(
      multiInfo([
        { length: 10_000, path: ['bin', 'run'], attr: 'x' },
        { length: 6_384, path: ['.pad', '6384'], attr: 'p' },
        { length: 0, path: ['empty'] },
        { length: 5, path: ['last'] },
      ]),
    )
    expect(isMultiFile).toBe(true)
    expect(totalLength).toBe(16_389)
    expect(files.map(({ path, offset, isPad, isExecutable }) => [path.join('/'), offset, isPad, isExecutable])).toEqual(
      [
        ['folder/bin/run', 0, false, true],
        ['folder/.pad/6384', 10_000, true, false],
        ['folder/empty', 16_384, false, false],
        ['folder/last', 16_384, false, false],
      ],
    )
  })

  it('hashes the info as it was written, also when it is not canonical', () => {
    const info = Buffer.from(`d4:name1:n6:lengthi5e12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}e`)
    const bytes = Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('8:announce3:urle')])
    const metainfo = parseTorrent(bytes)
    expect(metainfo.infoHash).toEqual(sha1(info))
    expect(Buffer.from(metainfo.infoBytes)).toEqual(info)
    expect(metainfo.warnings).toContain('dictionary keys out of order at byte 17')
  })

  it('copies nothing large, and gives plain arrays also for a Buffer', () => {
    const bytes = Buffer.from(torrentBytes(singleInfo()))
    const { pieceHashes, infoBytes, infoHash } = parseTorrent(bytes)
    expect([pieceHashes.buffer, infoBytes.buffer]).toEqual([bytes.buffer, bytes.buffer])
    for (const array of [pieceHashes, infoBytes, infoHash]) expect(Buffer.isBuffer(array)).toBe(false)
  })

  it('prefers valid UTF-8 variants of names and texts', () => {
    const both = { name: Uint8Array.of(0xc4, 0xe3), 'name.utf-8': '你' }
    expect(parse(singleInfo(both)).name).toBe('你')
    expect(parse(singleInfo({ 'name.utf-8': Uint8Array.of(0xff) })).name).toBe('file.bin')
    expect(parse(singleInfo(), { comment: 'plain', 'comment.utf-8': 'ünï' }).comment).toBe('ünï')
    const files = [{ length: 1, path: [Uint8Array.of(0xc4)], 'path.utf-8': ['你', '好'] }]
    expect(parse(multiInfo(files)).files[0]?.path).toEqual(['folder', '你', '好'])
    const broken = [{ length: 1, path: ['plain'], 'path.utf-8': [Uint8Array.of(0xc4)] }]
    expect(parse(multiInfo(broken)).files[0]?.path).toEqual(['folder', 'plain'])
  })

  it('keeps a name that is not UTF-8 readable', () => {
    const name = Buffer.from('caf\xe9.txt', 'latin1')
    expect(parse(singleInfo({ name }))).toMatchObject({ name: 'caf_.txt' })
  })

  it('gives an empty name the info-hash', () => {
    const { name, infoHash } = parse(singleInfo({ name: '' }))
    expect(name).toBe(Buffer.from(infoHash).toString('hex'))
  })

  it('reads seeds, as one or as a list, and DHT nodes', () => {
    const root = {
      'url-list': 'http://web/a',
      httpseeds: ['http://seed/a', 'ftp://seed/b', 'http://seed/a'],
      nodes: [['router.example', 6881], ['::1', 1], ['x', 0], ['bad host', 5], 'junk', ['y']],
    }
    const metainfo = parse(singleInfo(), root)
    expect(metainfo.webSeeds).toEqual(['http://web/a'])
    expect(metainfo.httpSeeds).toEqual(['http://seed/a'])
    expect(metainfo.nodes).toEqual([
      { host: 'router.example', port: 6881 },
      { host: '::1', port: 1 },
    ])
    expect(parse(singleInfo({ private: 1 }), root).nodes).toEqual([])
    expect(parse(singleInfo(), { 'url-list': ['https://web/a', ''] }).webSeeds).toEqual(['https://web/a'])
  })

  it('prefers announce-list, keeps tiers, and falls back to announce', () => {
    const announce = 'udp://one:1'
    expect(
      parse(singleInfo(), { announce, 'announce-list': [['udp://two:2', 'udp://three:3'], ['wss://four']] }).trackers,
    ).toEqual([['udp://two:2', 'udp://three:3'], ['wss://four']])
    expect(parse(singleInfo(), { announce, 'announce-list': [[''], []] }).trackers).toEqual([['udp://one:1']])
    expect(parse(singleInfo(), { announce: '' }).trackers).toEqual([])
  })

  it.each(['length', 'name', 'piece length', 'pieces'])('needs %s', (key) => {
    expect(failure(() => parse(singleInfo({ [key]: undefined })))).toBe('METAINFO_FIELD_INVALID')
    expect(failure(() => parse(singleInfo({ [key]: ['list'] })))).toBe('METAINFO_FIELD_INVALID')
  })

  it('tells what is no torrent', () => {
    expect(failure(() => parseTorrent(new Uint8Array(0)))).toBe('METAINFO_MALFORMED')
    expect(failure(() => parseTorrent(Buffer.from('<!DOCTYPE html>')))).toBe('METAINFO_MALFORMED')
    expect(failure(() => parseTorrent(encode([1])))).toBe('METAINFO_MALFORMED')
    expect(failure(() => parseTorrent(encode({ info: 'x' })))).toBe('METAINFO_MALFORMED')
  })

  it('takes a single piece of any length, and other pieces in steps of 16 KiB', () => {
    expect(parse(singleInfo({ length: 900, 'piece length': 1000, pieces: new Uint8Array(20) })).pieceLength).toBe(1000)
    expect(failure(() => parse(singleInfo({ length: 1001, 'piece length': 1000, pieces: new Uint8Array(40) })))).toBe(
      'METAINFO_FIELD_INVALID',
    )
    expect(parse(singleInfo({ 'piece length': 16_384 * 3, pieces: new Uint8Array(20) })).pieceLength).toBe(49_152)
  })
})

describe('parseInfo', () => {
  it('equals parsing a whole torrent, with trackers from elsewhere', () => {
    const info = encode(multiInfo([{ length: 7, path: ['a'] }]))
    const whole = parse(multiInfo([{ length: 7, path: ['a'] }]), { announce: 'udp://t:1' })
    expect(parseInfo(info, { trackers: [['udp://t:1', 'file:///etc/passwd']], webSeeds: ['gopher://x'] })).toEqual(
      whole,
    )
    expect(parseInfo(info).trackers).toEqual([])
  })
})

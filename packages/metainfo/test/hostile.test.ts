import { encode, type Encodable } from '@ccbt/bencode'
import { parseInfo, parseTorrent } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, multiInfo, parse, singleInfo, torrentBytes, type Fields } from './torrents.ts'

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

describe('hostile torrents', () => {
  it('H1: nested lists are too deep, not a stack overflow', () => {
    const nested = 'l'.repeat(200_000) + 'e'.repeat(200_000)
    expect(failure(() => parseTorrent(latin1(nested)))).toBe('METAINFO_MALFORMED')
    expect(failure(() => parseTorrent(latin1(`d4:info${nested}e`)))).toBe('METAINFO_MALFORMED')
  })

  it.each(['i007e', 'i-0e', 'ie', 'i1.5e', `i${'1'.repeat(400)}e`])('H2: rejects the size %s', (integer) => {
    const info = `d6:length${integer}4:name1:n12:piece lengthi16384e6:pieces0:e`
    expect(failure(() => parseTorrent(latin1(`d4:info${info}e`)))).toBe('METAINFO_MALFORMED')
  })

  it.each([2n ** 53n + 1n, 2n ** 63n, -1n, 2n ** 62n])('H3, H10: rejects the length %s', (length) => {
    expect(failure(() => parse(singleInfo({ length })))).toBe('METAINFO_FIELD_INVALID')
    expect(
      failure(() =>
        parse(
          multiInfo(
            [
              { length: 1, path: ['a'] },
              { length, path: ['b'] },
            ],
            { pieces: '' },
          ),
        ),
      ),
    ).toBe('METAINFO_FIELD_INVALID')
  })

  it('H4: a string longer than the input is rejected before it is allocated', () => {
    expect(failure(() => parseTorrent(latin1('d4:info9999999999:x')))).toBe('METAINFO_MALFORMED')
  })

  it('H5: unsorted or repeated keys warn in a file and fail from a peer', () => {
    const info = `d4:name1:n6:lengthi5e6:lengthi9e12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}e`
    const metainfo = parseTorrent(latin1(`d4:info${info}e`))
    expect(metainfo.warnings).toHaveLength(2)
    expect(metainfo.totalLength).toBe(5)
    expect(failure(() => parseInfo(latin1(info)))).toBe('METAINFO_MALFORMED')
  })

  it('H6: names of object members are plain names', () => {
    expect(parse(singleInfo({ name: '__proto__' })).files[0]?.path).toEqual(['__proto__'])
    const paths = [['__proto__', 'constructor'], ['constructor'], ['toString']]
    expect(
      parse(multiInfo(paths.map((path) => ({ length: 1, path })))).files.map((file) => file.path.slice(1)),
    ).toEqual(paths)
    const bytes = latin1('d9:__proto__d4:infod4:name1:nee8:announce0:e')
    expect(failure(() => parseTorrent(bytes))).toBe('METAINFO_MALFORMED')
  })

  it('H7: bytes after the torrent are rejected', () => {
    expect(failure(() => parseTorrent(Buffer.concat([torrentBytes(singleInfo()), latin1('\n')])))).toBe(
      'METAINFO_MALFORMED',
    )
  })

  it.each([0, -1, 1, 16_383, 16_385, 10_000, 2 ** 28 + 16_384, 2 ** 40])(
    'H8: rejects the piece length %s',
    (pieceLength) => {
      const info = singleInfo({
        'piece length': pieceLength,
        pieces: new Uint8Array(20 * Math.ceil(40_000 / Math.max(1, pieceLength))),
      })
      expect(failure(() => parse(info))).toBe('METAINFO_FIELD_INVALID')
    },
  )

  it.each([0, 1, 19, 59, 61])('H9: rejects %s bytes of piece hashes for three pieces', (length) => {
    expect(failure(() => parse(singleInfo({ pieces: new Uint8Array(length) })))).toMatch(
      /METAINFO_(FIELD_INVALID|PIECES_MISMATCH)/,
    )
  })

  it.each([40, 80])('H9: rejects %s bytes of piece hashes for three pieces', (length) => {
    expect(failure(() => parse(singleInfo({ pieces: new Uint8Array(length) })))).toBe('METAINFO_PIECES_MISMATCH')
  })

  it('H10: rejects sizes that add up beyond what can be counted or addressed', () => {
    const half = Number.MAX_SAFE_INTEGER - 1
    const files = [half, half].map((length, n) => ({ length, path: [String(n)] }))
    expect(failure(() => parse(multiInfo(files, { pieces: '' })))).toBe('METAINFO_FIELD_INVALID')
    expect(failure(() => parse(singleInfo({ length: 2 ** 47, 'piece length': 2 ** 28, pieces: '' })))).toBe(
      'METAINFO_LIMIT_EXCEEDED',
    )
    expect(failure(() => parse(singleInfo({ length: 0, pieces: '' })))).toBe('METAINFO_FIELD_INVALID')
  })

  it('H11: rejects too many files, pieces, folders and levels', () => {
    const million = latin1(`d4:infod5:filesl${'d6:lengthi0e4:pathl1:aee'.repeat(200_001)}e4:name1:nee`)
    expect(failure(() => parseTorrent(million))).toBe('METAINFO_FIELD_INVALID')
    const deep = (levels: number): Fields => multiInfo([{ length: 1, path: Array(levels).fill('d') }])
    expect(parse(deep(100)).files[0]?.path).toHaveLength(101)
    expect(failure(() => parse(deep(101)))).toBe('METAINFO_LIMIT_EXCEEDED')
    expect(failure(() => parse(deep(10_000)))).toBe('METAINFO_LIMIT_EXCEEDED')
    const wide = Array.from({ length: 3000 }, (_, n) => ({ length: 1, path: [String(n), ...Array(80).fill('d'), 'f'] }))
    expect(failure(() => parse(multiInfo(wide)))).toBe('METAINFO_LIMIT_EXCEEDED')
    const limits = { maxFiles: 1, maxPieces: 2 }
    const two = multiInfo([
      { length: 1, path: ['a'] },
      { length: 1, path: ['b'] },
    ])
    expect(failure(() => parseTorrent(torrentBytes(two), limits))).toBe('METAINFO_FIELD_INVALID')
    expect(failure(() => parseTorrent(torrentBytes(singleInfo()), limits))).toBe('METAINFO_LIMIT_EXCEEDED')
  })

  it('H11: 20 000 files with one name all get their own', () => {
    const files = Array.from({ length: 20_000 }, () => ({ length: 1, path: ['same.txt'] }))
    const paths = parse(multiInfo(files)).files.map((file) => file.path.join('/'))
    expect(new Set(paths).size).toBe(20_000)
    expect(paths[0]).toBe('folder/same.txt')
    expect(paths[19_999]).toMatch(/^folder\/same~[0-9a-f]{8}\.txt$/)
  })

  it('H17: links lead to real files and folders of the torrent or nowhere', () => {
    const link = (path: string[], target: string[]): Fields => ({ attr: 'l', length: 0, path, 'symlink path': target })
    const { files, warnings } = parse(
      multiInfo([
        { length: 5, path: ['lib', 'so:1'] },
        { length: 5, path: ['other', 'x'] },
        link(['good file'], ['lib', 'so:1']),
        link(['good folder'], ['lib']),
        link(['outside'], ['..', '..', 'etc', 'passwd']),
        link(['absolute'], ['/etc/passwd']),
        link(['dotted'], ['lib', '..', '..', 'etc']),
        link(['self'], ['self']),
        link(['chain'], ['good file']),
        link(['through'], ['good folder', 'so:1']),
        link(['other', 'loop'], ['other']),
        link(['missing'], ['nothing']),
      ]),
    )
    expect(
      files.filter((file) => file.symlinkTarget !== undefined).map((file) => [file.path[1], file.symlinkTarget]),
    ).toEqual([
      ['good file', ['folder', 'lib', 'so_1']],
      ['good folder', ['folder', 'lib']],
    ])
    expect(files.slice(2).every((file) => file.length === 0)).toBe(true)
    expect(warnings).toEqual(['8 symbolic links lead to no file of the torrent and become empty files'])
  })

  it('H17: a file below a link is not written through it', () => {
    const { files } = parse(
      multiInfo([
        { attr: 'l', length: 0, path: ['a'], 'symlink path': ['b'] },
        { length: 1, path: ['b', 'x'] },
        { length: 1, path: ['a', 'x'] },
      ]),
    )
    expect(files[2]?.path).toEqual(['folder', 'a', 'x'])
    expect(files[0]?.path[1]).toMatch(/^a~/)
  })

  it('H18: pad files have data in the byte space only, and share names', () => {
    const { files } = parse(
      multiInfo([
        { length: 1, path: ['a'] },
        { attr: 'p', length: 16_383, path: ['.pad', '16383'] },
        { length: 1, path: ['b'] },
        { attr: 'p', length: 16_383, path: ['.pad', '16383'] },
        { length: 1, path: ['.pad', '16383'] },
      ]),
    )
    expect(files.map((file) => [file.isPad, file.path.slice(1).join('/')])).toEqual([
      [false, 'a'],
      [true, '.pad/16383'],
      [false, 'b'],
      [true, '.pad/16383'],
      [false, '.pad/16383'],
    ])
  })

  it('H22: keeps at most 100 trackers and none that is not one', () => {
    const many = Array.from({ length: 100_000 }, (_, n) => [`udp://tracker${n}.example:80`])
    const capped = parse(singleInfo(), { 'announce-list': many })
    expect(capped.trackers.flat()).toHaveLength(100)
    expect(capped.warnings).toEqual(['some trackers were repeated, of an unknown kind or too many'])
    const bad = [
      'file:///etc/passwd',
      'gopher://x/1',
      'javascript:alert(1)',
      'http://a/\r\nX: y',
      'http://a/\nb',
      'http://a/\u0000',
      'http://',
      'tracker',
      'http://a b/',
      `http://a/${'x'.repeat(3000)}`,
    ]
    const local = 'http://[::1]:9091/transmission/rpc'
    expect(parse(singleInfo(), { 'announce-list': [bad, [local, local]] }).trackers).toEqual([[local]])
    expect(parse(singleInfo(), { announce: bad[3] }).trackers).toEqual([])
    const endless = parse(singleInfo(), { 'announce-list': [Array(400_000).fill('')] })
    expect([endless.trackers, endless.warnings.length]).toEqual([[], 1])
  })

  it('reads only the beginning of a huge comment', () => {
    expect(parse(singleInfo(), { comment: 'x'.repeat(1_000_000) }).comment).toHaveLength(8192)
  })

  it('a torrent with one changed byte parses or fails with a typed error', () => {
    const files = [
      { attr: 'x', length: 10_000, path: ['a', 'b'] },
      { length: 20_000, path: ['c'], 'path.utf-8': ['c'] },
    ]
    const original = torrentBytes(multiInfo(files, { private: 0 }), {
      announce: 'http://a/b',
      'announce-list': [['http://a/b', 'udp://c:1']],
      nodes: [['h', 1]],
      'url-list': ['http://w/'],
    })
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.nat(255), (at, byte) => {
        const changed = original.slice()
        changed[at] = byte
        try {
          const { files, totalLength } = parseTorrent(changed)
          expect(files.reduce((sum, file) => sum + file.length, 0)).toBe(totalLength)
        } catch (error) {
          if (!isCcbtError(error)) throw error
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('any bencoded info parses or fails with a typed error', () => {
    const keys = [
      'name',
      'length',
      'files',
      'path',
      'attr',
      'pieces',
      'piece length',
      'meta version',
      'file tree',
      'symlink path',
      '',
    ]
    const { value } = fc.letrec<{ value: Encodable }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<Encodable[]>(0, 1, 2, 16_384, -1),
        fc.constantFrom('a', 'l', 'x'.repeat(20), 'y'.repeat(32)).map(latin1),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 8 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 11 }), (info) => {
        expect(failure(() => parseInfo(encode(info)))).toMatch(/^(METAINFO_|accepted)/)
      }),
      { numRuns: 3000 },
    )
  })
})

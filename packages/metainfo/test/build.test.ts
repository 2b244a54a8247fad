import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode, encode } from '@ccbt/bencode'
import { buildTorrent, choosePieceLength, parseTorrent, type TorrentSpec } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, sha1 } from './torrents.ts'

const single: TorrentSpec = {
  name: 'hello.txt',
  files: [{ path: ['hello.txt'], length: 5 }],
  isMultiFile: false,
  pieceLength: 16_384,
  pieceHashes: sha1(Buffer.from('hello')),
}

const multi: TorrentSpec = {
  name: 'Größe 😀',
  files: [
    { path: ['bin', 'run'], length: 20_000, executable: true },
    { path: ['What? "x".txt'], length: 0 },
    { path: ['z'], length: 30_000 },
  ],
  isMultiFile: true,
  pieceLength: 32_768,
  pieceHashes: new Uint8Array(40).fill(7),
  trackers: [['http://a.example/announce?pass=1', 'udp://b.example:80'], ['wss://c.example']],
  webSeeds: ['https://w.example/'],
  isPrivate: true,
  comment: 'ünï',
  createdBy: 'test',
  creationDate: 1_700_000_000,
  source: 'S',
}

function works(program: string, args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

function withFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'metainfo-'))
  try {
    const path = join(folder, 'a.torrent')
    writeFileSync(path, bytes)
    return use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('buildTorrent', () => {
  it('writes the shortest torrent byte by byte', () => {
    const info = `d6:lengthi5e4:name9:hello.txt12:piece lengthi16384e6:pieces20:${Buffer.from(single.pieceHashes!).toString('latin1')}e`
    expect(Buffer.from(buildTorrent(single)).toString('latin1')).toBe(`d4:info${info}e`)
  })

  it('writes what is parsed again', () => {
    const metainfo = parseTorrent(buildTorrent(multi))
    expect(metainfo).toMatchObject({
      name: multi.name,
      isMultiFile: true,
      pieceLength: 32_768,
      totalLength: 50_000,
      trackers: multi.trackers,
      webSeeds: multi.webSeeds,
      isPrivate: true,
      comment: 'ünï',
      createdBy: 'test',
      creationDate: 1_700_000_000,
      source: 'S',
      warnings: [],
    })
    expect(metainfo.files.map(({ path, length, isExecutable }) => ({ path, length, isExecutable }))).toEqual(
      multi.files.map(({ path, length, executable }) => ({
        path: [multi.name, ...path],
        length,
        isExecutable: executable === true,
      })),
    )
    expect(decode(buildTorrent(multi), { strictKeys: true }).warnings).toEqual([])
    expect(parseTorrent(buildTorrent({ ...single, trackers: [['udp://only:1']] })).trackers).toEqual([['udp://only:1']])
  })

  it('any described torrent parses to the same', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/[/\0]|^\.\.?$/.test(text))
    const file = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 3 }),
      length: fc.nat(100_000),
      executable: fc.boolean(),
    })
    fc.assert(
      fc.property(name, fc.array(file, { minLength: 1, maxLength: 10 }), fc.boolean(), (name, files, isPrivate) => {
        const total = files.reduce((sum, { length }) => sum + length, 0)
        fc.pre(total > 0)
        const pieceHashes = new Uint8Array(20 * Math.ceil(total / 16_384))
        const bytes = buildTorrent({ name, files, isMultiFile: true, pieceLength: 16_384, pieceHashes, isPrivate })
        const metainfo = parseTorrent(bytes)
        expect(metainfo.files.map((parsed) => parsed.rawPath)).toEqual(
          files.map(({ path }) => [name, ...path].join('/')),
        )
        expect(metainfo.files.map(({ length, isExecutable }) => [length, isExecutable])).toEqual(
          files.map(({ length, executable }) => [length, executable]),
        )
        expect(metainfo.isPrivate).toBe(isPrivate)
        expect(metainfo.infoHash).toEqual(sha1(metainfo.infoBytes))
        expect(encode(decode(bytes).value)).toEqual(bytes)
      }),
    )
  })

  it.each<[string, Partial<TorrentSpec>]>([
    ['no files', { files: [] }],
    ['an empty name', { name: '' }],
    ['a path as a name', { name: 'a/b' }],
    ['the parent as a name', { name: '..' }],
    ['half a surrogate pair', { name: '\ud800' }],
    ['two files without a folder', { files: [single.files[0]!, single.files[0]!] }],
    ['an empty path', { isMultiFile: true, files: [{ path: [], length: 5 }] }],
    ['a path that climbs', { isMultiFile: true, files: [{ path: ['..', 'x'], length: 5 }] }],
    ['a negative length', { files: [{ path: ['x'], length: -5 }] }],
    ['a fractional length', { files: [{ path: ['x'], length: 0.5 }] }],
    ['no data', { files: [{ path: ['x'], length: 0 }], pieceHashes: new Uint8Array(0) }],
    ['half a hash', { pieceHashes: new Uint8Array(10) }],
    ['a hash too many', { pieceHashes: new Uint8Array(40) }],
    ['a fractional piece length', { pieceLength: 16_384.5 }],
    ['a piece length of nothing', { pieceLength: 0 }],
    ['a tracker that is a file', { trackers: [['file:///etc/passwd']] }],
    ['a tracker with a line break', { trackers: [['http://a/\nb']] }],
    ['a web seed over udp', { webSeeds: ['udp://a:1'] }],
  ])('refuses %s', (_, change) => {
    expect(failure(() => buildTorrent({ ...single, ...change }))).toMatch(/^METAINFO_/)
  })

  const hasShow = works('transmission-show', ['--version'])
  it.skipIf(!hasShow)('agrees with transmission-show on the info-hash (needs transmission-show)', () => {
    for (const spec of [single, multi]) {
      const bytes = buildTorrent(spec)
      const shown = withFile(bytes, (path) => execFileSync('transmission-show', [path], { encoding: 'utf8' }))
      expect(shown).toContain(toHex(parseTorrent(bytes).infoHash))
      expect(shown).toContain(spec.name)
    }
  })
})

describe('choosePieceLength', () => {
  it.each([
    [1, 16_384],
    [30_000_000, 16_384],
    [4 * 2 ** 30, 2 ** 21],
    [700 * 2 ** 20, 2 ** 19],
    [2 ** 45, 2 ** 24],
  ])('of %s bytes is %s', (total, length) => {
    expect(choosePieceLength(total)).toBe(length)
  })

  it('gives 1250 to 2500 pieces where the bounds allow it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 41_000_000, max: 40_000_000_000 }), (total) => {
        const pieces = total / choosePieceLength(total)
        expect(pieces).toBeLessThanOrEqual(2500)
        expect(pieces).toBeGreaterThan(1250)
      }),
    )
  })
})

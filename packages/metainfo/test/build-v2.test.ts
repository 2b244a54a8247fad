import { decode } from '@ccbt/bencode'
import { buildTorrent, parseTorrent, swarmHashes, type SpecFile, type TorrentSpec } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { content, specOf, type Content } from './content.ts'
import { failure, sha1, sha256 } from './torrents.ts'

const PIECE = 32_768

const files: Content[] = [
  content('z/deep/er', 5 * PIECE - 100),
  content('a/short', 1000, { executable: true }),
  content('a/two', PIECE + 1),
  content('a.txt', 0),
  content('copy/two', PIECE + 1, { data: content('a/two', PIECE + 1).data }),
  content('link', 0, { symlink: ['a', 'two'] }),
  content('piece', PIECE),
]

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe.each(['v2', 'hybrid'] as const)('buildTorrent of a %s torrent', (kind) => {
  const spec = specOf('folder', files, { kind, pieceLength: PIECE })

  it('writes what is parsed again', () => {
    const metainfo = parseTorrent(
      buildTorrent({ ...spec, isPrivate: true, source: 'S', comment: 'c', trackers: [['udp://a.example:1']] }),
    )
    expect(metainfo).toMatchObject({ kind, name: 'folder', isPrivate: true, source: 'S', comment: 'c', warnings: [] })
    const real = metainfo.files.filter((file) => !file.isPad)
    expect(real.map(({ path, length, isExecutable }) => [path.join('/'), length, isExecutable])).toEqual([
      ['folder/a/short', 1000, true],
      ['folder/a/two', PIECE + 1, false],
      ['folder/a.txt', 0, false],
      ['folder/copy/two', PIECE + 1, false],
      ['folder/link', 0, false],
      ['folder/piece', PIECE, false],
      ['folder/z/deep/er', 5 * PIECE - 100, false],
    ])
    expect(real[4]?.symlinkTarget).toEqual(['folder', 'a', 'two'])
    expect([...metainfo.pieceLayers.values()].map((layer) => layer.length)).toEqual([64, 160])
  })

  it('has canonical keys and the info-hashes of its info', () => {
    const bytes = buildTorrent(spec)
    const { span, warnings } = decode(bytes, { strictKeys: true })
    expect(warnings).toEqual([])
    const { start, end } = span(['info'])!
    const info = bytes.subarray(start, end)
    const { infoHashV1, infoHashV2 } = parseTorrent(bytes)
    expect(infoHashV2).toEqual(sha256(info))
    expect(infoHashV1).toEqual(kind === 'hybrid' ? sha1(info) : undefined)
  })

  it('is the same whatever order the files are given in', () => {
    const other = specOf('folder', files.toReversed(), { kind, pieceLength: PIECE })
    expect(buildTorrent(other)).toEqual(buildTorrent(spec))
  })

  it('parses to what was described, whatever that is', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 5 })
      .filter((text) => !/[/\0]|^\.\.?$/.test(text))
    const file = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 3 }),
      length: fc.constantFrom(0, 1, 16_385, PIECE, 70_000),
    })
    const isClean = (given: readonly SpecFile[]): boolean => {
      const all = new Set(given.map(({ path }) => path.join('/')))
      return given.every(({ path }) =>
        path.every((_, depth) => depth === 0 || !all.has(path.slice(0, depth).join('/'))),
      )
    }
    fc.assert(
      fc.property(
        fc.uniqueArray(file, { selector: ({ path }) => path.join('/'), minLength: 1, maxLength: 6 }),
        name,
        (given, folder) => {
          fc.pre(isClean(given) && given.some(({ length }) => length > 0))
          fc.pre(kind === 'hybrid' || given.length > 1)
          const contents = given.map(({ path, length }) => content(path.join('/'), length))
          const metainfo = parseTorrent(buildTorrent(specOf(folder, contents, { kind, pieceLength: PIECE })))
          expect(metainfo.isMultiFile).toBe(true)
          const real = metainfo.files.filter((parsed) => !parsed.isPad)
          expect(real.map((parsed) => `${parsed.rawPath} ${parsed.length}`).sort()).toEqual(
            given.map(({ path, length }) => `${[folder, ...path].join('/')} ${length}`).sort(),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('writes hints at related torrents into the info (BEP 38)', () => {
    const related = { similar: [new Uint8Array(20).fill(65)], collections: ['a', 'b'] }
    const text = latin1(buildTorrent({ ...spec, ...related }))
    expect(text).toContain('11:collectionsl1:a1:be')
    expect(text).toContain(`7:similarl20:${'A'.repeat(20)}e`)
    expect(failure(() => buildTorrent({ ...spec, similar: [new Uint8Array(32)] }))).toBe('METAINFO_FIELD_INVALID')
  })

  const withFile = (at: number, changes: Partial<SpecFile>): Partial<TorrentSpec> => ({
    files: spec.files.map((file, n) => (n === at ? { ...file, ...changes } : file)),
  })
  const two = spec.files.findIndex(({ path }) => path.join('/') === 'a/two')
  const { piecesRoot, pieceLayer } = spec.files[two]!.hashes!

  it.each<[string, Partial<TorrentSpec>]>([
    ['pieces of 48 KiB', { pieceLength: 49_152 }],
    ['pieces of 8 KiB', { pieceLength: 8192 }],
    ['files in another order', { files: spec.files.toReversed() }],
    ['a file twice', { files: [...spec.files, spec.files.at(-1)!] }],
    ['a file without a root', { files: spec.files.map(({ path, length }) => ({ path, length })) }],
    ['a zero root', withFile(0, { hashes: { piecesRoot: new Uint8Array(32), pieceLayer: new Uint8Array(0) } })],
    [
      'a short root',
      withFile(0, { hashes: { piecesRoot: new Uint8Array(20).fill(1), pieceLayer: new Uint8Array(0) } }),
    ],
    ['a layer of a short file', withFile(0, { hashes: { piecesRoot, pieceLayer } })],
    ['a layer too short', withFile(two, { hashes: { piecesRoot, pieceLayer: pieceLayer.subarray(32) } })],
    ['a layer of another file', withFile(two, { hashes: { piecesRoot, pieceLayer: pieceLayer.toReversed() } })],
    ['a link with data', withFile(0, { symlink: ['a'] })],
    ['a link that climbs', withFile(0, { length: 0, symlink: ['..', 'etc'] })],
    ['a link to nowhere', withFile(0, { length: 0, symlink: [] })],
  ])('refuses %s', (_, change) => {
    expect(failure(() => buildTorrent({ ...spec, ...change }))).toMatch(/^METAINFO_/)
  })

  it('refuses a file that is a folder as well', () => {
    const clash = specOf('folder', [content('a', 5), content('a/b', 5)], { kind, pieceLength: PIECE })
    expect(failure(() => buildTorrent(clash))).toBe('METAINFO_FIELD_INVALID')
  })
})

describe('kinds', () => {
  it('v2 takes no v1 hashes and no padding, hybrid takes no unaligned files', () => {
    const v2 = specOf('folder', files, { kind: 'v2', pieceLength: PIECE })
    const hybrid = specOf('folder', files, { kind: 'hybrid', pieceLength: PIECE })
    expect(failure(() => buildTorrent({ ...v2, pieceHashes: new Uint8Array(0) }))).toBe('METAINFO_FIELD_INVALID')
    expect(failure(() => buildTorrent({ ...v2, files: hybrid.files }))).toBe('METAINFO_FIELD_INVALID')
    const pieceHashes = new Uint8Array(20 * 10)
    expect(failure(() => buildTorrent({ ...hybrid, files: v2.files, pieceHashes }))).toMatch(/^METAINFO_/)
  })

  it('a v1 torrent can be aligned', () => {
    const spec = specOf('folder', files.slice(0, 3), { kind: 'v1', pieceLength: PIECE, align: true })
    const metainfo = parseTorrent(buildTorrent(spec))
    expect(metainfo.kind).toBe('v1')
    expect(metainfo.files.filter(({ isPad }) => !isPad).map(({ offset }) => offset % PIECE)).toEqual([0, 0, 0])
    expect(metainfo.files.at(-1)?.isPad).toBe(false)
  })

  it('a single file of each kind is one again', () => {
    for (const kind of ['v1', 'v2', 'hybrid'] as const) {
      const spec = specOf('one', [content('one', PIECE + 5, { executable: true })], { kind, pieceLength: PIECE })
      const metainfo = parseTorrent(buildTorrent({ ...spec, isMultiFile: false }))
      expect(metainfo).toMatchObject({ kind, isMultiFile: false, totalLength: PIECE + 5 })
      expect(metainfo.files).toMatchObject([{ path: ['one'], isExecutable: true }])
    }
  })

  it('a hybrid folder may contain nothing but a file of its own name', () => {
    const spec = specOf('same', [content('same', 5)], { kind: 'hybrid', pieceLength: PIECE })
    expect(parseTorrent(buildTorrent(spec)).files.map(({ path }) => path)).toEqual([['same', 'same']])
  })
})

describe('swarmHashes', () => {
  it('are 20 bytes of every info-hash, v1 first', () => {
    const v1 = new Uint8Array(20).fill(1)
    const v2 = Uint8Array.from({ length: 32 }, (_, n) => n)
    const short = toHex(v2).slice(0, 40)
    expect(swarmHashes({ infoHashV1: v1, infoHashV2: v2 }).map(toHex)).toEqual([toHex(v1), short])
    expect(swarmHashes({ infoHashV2: v2 }).map(toHex)).toEqual([short])
    expect(swarmHashes({ infoHashV1: v1 }).map(toHex)).toEqual([toHex(v1)])
    const spec = specOf('folder', files, { kind: 'v2', pieceLength: PIECE })
    const metainfo = parseTorrent(buildTorrent(spec))
    expect(swarmHashes(metainfo)).toEqual([metainfo.infoHash])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { SeedFile, SeedTorrent } from '../src/options.ts'
import { filePlanner, piecePlanner } from '../src/request-plan.ts'
import type { Part } from '../src/request-plan.ts'
import { parseSeedUrl } from '../src/seed-url.ts'

function torrentOf(lengths: readonly { length: number; isPad?: boolean; path?: readonly string[] }[]): SeedTorrent {
  const files: SeedFile[] = []
  let offset = 0
  for (const [i, { length, isPad = false, path = [`f${i}`] }] of lengths.entries()) {
    files.push({ path, length, offset, isPad })
    offset += length
  }
  return {
    name: 'T',
    isMultiFile: true,
    files,
    infoHash: Uint8Array.from({ length: 20 }, (_, i) => i * 13),
    pieceLength: 16,
    totalLength: offset,
  }
}

function plan(torrent: SeedTorrent, url: string, offset: number, length: number): Part[] {
  return [...filePlanner(torrent, parseSeedUrl(url))({ offset, length })]
}

function pathOf(torrent: Partial<SeedTorrent>, url: string): string | undefined {
  const [part] = plan({ ...torrentOf([{ length: 9 }]), ...torrent }, url, 0, 1)
  return part?.kind === 'request' ? part.path : undefined
}

describe('paths of files (BEP 19)', () => {
  const single = { isMultiFile: false, name: 'a b.iso' }

  it.each([
    ['http://x/iso/', '/iso/a%20b.iso'],
    ['http://x/iso/other.iso', '/iso/other.iso'],
    ['http://x', '/a%20b.iso'],
    ['http://x/get?name=y', '/get?name=y'],
    ['http://x/pre%20encoded%2Fslash', '/pre%20encoded%2Fslash'],
    ['http://x/ü b#fragment', '/%C3%BC%20b'],
  ])('single file: %s asks for %s', (url, path) => {
    expect(pathOf(single, url)).toBe(path)
  })

  it.each([
    ['http://x/d/', '/d/T/f0'],
    ['http://x/d', '/d/T/f0'],
    ['http://x', '/T/f0'],
  ])('several files: %s asks for %s', (url, path) => {
    expect(pathOf({}, url)).toBe(path)
  })

  it('encodes each component once, as UTF-8', () => {
    const path = ['50%', 'a&b?c#d+e', 'ü€😀', "~-._!'()*", '%2e%2e']
    expect(pathOf(torrentOf([{ length: 1, path }]), 'http://x/')).toBe(
      '/T/50%25/a%26b%3Fc%23d%2Be/%C3%BC%E2%82%AC%F0%9F%98%80/~-._%21%27%28%29%2A/%252e%252e',
    )
  })

  it.each([[['..']], [['a', '..', 'b']], [['.']], [['']], [['a/../../b']], [['a\\b']], [['a\0']]])(
    'asks for no file named %j (H60)',
    (path) => {
      expect(() => pathOf(torrentOf([{ length: 1, path }]), 'http://x/d/')).toThrow('cannot be part of a URL')
    },
  )

  it('no name gets out of the folder of the URL (H60)', () => {
    const component = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '%2e%2e', '..%2f', '%2e', '\ud800'),
    )
    fc.assert(
      fc.property(fc.array(component, { minLength: 1, maxLength: 4 }), component, (path, name) => {
        let asked: string | undefined
        try {
          asked = pathOf({ ...torrentOf([{ length: 1, path }]), name }, 'http://x/d/')
        } catch {
          return
        }
        // What a server makes of it: decoded, then dots resolved.
        const decoded = decodeURIComponent(asked!).split('/')
        expect(decoded.slice(0, 2)).toEqual(['', 'd'])
        expect(decoded).toHaveLength(path.length + 3)
        expect(decoded).not.toContain('..')
        expect(asked).toMatch(/^[\x21-\x7e]+$/)
      }),
    )
  })
})

describe('plans', () => {
  const lengths = fc.array(
    fc.record({ length: fc.oneof(fc.constant(0), fc.nat(40)), isPad: fc.boolean() }, { requiredKeys: ['length'] }),
    { minLength: 1, maxLength: 12 },
  )
  const cases = lengths
    .map(torrentOf)
    .filter((torrent) => torrent.totalLength > 0)
    .chain((torrent) => fc.tuple(fc.constant(torrent), fc.nat(torrent.totalLength - 1)))
    .chain(([torrent, offset]) =>
      fc.tuple(fc.constant(torrent), fc.constant(offset), fc.integer({ min: 1, max: torrent.totalLength - offset })),
    )

  /** Every byte of a range as file and place in it, or as a zero. */
  function bytesOf(parts: Iterable<Part>): string[] {
    return [...parts].flatMap((part) => {
      expect(part.length).toBeGreaterThan(0)
      const file = part.kind === 'request' ? part.file : undefined
      return Array.from({ length: part.length }, (_, i) => (file ? `${file.index}:${file.start + i}` : 'zero'))
    })
  }

  it('files: the parts are the bytes of the range, in order', () => {
    fc.assert(
      fc.property(cases, ([torrent, offset, length]) => {
        const all = torrent.files.flatMap(({ length, isPad }, index) =>
          Array.from({ length }, (_, i) => (isPad ? 'zero' : `${index}:${i}`)),
        )
        expect(bytesOf(plan(torrent, 'http://x/', offset, length))).toEqual(all.slice(offset, offset + length))
      }),
    )
  })

  it('files: the length of the file is that of the torrent', () => {
    const [part] = plan(torrentOf([{ length: 5 }, { length: 30 }]), 'http://x/', 10, 3)
    expect(part).toMatchObject({ length: 3, file: { index: 1, start: 5, fileLength: 30 } })
  })

  it('pieces: one request for each, with ranges unless it is whole (BEP 17)', () => {
    const torrent = torrentOf([{ length: 37 }])
    const parts = [...piecePlanner(torrent, parseSeedUrl('http://x/seed.php'))({ offset: 10, length: 27 })]
    const paths = parts.map((part) => (part.kind === 'request' ? part.path : ''))
    expect(paths.map((path) => path.replace(/info_hash=[^&]*/, 'H'))).toEqual([
      '/seed.php?H&piece=0&ranges=10-15',
      '/seed.php?H&piece=1',
      '/seed.php?H&piece=2',
    ])
    const sent = /info_hash=([^&]*)/.exec(paths[0]!)![1]!
    const decoded = sent.replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    expect(Array.from(decoded, (c) => c.charCodeAt(0))).toEqual([...torrent.infoHash])
    expect(parts.map(({ length }) => length)).toEqual([6, 16, 5])
  })

  it('pieces: a URL with a query keeps it', () => {
    const [part] = piecePlanner(torrentOf([{ length: 5 }]), parseSeedUrl('http://x/s?k=1'))({ offset: 0, length: 5 })
    expect(part).toMatchObject({ path: expect.stringMatching(/^\/s\?k=1&info_hash=[^&]+&piece=0$/) })
  })
})

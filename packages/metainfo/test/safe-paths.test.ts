import { sanitizePaths } from '@ccbt/metainfo'
import fc from 'fast-check'
import { posix, win32 } from 'node:path'
import { describe, expect, it } from 'vitest'
import { safePaths } from './torrents.ts'

const one = (component: string): string => sanitizePaths([{ path: [component], isPad: false }])[0]!.join('/')
const all = (paths: readonly (readonly string[])[]): string[] =>
  sanitizePaths(paths.map((path) => ({ path, isPad: false }))).map((path) => path.join('/'))

describe('sanitizePaths', () => {
  it.each([
    "100% #1 [x] 'q' & +.bin",
    'plain.txt',
    '.hidden',
    'no extension',
    'ünïcödé – naïve.mkv',
    'cafe\u0301 decomposed.txt',
    '日本語 ファイル.iso',
    '👩‍👩‍👧 family 🇩🇪.png',
    'می‌خواهم.txt',
    'שלום.txt',
    'What? "Yes" <no> *star* a|b.mp3',
    'console.txt',
    'com10.txt',
    'a~1.txt',
    '-rf',
    '~',
    '$HOME',
    'a;rm -rf b',
    `${'n'.repeat(251)}.txt`,
  ])('keeps the ordinary name %j', (name) => {
    expect(one(name)).toBe(name)
  })

  it.each([
    ['..', '._'],
    ['.', '_'],
    ['', '_'],
    ['...', '.._'],
    ['/etc/passwd', '_etc_passwd'],
    ['a/../../b', 'a_.._.._b'],
    ['C:\\x', 'C__x'],
    ['\\\\srv\\x', '__srv_x'],
    ['a:stream', 'a_stream'],
    ['nul\0byte', 'nul_byte'],
    ['line\nbreak\u2028', 'line_break_'],
    ['\x1b[2Jx\x9b', '_[2Jx_'],
    ['gpj.\u202eexe', 'gpj._exe'],
    ['half \ud800 pair', 'half _ pair'],
    ['CON', '_CON'],
    ['aux.txt', '_aux.txt'],
    ['LPT1', '_LPT1'],
    ['com¹.tar.gz', '_com¹.tar.gz'],
    ['nul .txt', '_nul .txt'],
    ['dot.', 'dot_'],
    ['space ', 'space_'],
  ])('H12-H14: %j becomes %j', (raw, safe) => {
    expect(one(raw)).toBe(safe)
  })

  it('H13: bytes that are not UTF-8 become readable and stay apart', () => {
    const overlong = Uint8Array.of(0x2e, 0xc0, 0xaf, 0x2e)
    const surrogate = Uint8Array.of(0xed, 0xa0, 0x80)
    const [first, second, third] = safePaths([[overlong], [surrogate], [Uint8Array.of(0xee, 0xb0, 0xff)]])
    expect(first).toBe('folder/.___')
    expect(second).toBe('folder/___')
    expect(third).toMatch(/^folder\/_/)
    expect(new Set([first, second, third]).size).toBe(3)
  })

  it('H14: names over 255 bytes are shortened, keep their extension and stay apart', () => {
    const long = 'ä'.repeat(300)
    const [first, second] = all([[`${long}1.mkv`], [`${long}2.mkv`]])
    expect(first).toMatch(/^ä+~[0-9a-f]{8}\.mkv$/)
    expect(Buffer.byteLength(first!)).toBeGreaterThan(250)
    expect(Buffer.byteLength(first!)).toBeLessThanOrEqual(255)
    expect(second).not.toBe(first)
    expect(all([[`${long}2.mkv`]])).toEqual([second])
  })

  it('H15: equal names on any file system get a suffix', () => {
    for (const [a, b] of [
      ['Read.me', 'read.ME'],
      ['caf\u00e9', 'cafe\u0301'],
      ['a_b', 'a:b'],
      ['same', 'same'],
      ['stra\u00dfe', 'STRASSE'],
      ['zero\u200dwidth', 'zerowidth'],
      ['\u03a3', '\u03c2'],
    ] as const) {
      const [first, second] = all([[a], [b]])
      expect(first).toBe(a)
      expect(second).toMatch(/~[0-9a-f]{8}(\.ME)?$/)
    }
  })

  it('H15: an ordinary name never gives way to a mangled one', () => {
    const [mangled, ordinary] = all([['a:b'], ['a_b']])
    expect(ordinary).toBe('a_b')
    expect(mangled).toMatch(/^a_b~/)
  })

  it('H15: folders that differ only by case stay apart, the same folder stays one', () => {
    const [one, two, three] = all([
      ['Dir', 'x'],
      ['dir', 'x'],
      ['Dir', 'y'],
    ])
    expect([one, three]).toEqual(['Dir/x', 'Dir/y'])
    expect(two).toMatch(/^dir~[0-9a-f]{8}\/x$/)
  })

  it('H16: a file with the name of a folder is renamed, in either order', () => {
    for (const paths of [
      [['a'], ['a', 'b']],
      [['a', 'b'], ['a']],
    ]) {
      const safe = all(paths)
      expect(safe).toContain('a/b')
      expect(safe.some((path) => /^a~[0-9a-f]{8}$/.test(path))).toBe(true)
    }
  })

  const component = fc.oneof(
    fc.constantFrom('..', '.', '', 'a', 'A', 'a:', 'a_', 'aux', 'é', 'e\u0301', '/', '\\', 'a.', 'x'.repeat(300)),
    fc.string({
      unit: fc.constantFrom('a', 'B', '.', ' ', '/', '\\', ':', '\0', '\u202e', '\ud800', 'ß', '😀'),
      maxLength: 8,
    }),
    fc.string({ unit: 'binary', maxLength: 100 }),
  )
  const paths = fc.array(fc.array(component, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 })

  it('whatever the names: inside the root on every system, short, distinct and not above another file', () => {
    fc.assert(
      fc.property(paths, (raw) => {
        const safe = all(raw)
        for (const path of safe) {
          for (const system of [posix, win32]) {
            expect(system.normalize(path)).toBe(path.replaceAll('/', system.sep))
            expect(system.isAbsolute(path)).toBe(false)
            expect(system.relative('/root', system.join('/root', path))).not.toMatch(/^\.\.([/\\]|$)/)
          }
          for (const name of path.split('/')) {
            expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
            expect(name).toMatch(/^[^\p{Cc}\p{Cs}\\:\u202a-\u202e\u2066-\u2069]*[^. \p{Cc}\p{Cs}\\:]$/u)
          }
        }
        const folded = safe.map((path) => path.normalize('NFC').toUpperCase())
        expect(new Set(folded).size).toBe(raw.length)
        for (const path of folded) expect(folded.some((other) => other.startsWith(`${path}/`))).toBe(false)
        expect(safe.map((path) => path.split('/').length)).toEqual(raw.map((path) => path.length))
      }),
      { numRuns: 2000 },
    )
  })

  it('the same again, and safe paths stay as they are', () => {
    fc.assert(
      fc.property(paths, (raw) => {
        const safe = all(raw)
        expect(all(raw)).toEqual(safe)
        expect(all(safe.map((path) => path.split('/')))).toEqual(safe)
      }),
      { numRuns: 1000 },
    )
  })
})

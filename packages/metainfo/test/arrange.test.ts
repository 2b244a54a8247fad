import { arrangeFiles, type Arrangement, type SpecFile } from '@ccbt/metainfo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePaths } from '../src/path-order.ts'

const PIECE = 16_384
const file = (path: string, length: number): SpecFile => ({ path: path.split('/'), length })
const shown = (files: readonly SpecFile[]): string[] =>
  files.map(({ path, length, isPad }) => `${path.join('/')} ${length}${isPad === true ? ' pad' : ''}`)
const arranged = (files: readonly SpecFile[], kind: Arrangement['kind'], align?: boolean): string[] =>
  shown(arrangeFiles(files, { kind, pieceLength: PIECE, ...(align === undefined ? {} : { align }) }))

describe('arrangeFiles', () => {
  const files = [file('b', 20_000), file('a/x', PIECE), file('a.txt', 5), file('c', 0)]

  it('leaves v1 as it is', () => {
    expect(arranged(files, 'v1')).toEqual(shown(files))
  })

  it('sorts v2 by the components of the paths', () => {
    expect(arranged(files, 'v2')).toEqual(['a/x 16384', 'a.txt 5', 'b 20000', 'c 0'])
  })

  it('pads a hybrid behind every file, an aligned v1 torrent between files with data', () => {
    const upToLast = ['a/x 16384', 'a.txt 5', '.pad/16379 16379 pad', 'b 20000']
    expect(arranged(files, 'hybrid')).toEqual([...upToLast, '.pad/12768 12768 pad', 'c 0'])
    expect(arranged(files, 'v1', true)).toEqual([...upToLast, 'c 0'])
  })

  it('pads no torrent of one file', () => {
    expect(arranged([file('only', 5)], 'hybrid')).toEqual(['only 5'])
  })

  it('gives every padding a name of its own', () => {
    expect(arranged([file('.pad/16383', 1), file('.pad/16383.2', 1), file('x', 1)], 'hybrid')).toEqual([
      '.pad/16383 1',
      '.pad/16383.3 16383 pad',
      '.pad/16383.2 1',
      '.pad/16383.4 16383 pad',
      'x 1',
      '.pad/16383.5 16383 pad',
    ])
  })

  it('takes no longer than its files are many when all are of one length', () => {
    const many = Array.from({ length: 50_000 }, (_, n) => file(`f${n}`, 1))
    const names = arranged(many, 'hybrid')
    expect(new Set(names).size).toBe(100_000)
  })

  it('keeps what the caller knows of a file', () => {
    const own = { ...file('b', 5), place: '/disk/b' }
    expect(arrangeFiles([own], { kind: 'hybrid', pieceLength: PIECE })[0]).toBe(own)
  })

  it('starts every file with data on a piece and loses none', () => {
    const lengths = fc.array(fc.constantFrom(0, 1, 5, PIECE, PIECE + 1, 3 * PIECE), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(
        lengths,
        fc.constantFrom<Arrangement>(
          { kind: 'hybrid', pieceLength: PIECE },
          { kind: 'v1', pieceLength: PIECE, align: true },
        ),
        (lengths, arrangement) => {
          const given = lengths.map((length, n) => file(`f${n}`, length))
          const out = arrangeFiles(given, arrangement)
          expect(out.filter(({ isPad }) => isPad !== true)).toHaveLength(given.length)
          let offset = 0
          for (const { length, isPad } of out) {
            if (isPad !== true && length > 0) expect(offset % PIECE).toBe(0)
            if (isPad === true) expect(length).toBeLessThan(PIECE)
            offset += length
          }
          if (arrangement.kind === 'hybrid') expect(offset % PIECE).toBe(0)
          else expect(out.findLast(({ length }) => length > 0)?.isPad).toBeUndefined()
        },
      ),
    )
  })
})

describe('comparePaths', () => {
  it('is the order of the bytes of UTF-8', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '!', '\u00e9', '\uffff', '\ue000', '\u{10000}', '\u{1f600}'),
      maxLength: 4,
    })
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(Math.sign(comparePaths([a], [b]))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
    expect(comparePaths(['a', 'x'], ['a.txt'])).toBeLessThan(0)
    expect(comparePaths(['a'], ['a', 'x'])).toBeLessThan(0)
    expect(comparePaths(['a', 'x'], ['a', 'x'])).toBe(0)
  })
})

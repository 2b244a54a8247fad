import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { selectFiles } from '../src/sources/select-files.ts'

const file = (path: string, isPad = false): { path: string[]; isPad: boolean } => ({ path: path.split('/'), isPad })
const FILES = [
  file('album/01 intro.flac'),
  file('album/02 song.flac'),
  file('album/.pad/3', true),
  file('album/art/cover.jpg'),
  file('album/art/back.jpg'),
  file('album/notes.txt'),
]

describe('selectFiles', () => {
  it.each([
    [['0'], [0]],
    [['0,4-5'], [0, 4, 5]],
    [
      ['4-5', '0'],
      [0, 4, 5],
    ],
    [['*.flac'], [0, 1]],
    [['art/*'], [3, 4]],
    [['album/art/*'], [3, 4]],
    [
      ['**/*.jpg', 'notes.txt'],
      [3, 4, 5],
    ],
    [['*.jpg,0,0-1'], [0, 1, 3, 4]],
    [['0?*'], [0, 1]],
  ])('%j chooses %j', (lists, expected) => {
    expect(selectFiles(lists, FILES)).toEqual(expected)
  })

  it.each([['6'], ['2-9'], ['5-4'], ['*.mp3'], [''], [',']])('refuses %j', (list) => {
    expect(() => selectFiles([list], FILES)).toThrow(expect.objectContaining({ code: 'CLI_USAGE' }))
  })

  it('a pattern never chooses padding', () => {
    expect(selectFiles(['**'], FILES)).not.toContain(2)
  })

  it('any set of indexes written as a list comes back sorted', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5), { minLength: 1 }), (indexes) => {
        expect(selectFiles([indexes.join(',')], FILES)).toEqual([...indexes].sort((a, b) => a - b))
      }),
    )
  })
})

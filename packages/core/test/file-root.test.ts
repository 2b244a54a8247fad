// The root of a file as its bytes come, against that of all its block hashes at once.

import { fileHashes } from '@ccbt/metainfo'
import { BLOCK_LENGTH } from '@ccbt/primitives'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { FileRoot } from '../src/xet/file-root.ts'
import { leavesOf } from './v2-support.ts'
import { noise } from './xet-edits.ts'

function expectedRoot(data: Uint8Array): Uint8Array {
  return fileHashes(leavesOf(data), { length: data.length, pieceLength: BLOCK_LENGTH }).piecesRoot
}

const DATA = noise(3_200_000, 3)
/** Around the ends of blocks and units. */
const lengths = fc.oneof(
  fc.integer({ min: 1, max: DATA.length }),
  fc
    .tuple(fc.constantFrom(BLOCK_LENGTH, 1_048_576, 2_097_152), fc.integer({ min: -1, max: 1 }))
    .map(([length, more]) => length + more),
)

it('is the same however the bytes come', () => {
  fc.assert(
    fc.property(lengths, fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 12 }), (length, parts) => {
      const file = new FileRoot(length)
      let at = 0
      for (const part of [...parts, length]) {
        expect(file.root).toBeUndefined()
        const end = Math.min(length, at + part)
        file.add(DATA.subarray(at, end))
        at = end
        if (at === length) break
      }
      expect(Buffer.from(file.root!).equals(expectedRoot(DATA.subarray(0, length)))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

it('is missing for a file without bytes', () => {
  expect(new FileRoot(0).root).toBeUndefined()
})

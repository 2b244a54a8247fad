import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { allowedFastSet } from './kit.ts'

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()

describe('the allowed-fast set (BEP 6)', () => {
  const options = { ipv4: Uint8Array.of(80, 4, 4, 200), infoHash: new Uint8Array(20).fill(0xaa), pieces: 1313 }

  it('is the one of the specification', () => {
    const seven = [1059, 431, 808, 1217, 287, 376, 1188]
    expect(allowedFastSet({ ...options, count: 7 }, sha1)).toEqual(seven)
    expect(allowedFastSet({ ...options, count: 9 }, sha1)).toEqual([...seven, 353, 508])
  })

  it('is the same for a whole /24', () => {
    const neighbour = { ...options, ipv4: Uint8Array.of(80, 4, 4, 1), count: 9 }
    expect(allowedFastSet(neighbour, sha1)).toEqual(allowedFastSet({ ...options, count: 9 }, sha1))
    const other = { ...options, ipv4: Uint8Array.of(80, 4, 5, 1), count: 9 }
    expect(allowedFastSet(other, sha1)).not.toEqual(allowedFastSet({ ...options, count: 9 }, sha1))
  })

  it('has distinct pieces of the torrent, all of a small one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 10 }), (pieces, count) => {
        const set = allowedFastSet({ ...options, pieces, count }, sha1)
        expect(new Set(set).size).toBe(Math.min(pieces, count))
        expect(set.every((piece) => piece < pieces)).toBe(true)
      }),
    )
  })
})

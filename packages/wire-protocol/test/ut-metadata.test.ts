import { encode } from '@ccbt/bencode'
import { concatBytes } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { encodeMetadataMessage, isWireError, metadataPieceLength, parseMetadataMessage } from './kit.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('ut_metadata (BEP 9)', () => {
  it('has the bytes of the specification', () => {
    expect(text(encodeMetadataMessage({ kind: 'request', piece: 0 }))).toBe('d8:msg_typei0e5:piecei0ee')
    expect(text(encodeMetadataMessage({ kind: 'reject', piece: 0 }))).toBe('d8:msg_typei2e5:piecei0ee')
    const data = new Uint8Array(16_384).fill(0x78)
    expect(text(encodeMetadataMessage({ kind: 'data', piece: 0, totalSize: 34_256, data }))).toBe(
      `d8:msg_typei1e5:piecei0e10:total_sizei34256ee${'x'.repeat(16_384)}`,
    )
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat(), (totalSize, n) => {
        const piece = n % Math.ceil(totalSize / 16_384)
        const data = new Uint8Array(metadataPieceLength(piece, totalSize)).fill(n)
        for (const message of [
          { kind: 'request', piece } as const,
          { kind: 'reject', piece } as const,
          { kind: 'data', piece, totalSize, data } as const,
        ]) {
          expect(parseMetadataMessage(encodeMetadataMessage(message))).toEqual(message)
        }
      }),
    )
  })

  it.each<[string, Uint8Array]>([
    ['one byte too few', concatBytes([encode({ msg_type: 1, piece: 0, total_size: 100 }), new Uint8Array(99)])],
    ['one byte too many', concatBytes([encode({ msg_type: 1, piece: 0, total_size: 100 }), new Uint8Array(101)])],
    ['a piece beyond the end', encode({ msg_type: 1, piece: 1, total_size: 100 })],
    ['a negative piece', encode({ msg_type: 0, piece: -1 })],
    ['a piece beyond 64 MiB', encode({ msg_type: 0, piece: 4096 })],
    ['no piece', encode({ msg_type: 0 })],
    ['no type', encode({ piece: 0 })],
    ['no total size', concatBytes([encode({ msg_type: 1, piece: 0 }), new Uint8Array(10)])],
    [
      'a total size of 2 GiB',
      concatBytes([encode({ msg_type: 1, piece: 0, total_size: 2 ** 31 }), new Uint8Array(16_384)]),
    ],
    ['a list', encode([1, 2])],
    ['nothing', new Uint8Array(0)],
  ])('%s is refused (H37, H38)', (_, payload) => {
    expect(() => parseMetadataMessage(payload)).toThrow(
      expect.objectContaining({ code: 'WIRE_EXTENSION_INVALID', blame: 'peer' }),
    )
  })

  it('types that nobody has defined are ignored', () => {
    expect(parseMetadataMessage(encode({ msg_type: 3, piece: 0 }))).toBeUndefined()
  })

  it('random bytes end in a WIRE_ error or a message', () => {
    const mutated = fc
      .tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) => encode({ msg_type: 1, piece: 0, total_size: 5 }).map((b, i) => (i === at % 40 ? byte : b)))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), (payload) => {
        try {
          parseMetadataMessage(payload)
        } catch (error) {
          expect(isWireError(error)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

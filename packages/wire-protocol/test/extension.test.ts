import { encode } from '@ccbt/bencode'
import { seededRandom } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  clientName,
  createExtensionTable,
  encodeExtensionHandshake,
  isWireError,
  makePeerId,
  parseExtensionHandshake,
} from './kit.ts'

describe('the extension handshake (BEP 10)', () => {
  it('is read back as it was written', () => {
    const handshake = {
      m: new Map([
        ['ut_metadata', 2],
        ['ut_pex', 1],
      ]),
      v: 'ccbt 0.1.0',
      p: 6881,
      reqq: 2000,
      yourip: Uint8Array.of(127, 0, 0, 1),
      metadataSize: 12_345,
      uploadOnly: true,
    }
    expect(parseExtensionHandshake(encodeExtensionHandshake(handshake))).toEqual(handshake)
  })

  it('takes values that make no sense as absent', () => {
    const payload = encode(
      new Map<string, never>(
        Object.entries({
          metadata_size: -1,
          reqq: 0,
          p: 70_000,
          yourip: 'abc',
          m: { a: 256, b: -1, c: 'x' },
          v: 5,
        }) as [],
      ),
    )
    expect(parseExtensionHandshake(payload)).toEqual({ m: new Map(), uploadOnly: false })
  })

  it('caps the number of extensions and the client name', () => {
    const m = new Map(Array.from({ length: 1000 }, (_, i): [string, number] => [`x${i}`, 1]))
    const parsed = parseExtensionHandshake(
      encodeExtensionHandshake({ m: new Map([...m].slice(0, 400)), v: 'v'.repeat(999) }),
    )
    expect(parsed.m.size).toBe(100)
    expect(parsed.v).toHaveLength(64)
    expect(() => parseExtensionHandshake(encodeExtensionHandshake({ m }))).toThrow(/tokens|bytes|bad extension/)
  })

  it('refuses anything that is not a dictionary with a WIRE_ error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          parseExtensionHandshake(bytes)
        } catch (error) {
          expect(isWireError(error)).toBe(true)
        }
      }),
    )
    expect(() => parseExtensionHandshake(new Uint8Array(20_000))).toThrow(/20000 bytes/)
  })
})

describe('the extension table', () => {
  it('knows both directions, and 0 switches an extension off', () => {
    const table = createExtensionTable()
    const id = table.register('ut_pex')
    expect(table.register('ut_pex')).toBe(id)
    expect(table.nameOf(id)).toBe('ut_pex')
    expect(table.nameOf(99)).toBeUndefined()
    expect(table.remoteId('ut_pex')).toBeUndefined()
    table.update({
      m: new Map([
        ['ut_pex', 7],
        ['unknown', 8],
      ]),
    })
    expect(table.remoteId('ut_pex')).toBe(7)
    expect(table.remoteId('unknown')).toBeUndefined()
    table.update({ m: new Map([['ut_pex', 0]]) })
    expect(table.remoteId('ut_pex')).toBeUndefined()
  })
})

describe('peer ids', () => {
  it('ours names client and version', () => {
    const id = makePeerId(seededRandom(1), '0.1.0')
    expect(id).toHaveLength(20)
    expect(clientName(id)).toBe('ccbt 0.1')
  })

  it.each([
    ['-TR3000-xxxxxxxxxxxx', 'Transmission 3.0'],
    ['-LT2080-xxxxxxxxxxxx', 'libtorrent 2.0.8'],
    ['-lt0D80-xxxxxxxxxxxx', 'rTorrent 0.13.8'],
    ['A2-1-36-0-xxxxxxxxxx', 'aria2'],
    ['\x1b[31mxxxxxxxxxxxxxxx', 'unknown'],
  ])('%j is %s', (id, name) => {
    expect(clientName(Uint8Array.from(id, (c) => c.charCodeAt(0)))).toBe(name)
  })
})

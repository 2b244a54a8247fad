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
      ipv4: Uint8Array.of(10, 0, 0, 1),
      ipv6: new Uint8Array(16).fill(7),
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

  it('makes the client name safe to print', () => {
    const v = 'evil\u{1b}[31m\u{202e}\u{200b}\r\n\u{85}µTorrent'
    expect(parseExtensionHandshake(encodeExtensionHandshake({ m: new Map(), v })).v).toBe(
      'evil\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}µTorrent',
    )
    // The cut at 64 characters falls into a surrogate pair.
    const cut = parseExtensionHandshake(encodeExtensionHandshake({ m: new Map(), v: `${'x'.repeat(63)}😀` })).v
    expect(cut).toBe(`${'x'.repeat(63)}\u{fffd}`)
  })

  it('takes a hostile metadata size as absent (H37)', () => {
    for (const size of [-1, 0, 67_108_865, 2 ** 31, 2 ** 53]) {
      const payload = encode({ metadata_size: BigInt(size) })
      expect(parseExtensionHandshake(payload).metadataSize).toBeUndefined()
    }
    expect(parseExtensionHandshake(encode({ metadata_size: 67_108_864 })).metadataSize).toBe(67_108_864)
  })

  it('keeps nothing of the receive buffer', () => {
    const payload = Buffer.from(encodeExtensionHandshake({ m: new Map(), yourip: Uint8Array.of(1, 2, 3, 4) }))
    const parsed = parseExtensionHandshake(payload)
    payload.fill(0)
    expect(parsed.yourip).toEqual(Uint8Array.of(1, 2, 3, 4))
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

describe('hostile ids in the extension handshake (H36)', () => {
  it('of two extensions with one id the second is off', () => {
    const table = createExtensionTable()
    for (const name of ['ut_metadata', 'ut_pex', 'lt_donthave']) table.register(name)
    table.update({
      m: new Map([
        ['ut_metadata', 3],
        ['ut_pex', 3],
        ['lt_donthave', 255],
      ]),
    })
    expect(['ut_metadata', 'ut_pex', 'lt_donthave'].map((name) => table.remoteId(name))).toEqual([3, undefined, 255])
    table.update({ m: new Map([['ut_pex', 255]]) })
    expect(table.remoteId('ut_pex')).toBeUndefined()
  })

  it('a later handshake may swap ids', () => {
    const table = createExtensionTable()
    table.register('a')
    table.register('b')
    const swapped: [string, number][][] = [
      [
        ['a', 1],
        ['b', 2],
      ],
      [
        ['a', 2],
        ['b', 1],
      ],
    ]
    for (const ids of swapped) {
      table.update({ m: new Map(ids) })
      for (const [name, id] of ids) expect(table.remoteId(name)).toBe(id)
    }
  })

  it('ids that we never gave out belong to nobody', () => {
    const table = createExtensionTable()
    table.register('ut_pex')
    expect([0, 2, 255].map((id) => table.nameOf(id))).toEqual([undefined, undefined, undefined])
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
    ['A2-1-36-0-xxxxxxxxxx', 'aria2 1.36'],
    ['-WW0302-xxxxxxxxxxxx', 'WebTorrent 3.2'],
    ['-UT355W-xxxxxxxxxxxx', 'µTorrent 3.5.5'],
    ['-LT20B0-xxxxxxxxxxxx', 'libtorrent 2.0.11'],
    ['-ZZ1000-xxxxxxxxxxxx', 'ZZ 1.0'],
    ['-T\x000000-xxxxxxxxxxxx', 'unknown'],
    ['', 'unknown'],
    ['\x1b[31mxxxxxxxxxxxxxxx', 'unknown'],
  ])('%j is %s', (id, name) => {
    expect(clientName(Uint8Array.from(id, (c) => c.charCodeAt(0)))).toBe(name)
  })
})

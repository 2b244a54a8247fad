import { formatMagnet, parseMagnet, type Magnet } from '@ccbt/metainfo'
import { fromHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure } from './torrents.ts'

const HEX = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
const BASE32 = 'YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK'
const V2 = 'caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e'
const link = (...fields: string[]): string =>
  ['magnet:?xt=urn:btih:', HEX, ...fields.map((field) => `&${field}`)].join('')

describe('parseMagnet', () => {
  it('reads every field', () => {
    const magnet = parseMagnet(
      link(
        `xt=urn:btmh:1220${V2}`,
        'dn=A+name%20%26%20more',
        'tr=http%3A%2F%2Ft.example%2Fannounce%3Fkey%3D1',
        'tr.2=udp://u.example:80',
        'ws=https://w.example/',
        'x.pe=10.0.0.1:6881',
        'x.pe=[2001:db8::1]:6882',
        'so=0,2,4-6',
        'unknown=1',
      ),
    )
    expect(magnet).toEqual({
      infoHashV1: fromHex(HEX),
      infoHashV2: fromHex(V2),
      name: 'A name & more',
      trackers: ['http://t.example/announce?key=1', 'udp://u.example:80'],
      webSeeds: ['https://w.example/'],
      peers: [
        { host: '10.0.0.1', port: 6881 },
        { host: '2001:db8::1', port: 6882 },
      ],
      selected: [
        { first: 0, last: 0 },
        { first: 2, last: 2 },
        { first: 4, last: 6 },
      ],
    })
  })

  it('reads base32, upper case and v2 alone', () => {
    expect(parseMagnet(`magnet:?xt=urn:btih:${BASE32}`).infoHashV1).toEqual(fromHex(HEX))
    expect(parseMagnet(`magnet:?xt=urn:btih:${BASE32.toLowerCase()}`).infoHashV1).toEqual(fromHex(HEX))
    expect(parseMagnet(`MAGNET:?XT=URN:BTIH:${HEX.toUpperCase()}`).infoHashV1).toEqual(fromHex(HEX))
    const v2 = parseMagnet(`magnet:?xt=urn:btmh:1220${V2}`)
    expect([v2.infoHashV1, v2.infoHashV2]).toEqual([undefined, fromHex(V2)])
  })

  it.each([
    '',
    'http://example/',
    'magnet:',
    'magnet:?dn=name',
    'magnet:?xt=urn:sha1:x',
    'magnet:?xt=urn:btih:',
    `magnet:?xt=urn:btih:${HEX.slice(1)}`,
    `magnet:?xt=urn:btih:${HEX.slice(1)}g`,
    `magnet:?xt=urn:btih:${BASE32.slice(1)}1`,
    `magnet:?xt=urn:btmh:1120${V2}`,
    `magnet:?xt=urn:btmh:1220${V2.slice(2)}`,
    `magnet:?xt=urn:btih:${HEX}&xt=urn:btih:${HEX.replace('c', 'd')}`,
  ])('H21: rejects %j', (uri) => {
    expect(failure(() => parseMagnet(uri))).toBe('METAINFO_MAGNET_INVALID')
  })

  it('H21: bounds what a link may bring', () => {
    expect(failure(() => parseMagnet(link(`dn=${'x'.repeat(1_000_000)}`)))).toBe('METAINFO_MAGNET_INVALID')
    const many = Array.from({ length: 2000 }, (_, n) => `tr=udp://t${n}.example:80`)
    expect(parseMagnet(link(...many)).trackers).toHaveLength(100)
    expect(parseMagnet(link('tr=file:///etc/passwd', 'tr=http://a/%0d%0aX:y', 'ws=ftp://a/')).trackers).toEqual([])
    expect(parseMagnet(link(...Array(1000).fill('x.pe=1.2.3.4:5'))).peers).toHaveLength(100)
    expect(
      parseMagnet(link('x.pe=1.2.3.4:0', 'x.pe=1.2.3.4:70000', 'x.pe=nothing', 'x.pe=:5', 'x.pe=a b:5')).peers,
    ).toEqual([])
    expect(parseMagnet(link('so=0-999999999,5-3,-1,x,,9999999999')).selected).toEqual([{ first: 0, last: 999_999_999 }])
    expect(parseMagnet(link(`so=${'1,'.repeat(5000)}`)).selected).toHaveLength(1000)
  })

  it('survives malformed escapes', () => {
    expect(parseMagnet(link('dn=100%', 'tr=%zz', 'dn=%ff')).name).toBe('100%')
  })

  it('reads what formatMagnet writes', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
    const magnet: fc.Arbitrary<Magnet> = fc.record(
      {
        infoHashV1: fc.uint8Array({ minLength: 20, maxLength: 20 }),
        infoHashV2: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        name: fc.string({ unit: 'grapheme' }),
        trackers: fc.uniqueArray(fc.webUrl({ withQueryParameters: true }), { maxLength: 5 }),
        webSeeds: fc.uniqueArray(fc.webUrl(), { maxLength: 3 }),
        peers: fc.array(fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) }), { maxLength: 5 }),
        selected: fc.array(
          fc.tuple(fc.nat(1000), fc.nat(1000)).map(([first, more]) => ({ first, last: first + more })),
          { maxLength: 5 },
        ),
      },
      { requiredKeys: ['infoHashV1', 'trackers', 'webSeeds', 'peers', 'selected'] },
    )
    fc.assert(
      fc.property(magnet, (magnet) => {
        expect(parseMagnet(formatMagnet(magnet))).toEqual(magnet)
      }),
    )
  })
})

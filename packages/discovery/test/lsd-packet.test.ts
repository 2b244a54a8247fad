import { fromHex, seededRandom, toHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MAX_HASHES_PER_PACKET, readAnnounce, writeAnnounce } from '../src/lsd/announce-packet.ts'
import type { LocalAnnounce } from '../src/lsd/announce-packet.ts'

const HASH = 'f60ae72e07713d4f14878a5b24adb34992401ac9'
const OTHER = '0123456789abcdef0123456789abcdef01234567'
const START = 'BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n'

function read(packet: string): LocalAnnounce | undefined {
  return readAnnounce(Buffer.from(packet, 'latin1'))
}

describe('announces as other clients send them', () => {
  it.each<[string, string, LocalAnnounce]>([
    [
      'libtorrent, and with it qBittorrent and Deluge',
      `${START}Port: 6881\r\nInfohash: ${HASH}\r\ncookie: 2b1c4d6e\r\n\r\n\r\n`,
      { port: 6881, infoHashes: [HASH], cookie: '2b1c4d6e' },
    ],
    [
      'libtorrent over IPv6',
      `BT-SEARCH * HTTP/1.1\r\nHost: [ff15::efc0:988f]:6771\r\nPort: 6881\r\nInfohash: ${HASH}\r\ncookie: 7f\r\n\r\n\r\n`,
      { port: 6881, infoHashes: [HASH], cookie: '7f' },
    ],
    [
      'Transmission before 4',
      `${START}Port: 51413\r\nInfohash: ${HASH.toUpperCase()}\r\n\r\n\r\n`,
      { port: 51_413, infoHashes: [HASH] },
    ],
    [
      'Transmission 4',
      `${START}Port: 51413\r\nInfohash: ${HASH.toUpperCase()}\r\nInfohash: ${OTHER.toUpperCase()}\r\ncookie: fJx0Ab9ZqWe1\r\n\r\n\r\n`,
      { port: 51_413, infoHashes: [HASH, OTHER], cookie: 'fJx0Ab9ZqWe1' },
    ],
    ['aria2', `${START}Port: 6999\r\nInfohash: ${HASH}\r\n\r\n\r\n`, { port: 6999, infoHashes: [HASH] }],
    ['one empty line only', `${START}Port: 1\r\nInfohash: ${HASH}\r\n\r\n`, { port: 1, infoHashes: [HASH] }],
    [
      'other cases, spaces and headers',
      `${START}PORT:65535\r\nX-Client:  any thing: at all \r\ninfohash:\t${HASH} \r\n\r\nbody\rwhatever`,
      { port: 65_535, infoHashes: [HASH] },
    ],
  ])('are read: %s', (_, packet, expected) => {
    expect(read(packet)).toEqual(expected)
  })
})

describe('writing', () => {
  const hash = fc.uint8Array({ minLength: 20, maxLength: 20 })
  const host = fc.constantFrom('239.192.152.143:6771', '[ff15::efc0:988f]:65535')

  it('gives what is read again, in no more than 1400 bytes', () => {
    const hashes = fc.uniqueArray(hash, { minLength: 1, maxLength: MAX_HASHES_PER_PACKET, selector: toHex })
    fc.assert(
      fc.property(host, hashes, fc.integer({ min: 1, max: 65_535 }), (host, infoHashes, port) => {
        const packet = writeAnnounce({ host, port, infoHashes, cookie: 'ffffffffffffffff' })
        expect(packet.length).toBeLessThanOrEqual(1400)
        expect(readAnnounce(packet)).toEqual({ port, infoHashes: infoHashes.map(toHex), cookie: 'ffffffffffffffff' })
      }),
    )
  })

  it('gives the bytes of BEP 14', () => {
    const packet = writeAnnounce({
      host: '239.192.152.143:6771',
      port: 6881,
      infoHashes: [fromHex(HASH) ?? new Uint8Array()],
      cookie: 'c0',
    })
    expect(Buffer.from(packet).toString()).toBe(
      `${START}Port: 6881\r\nInfohash: F60AE72E07713D4F14878A5B24ADB34992401AC9\r\ncookie: c0\r\n\r\n\r\n`,
    )
  })
})

describe('hostile packets', () => {
  const rest = `Infohash: ${HASH}\r\n\r\n\r\n`

  it.each<[string, string]>([
    ['nothing', ''],
    ['64 kB', `${START}Port: 1\r\nX: ${'x'.repeat(65_000)}\r\n${rest}`],
    ['thousands of info-hashes', `${START}Port: 1\r\n${`Infohash: ${HASH}\r\n`.repeat(1200)}\r\n\r\n`],
    ['no end', `${START}Port: 1\r\nInfohash: ${HASH}\r\n`],
    ['another method', `M-SEARCH * HTTP/1.1\r\nPort: 1\r\n${rest}`],
    ['another version', `BT-SEARCH * HTTP/2.0\r\nPort: 1\r\n${rest}`],
    ['a path', `BT-SEARCH / HTTP/1.1\r\nPort: 1\r\n${rest}`],
    ['something before', ` ${START}Port: 1\r\n${rest}`],
    ['lines that end in LF', `${START}Port: 1\r\n${rest}`.replaceAll('\r\n', '\n')],
    ['lines that end in CR', `${START}Port: 1\r\n${rest}`.replaceAll('\r\n', '\r')],
    ['one line that ends in LF', `${START}X: y\nPort: 1\r\n${rest}`],
    ['one line that ends in CR', `${START}X: y\rPort: 1\r\n${rest}`],
    ['a folded line', `${START}Port: 1\r\n 2\r\n${rest}`],
    ['a line that is no header', `${START}Port: 1\r\nhello\r\n${rest}`],
    ['a space before the colon', `${START}Port : 1\r\n${rest}`],
    ['no port', `${START}${rest}`],
    ['port 0', `${START}Port: 0\r\n${rest}`],
    ['port 65536', `${START}Port: 65536\r\n${rest}`],
    ['a negative port', `${START}Port: -1\r\n${rest}`],
    ['a hexadecimal port', `${START}Port: 0x50\r\n${rest}`],
    ['two ports', `${START}Port: 1\r\nPort: 2\r\n${rest}`],
    ['an empty port', `${START}Port: \r\n${rest}`],
    ['no info-hash', `${START}Port: 1\r\n\r\n\r\n`],
    ['only wrong info-hashes', `${START}Port: 1\r\nInfohash: ${HASH}0\r\nInfohash: ${HASH.slice(1)}g\r\n\r\n\r\n`],
    ['the info-hash in the body', `${START}Port: 1\r\n\r\nInfohash: ${HASH}\r\n\r\n`],
  ])('are dropped: %s', (_, packet) => {
    expect(read(packet)).toBeUndefined()
  })

  it('lose wrong and repeated info-hashes, not the others', () => {
    const packet = `${START}Port: 1\r\nInfohash: x\r\nInfohash: ${HASH}\r\nInfohash: ${HASH.toUpperCase()}\r\nInfohash: ${OTHER}\r\n\r\n`
    expect(read(packet)?.infoHashes).toEqual([HASH, OTHER])
  })

  it('give nothing that is not as promised, whatever they hold', () => {
    const good = `${START}Port: 6881\r\nInfohash: ${HASH}\r\ncookie: 7f\r\n\r\n\r\n`
    const edit = fc.record({
      at: fc.nat(good.length),
      cut: fc.nat(3),
      text: fc.string({ maxLength: 3, unit: 'binary-ascii' }),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let packet = good
        for (const { at, cut, text } of edits) packet = packet.slice(0, at) + text + packet.slice(at + cut)
        const announce = read(packet)
        if (announce === undefined) return
        expect(announce.port).toBeGreaterThan(0)
        expect(announce.port).toBeLessThan(65_536)
        for (const infoHash of announce.infoHashes) expect(infoHash).toMatch(/^[\da-f]{40}$/)
        expect(announce.cookie ?? '').not.toMatch(/[\r\n]/)
      }),
      { numRuns: 2000 },
    )
  })

  it('of nothing but spaces cost no time', () => {
    const packets = ['\r', '\n', 'x'].map((end) => `${START}a:${' \t'.repeat(700)}${end}\r\n${rest}`)
    // With an expression that backtracks one of these takes half a second: the test would time out.
    for (let n = 0; n < 200; n++) for (const packet of packets) expect(read(packet)).toBeUndefined()
  })

  it('of random bytes are no announces', () => {
    const random = seededRandom(5)
    for (let n = 0; n < 500; n++) {
      expect(readAnnounce(Uint8Array.from({ length: random.u32() % 1600 }, () => random.u32()))).toBeUndefined()
    }
  })
})

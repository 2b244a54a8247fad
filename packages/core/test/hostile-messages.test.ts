// Messages that no correct client sends: what ends a connection and what is only ignored.

import { connect } from 'node:net'

import { createEncoder, makeReserved } from '@ccbt/wire-protocol'
import { describe, expect, it } from 'vitest'

import type { PLAIN } from './hostile.ts'
import { exchangeHonestly, EXTENDED, FAST, PIECES, startVictim, watchCost } from './hostile.ts'
import { BLOCK, fixture } from './support.ts'

/** A message from its length prefix on; `length` may lie. */
function message(id: number, payload: Uint8Array | number[] = [], length = payload.length + 1): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(length)
  head[4] = id
  return Buffer.concat([head, Uint8Array.from(payload)])
}

function numbers(...values: number[]): Buffer {
  const out = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) out.writeUInt32BE(value, 4 * i)
  return out
}

const extended = (text: string): Buffer => message(20, Buffer.concat([Buffer.from([0]), Buffer.from(text, 'latin1')]))
const manyKeys = Array.from({ length: 1100 }, (_, i) => `5:${String(i).padStart(5, '0')}i1e`).join('')

function handshake(infoHash: Uint8Array): Uint8Array {
  const wire = createEncoder()
  wire.handshake({ reserved: makeReserved({ fast: true }), infoHash, peerId: Buffer.alloc(20, 65) })
  return wire.take()
}

/** Ten pieces: six bits of the bitfield are spare. */
const ODD_SOURCE = fixture({ lengths: [10 * BLOCK], pieceLength: BLOCK })

interface Offence {
  readonly name: string
  readonly features?: typeof PLAIN
  readonly bytes: Uint8Array
  readonly reason: RegExp
}

const OFFENCES: readonly Offence[] = [
  { name: 'a block of 4 GiB', bytes: message(7, numbers(0, 0), 0xffffffff), reason: /more than/ },
  { name: 'an unknown message of 4 GiB', bytes: message(200, [], 0xffffffff), reason: /more than/ },
  { name: 'an extension message of 200 KiB', bytes: message(20, [3], 204_800), reason: /more than/ },
  { name: 'a Choke with a payload', bytes: message(0, [1]), reason: /cannot have 2 bytes/ },
  { name: 'a Have without a piece', bytes: message(4, []), reason: /cannot have 1 bytes/ },
  { name: 'a bitfield that is too long', bytes: message(5, new Uint8Array(9)), reason: /cannot have 10 bytes/ },
  { name: 'a bitfield that is too short', bytes: message(5, new Uint8Array(7)), reason: /cannot have 8 bytes/ },
  { name: 'Have of the piece behind the last', bytes: message(4, numbers(PIECES)), reason: /does not exist/ },
  { name: 'Have of the last number', bytes: message(4, numbers(0xffffffff)), reason: /does not exist/ },
  { name: 'a request for nothing', bytes: message(6, numbers(0, 0, 0)), reason: /do not exist/ },
  { name: 'a request for 17 KiB', bytes: message(6, numbers(0, 0, 17_408)), reason: /do not exist/ },
  { name: 'a request for 2 GiB', bytes: message(6, numbers(0, 0, 2 ** 31)), reason: /do not exist/ },
  { name: 'a request past the end', bytes: message(6, numbers(PIECES - 1, 32_767, 2)), reason: /do not exist/ },
  { name: 'a request in no piece', bytes: message(6, numbers(PIECES, 0, BLOCK)), reason: /do not exist/ },
  { name: 'an empty block', bytes: message(7, numbers(0, 0)), reason: /cannot have 9 bytes/ },
  {
    name: 'a block at an odd place',
    bytes: message(7, [...numbers(40, 1), ...new Uint8Array(BLOCK)]),
    reason: /not one/,
  },
  { name: 'a block of 1 MiB', bytes: message(7, numbers(40, 0), 1_048_585), reason: /more than/ },
  {
    name: 'Have None twice',
    features: FAST,
    bytes: Buffer.concat([message(15), message(15)]),
    reason: /only come first/,
  },
  {
    name: 'Have None late',
    features: FAST,
    bytes: Buffer.concat([message(2), message(15)]),
    reason: /only come first/,
  },
  {
    name: 'an extension handshake of 17 KiB',
    features: EXTENDED,
    bytes: extended(`d1:v17000:${'x'.repeat(17_000)}e`),
    reason: /more than/,
  },
  {
    name: 'an extension handshake of 1100 keys',
    features: EXTENDED,
    bytes: extended(`d${manyKeys}e`),
    reason: /bad ext/,
  },
  {
    name: 'an extension handshake of 5000 levels',
    features: EXTENDED,
    bytes: extended('l'.repeat(5000)),
    reason: /bad ext/,
  },
]

describe('a peer that breaks the protocol', () => {
  it('is disconnected for each offence, while others exchange data', async () => {
    const victim = await startVictim()
    const cost = watchCost()
    const offend = async (): Promise<void> => {
      for (const { name, features, bytes, reason } of OFFENCES) {
        const peer = await victim.attacker(features)
        peer.socket.write(bytes)
        expect(await victim.endOf(peer), name).toMatch(reason)
      }
    }
    await Promise.all([offend(), exchangeHonestly(victim)])
    cost.expectLittle()
  })

  it('is disconnected for spare bits in its bitfield', async () => {
    const victim = await startVictim({ source: ODD_SOURCE, has: 0 })
    const peer = await victim.attacker()
    peer.socket.write(message(5, [0, 1]))
    expect(await victim.endOf(peer)).toMatch(/malformed bitfield/)
  })

  it.each([
    ['garbage', Buffer.alloc(2_097_152, 0xaa)],
    // What is shorter than a key and its padding might be the beginning of an encrypted handshake.
    ['a length prefix of 4 GiB', Buffer.alloc(1000, 0xff).fill(7, 4)],
    ['the handshake of an unknown torrent', handshake(Buffer.alloc(20, 7))],
    ['a handshake of another protocol', Buffer.from('\x13BitTorrent protocoL'.padEnd(1000))],
  ])('is hung up on when it starts with %s', async (_, bytes) => {
    const victim = await startVictim()
    const socket = connect(victim.port, '127.0.0.1').on('error', () => {})
    for (let at = 0; at < bytes.length && !socket.destroyed; at += 1000) socket.write(bytes.subarray(at, at + 1000))
    await expect.poll(() => socket.resume().destroyed).toBe(true)
    expect(victim.torrent.snapshot().connections).toBe(0)
  })
})

const ODDITIES: readonly (readonly [string, Uint8Array])[] = [
  ['unknown messages', Buffer.concat([message(10), message(11, [1, 2, 3]), message(255, new Uint8Array(100_000))])],
  ['a suggestion of no piece', message(13, numbers(0xffffffff))],
  ['allowed fast of no piece', message(17, numbers(0xffffffff))],
  ['a cancel of what it never asked for', message(8, numbers(0xffffffff, 7, 0))],
  ['a DHT port', message(9, [0, 0])],
  ['colliding extension ids', extended('d1:md11:lt_donthavei3e11:ut_metadatai3e6:ut_pexi3eee')],
  ['extension ids out of range', extended('d1:md11:lt_donthavei-1e11:ut_metadatai255e6:ut_pexi4294967296eee')],
  ['metadata of -1 bytes', extended('d13:metadata_sizei-1ee')],
  ['metadata of 0 bytes', extended('d13:metadata_sizei0ee')],
  ['metadata of 2 GiB', extended('d13:metadata_sizei2147483648ee')],
  ['facts of the wrong type', extended('d1:mi1e1:pl1:ae4:reqqi0e1:vd1:a1:bee')],
  ['messages of extensions that we do not have', message(20, [9, 1, 2, 3])],
  ['a hash request for 2^31 leaves', message(21, [...new Uint8Array(32), ...numbers(0, 0, 2 ** 31, 31)])],
]

describe('a peer that is only odd', () => {
  it('keeps its connection and is served', async () => {
    const victim = await startVictim()
    const peer = await victim.attacker(EXTENDED)
    for (const [, bytes] of ODDITIES) peer.socket.write(bytes)
    peer.wire.interested()
    peer.flush()
    await expect.poll(() => peer.heard).toContain('unchoke')
    peer.wire.request(0, 0, BLOCK)
    peer.flush()
    await expect.poll(() => peer.heard).toContain(`block 0 0 ${BLOCK}`)
  })

  it('may set the v2 bit and every other reserved bit', async () => {
    const victim = await startVictim()
    const socket = connect(victim.port, '127.0.0.1')
    const bytes = handshake(victim.source.metainfo.infoHash)
    bytes.fill(0xff, 20, 28)
    let heard = 0
    socket.on('data', (data) => (heard += data.length)).write(bytes)
    await expect.poll(() => heard).toBeGreaterThan(68)
    expect(victim.torrent.snapshot().connections).toBe(1)
    socket.destroy()
  })

  it('with the fast extension gets a reject for each request that cannot be served', async () => {
    const victim = await startVictim()
    const peer = await victim.attacker(FAST)
    const requests = [
      [0, 0, 0],
      [0, 0, 17_408],
      [0, 0, 2 ** 31],
      [PIECES - 1, 32_767, 2],
      [PIECES, 0, BLOCK],
      [0xffffffff, 0xffffffff, 0xffffffff],
      [0, 0, BLOCK],
    ] as const
    const ask = (): void => {
      for (const [piece, begin, length] of requests) peer.wire.request(piece, begin, length)
      peer.flush()
    }
    ask()
    const rejects = (): string[] => peer.heard.filter((line) => line.startsWith('reject'))
    await expect.poll(rejects).toEqual(requests.map((r) => `reject ${r.join(' ')}`))
    peer.wire.interested()
    ask()
    await expect.poll(() => peer.heard).toContain(`block 0 0 ${BLOCK}`)
    expect(rejects()).toHaveLength(2 * requests.length - 1)
  })
})

// No one place takes all connections of a torrent (H44).

import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { hasPlaceAt } from '../src/peer/host-limit.ts'
import { SOURCE, startVictim } from './hostile.ts'
import { magnetOf } from './metadata-peers.ts'
import { movedSockets } from './moved-sockets.ts'
import { connectPeer, seedingPeer, startSession, temporaryFolder } from './support.ts'

const ends = (count: number, host: string): Endpoint[] =>
  Array.from({ length: count }, (_, n) => ({ host, port: n + 1 }))

describe('a place', () => {
  it.each([
    ['203.0.113.5', 8],
    ['2001:db8:1:2::5', 8],
    ['127.0.0.1', 64],
    ['::1', 64],
    ['192.168.1.1', 64],
    ['fe80::1%eth0', 64],
    ['peer.example', 8],
  ])('%s takes %i connections', (host, most) => {
    expect(hasPlaceAt(host, ends(most - 1, host))).toBe(true)
    expect(hasPlaceAt(host, ends(most, host))).toBe(false)
    expect(hasPlaceAt('198.51.100.1', ends(most, host))).toBe(true)
  })

  it('is a /64 in the global part of IPv6, and one address elsewhere', () => {
    const spread = (prefix: string): Endpoint[] =>
      Array.from({ length: 80 }, (_, n) => ({ host: `${prefix}${n + 1}`, port: 1 }))
    expect(hasPlaceAt('2001:db8:1:2:ffff::', spread('2001:db8:1:2::'))).toBe(false)
    expect(hasPlaceAt('2001:db8:1:3::', spread('2001:db8:1:2::'))).toBe(true)
    expect(hasPlaceAt('fd00::ffff', spread('fd00::'))).toBe(true)
    expect(hasPlaceAt('203.0.113.200', spread('203.0.113.'))).toBe(true)
  })

  it('depends on the others there alone', () => {
    const host = fc.constantFrom('203.0.113.5', '203.0.113.6', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1')
    const place = (one: string): string => one.replace(/^2001:db8::.*/, '2001:db8::')
    fc.assert(
      fc.property(fc.array(host, { maxLength: 40 }), host, (others, one) => {
        const there = others.filter((other) => place(other) === place(one)).length
        expect(
          hasPlaceAt(
            one,
            others.map((other) => ({ host: other, port: 1 })),
          ),
        ).toBe(there < 8)
      }),
    )
  })
})

describe('a torrent', () => {
  it('refuses the ninth connection from a global address, until one is gone', async () => {
    const { session, port } = await startSession({}, { sockets: movedSockets(() => '203.0.113.5') })
    const torrent = await session.add(SOURCE.torrent, { directory: temporaryFolder() })
    await expect.poll(() => torrent.snapshot().phase).toBe('downloading')
    const connect = async (): ReturnType<typeof connectPeer> => {
      const peer = await connectPeer(port, SOURCE)
      await expect.poll(() => peer.isClosed() || peer.heard.length > 0).toBe(true)
      return peer
    }
    const peers = []
    for (let n = 0; n < 8; n++) peers.push(await connect())
    expect(peers.filter((peer) => peer.isClosed())).toEqual([])
    expect((await connect()).isClosed()).toBe(true)
    expect(torrent.snapshot().connections).toBe(8)
    peers[3]!.socket.destroy()
    await expect.poll(() => torrent.snapshot().connections).toBe(7)
    expect((await connect()).isClosed()).toBe(false)
  })

  it('does so before its metadata is known, too', async () => {
    const { session, port } = await startSession({}, { sockets: movedSockets(() => '203.0.113.5') })
    const torrent = await session.add(magnetOf(SOURCE.metainfo, []), { directory: temporaryFolder() })
    const peers = []
    for (let n = 0; n < 8; n++) peers.push(await connectPeer(port, SOURCE))
    await expect.poll(() => torrent.snapshot().connections).toBe(8)
    const refused = await connectPeer(port, SOURCE)
    await expect.poll(() => refused.isClosed()).toBe(true)
    expect(torrent.snapshot().connections).toBe(8)
    expect(peers.filter((peer) => peer.isClosed())).toEqual([])
  })

  it('takes 64 connections from a loopback address', async () => {
    const victim = await startVictim()
    for (let n = 0; n < 64; n++) await victim.attacker()
    const refused = await connectPeer(victim.port, SOURCE)
    await expect.poll(() => refused.isClosed()).toBe(true)
    expect(victim.torrent.snapshot().connections).toBe(64)
  })

  it('dials no more than eight peers at one global address, whoever names them', async () => {
    const peers = await Promise.all(Array.from({ length: 12 }, () => seedingPeer(SOURCE, { answers: () => false })))
    const sockets = movedSockets(() => '203.0.113.5')
    const { session } = await startSession({}, { sockets })
    const torrent = await session.add(SOURCE.torrent, {
      directory: temporaryFolder(),
      peers: peers.map(({ address }) => `203.0.113.5:${parseEndpoint(address).port}`),
    })
    await expect.poll(() => torrent.snapshot().connections).toBe(8)
    // A second in which the dialer looks at its list again.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(sockets.dials.length).toBe(8)
    expect(torrent.snapshot().connections).toBe(8)
  })
})

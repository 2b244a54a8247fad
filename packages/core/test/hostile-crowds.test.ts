// Too many connections, the same one twice, and ourselves.

import { connect } from 'node:net'
import type { Socket } from 'node:net'

import { createEncoder, makeReserved } from '@ccbt/wire-protocol'
import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

import { collectGarbage, exchangeHonestly, SOURCE, startVictim, watchCost } from './hostile.ts'
import type { Victim } from './hostile.ts'
import { connectPeer, seedingPeer, startSession, temporaryFolder } from './support.ts'

function handshake(infoHash: Uint8Array, peerId: string): Uint8Array {
  const wire = createEncoder()
  wire.handshake({ reserved: makeReserved({}), infoHash, peerId: Buffer.from(peerId) })
  return wire.take()
}

/** A bare socket to the victim that sends `bytes` and nothing more. */
function open(victim: Victim, bytes: Uint8Array): Socket {
  const socket = connect(victim.port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  socket.write(bytes)
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Interested, and 2000 requests. */
const ASKING = ((): Uint8Array => {
  const wire = createEncoder()
  wire.interested()
  for (let n = 0; n < 2000; n++) wire.request(n % 32, 0, 16_384)
  return wire.take()
})()

describe('half-open connections', () => {
  it.each([0, 47, 67])('in hundreds, with %i bytes of a handshake each, keep nobody out', async (bytes) => {
    const victim = await startVictim()
    const cost = watchCost()
    const head = handshake(SOURCE.metainfo.infoHash, '-EV0001-000000000000').subarray(0, bytes)
    const sockets = Array.from({ length: 500 }, () => open(victim, head))
    await expect.poll(() => sockets.every((socket) => !socket.connecting)).toBe(true)
    await exchangeHonestly(victim)
    cost.expectLittle()
  })

  it('are closed when the handshake takes too long', async () => {
    const victim = await startVictim({ clock: scaledClock(50) })
    const head = handshake(SOURCE.metainfo.infoHash, '-EV0001-000000000000')
    const sockets = [0, 20, 48, 67].map((bytes) => open(victim, head.subarray(0, bytes)))
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true)
    expect(victim.torrent.snapshot().connections).toBe(0)
  })
})

describe('silent connections', () => {
  it('are closed in the end', async () => {
    const victim = await startVictim({ clock: scaledClock(500) })
    const peer = await victim.attacker()
    expect(await victim.endOf(peer)).toBe('dropped: silent')
  })

  it('beyond the limit are refused, and what a closed one held is given to the next', async () => {
    const victim = await startVictim({ session: { maxPeers: 5 } })
    const peers = []
    for (let i = 0; i < 5; i++) peers.push(await victim.attacker())
    const refused = await connectPeer(victim.port, SOURCE)
    await expect.poll(() => refused.isClosed()).toBe(true)
    expect(victim.torrent.snapshot().connections).toBe(5)
    peers[0]!.socket.destroy()
    await expect.poll(() => victim.torrent.snapshot().connections).toBe(4)
    await victim.attacker()
    expect(victim.torrent.snapshot().connections).toBe(5)
  })
})

describe('a session that is told its own address', () => {
  it('finds out and does not try again', async () => {
    const victim = await startVictim()
    const infoHash = victim.torrent.infoHash
    await victim.session.command({ type: 'remove', infoHash })
    const torrent = await victim.session.add(SOURCE.torrent, {
      directory: temporaryFolder(),
      peers: [`127.0.0.1:${victim.port}`],
    })
    const attempts = (): number => victim.events.filter((e) => e.type === 'peer-disconnected').length
    await expect.poll(attempts).toBe(2)
    expect(torrent.snapshot()).toMatchObject({
      connections: 0,
      knownPeers: 0,
      bannedPeers: 0,
      phase: 'downloading',
    })
    expect(victim.events).toContainEqual(expect.objectContaining({ reason: 'dropped: connected to ourselves' }))
  })
})

describe('a peer id', () => {
  it('that is connected already is refused from elsewhere; the first one stays', async () => {
    const victim = await startVictim()
    const first = open(victim, handshake(SOURCE.metainfo.infoHash, '-EV0001-000000000001'))
    await expect.poll(() => victim.torrent.snapshot().connections).toBe(1)
    await expect.poll(() => first.bytesRead).toBeGreaterThan(0)
    const second = open(victim, handshake(SOURCE.metainfo.infoHash, '-EV0001-000000000001'))
    await expect.poll(() => second.destroyed).toBe(true)
    expect(first.destroyed).toBe(false)
    expect(victim.events).toContainEqual(expect.objectContaining({ reason: 'dropped: already connected' }))
  })

  it('is not tried for ever when two addresses have it', async () => {
    const peer = await seedingPeer(SOURCE, { answers: () => false })
    const [, port] = peer.address.split(':')
    const { session, events } = await startSession({}, { clock: scaledClock(20) })
    const torrent = await session.add(SOURCE.torrent, {
      directory: temporaryFolder(),
      peers: [peer.address, `[::ffff:127.0.0.1]:${port}`],
    })
    await expect.poll(() => torrent.snapshot().connections).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const tries = events.filter((e) => e.type === 'peer-disconnected').length
    expect(tries).toBeLessThan(6)
  })
})

describe('two sessions that dial each other at the same moment', () => {
  it('end up with one connection', async () => {
    const one = await startVictim({ has: 0.5 })
    const two = await startSession()
    await one.session.command({ type: 'remove', infoHash: one.torrent.infoHash })
    for (let round = 0; round < 5; round++) {
      const [first, second] = await Promise.all([
        one.session.add(SOURCE.torrent, { directory: temporaryFolder(), peers: [`127.0.0.1:${two.port}`] }),
        two.session.add(SOURCE.torrent, { directory: temporaryFolder(), peers: [`127.0.0.1:${one.port}`] }),
      ])
      await expect.poll(() => [first.snapshot().connections, second.snapshot().connections]).toEqual([1, 1])
      await one.session.command({ type: 'remove', infoHash: first.infoHash })
      await two.session.command({ type: 'remove', infoHash: first.infoHash })
    }
  })
})

describe('peers that come and go', () => {
  it('leave nothing behind, whatever they had asked for', async () => {
    const victim = await startVictim({ session: { uploadLimitBps: 1000 } })
    const churn = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        const peers = Array.from({ length: 24 }, (_, i) =>
          open(
            victim,
            Buffer.concat([handshake(SOURCE.metainfo.infoHash, `-EV0001-${'0'.repeat(10)}${i + 10}`), ASKING]),
          ),
        )
        await expect.poll(() => peers.every((peer) => peer.bytesRead > 68), { interval: 5 }).toBe(true)
        for (const peer of peers) peer.destroy()
        await expect.poll(() => victim.torrent.snapshot().connections, { interval: 5 }).toBe(0)
      }
    }
    await churn(4)
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    await churn(16)
    collectGarbage()
    // 384 queues of 2000 requests alone are 18 MiB.
    expect((process.memoryUsage().heapUsed - before) / 1_048_576).toBeLessThan(12)
  })
})

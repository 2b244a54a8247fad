// Peers that ask for more than they take.

import { describe, expect, it } from 'vitest'

import { exchangeHonestly, FAST, flood, PIECES, startVictim, watchCost } from './hostile.ts'
import type { Victim } from './hostile.ts'
import { BLOCK, fixture } from './support.ts'
import type { RawPeer } from './support.ts'

/** 64 pieces of 512 KiB: each block that is asked for can be in memory of its own. */
const LARGE = fixture({ lengths: [33_554_432], pieceLength: 524_288 })

async function unchoked(victim: Victim, features = FAST): Promise<RawPeer> {
  const peer = await victim.attacker(features)
  peer.wire.interested()
  peer.flush()
  await expect.poll(() => peer.heard).toContain('unchoke')
  return peer
}

const rejects = (peer: RawPeer): number => peer.heard.filter((line) => line.startsWith('reject')).length

describe('a peer that asks and never reads', () => {
  it('binds no more memory than what waits in its socket', async () => {
    const victim = await startVictim({ source: LARGE, has: 1, session: { readCacheBytes: 4_194_304 } })
    const cost = watchCost()
    const peers = await Promise.all(Array.from({ length: 6 }, () => unchoked(victim)))
    // The pieces of each peer are its own, so that the cache holds nothing that two of them need.
    for (const [i, peer] of peers.entries()) {
      peer.socket.pause()
      for (let n = 0; n < 2000; n++) peer.wire.request((i * 10 + n) % 64, 16 * BLOCK, BLOCK)
      peer.flush()
    }
    await expect.poll(() => victim.torrent.snapshot().uploaded).toBeGreaterThan(6 * 1_500_000)
    let last = -1
    await expect
      .poll(
        () => {
          const before = last
          last = victim.torrent.snapshot().uploaded
          return last - before
        },
        { interval: 100 },
      )
      .toBe(0)
    cost.expectLittle(96)
    const reader = await unchoked(victim)
    reader.wire.request(5, 0, BLOCK)
    reader.flush()
    await expect.poll(() => reader.heard).toContain(`block 5 0 ${BLOCK}`)
  })

  it('is disconnected when rejects pile up too', async () => {
    const victim = await startVictim()
    const peer = await victim.attacker(FAST)
    peer.socket.pause()
    const attack = flood(peer, () => {
      for (let i = 0; i < 500; i++) peer.wire.request(0, 0, BLOCK)
    })
    await Promise.all([attack, exchangeHonestly(victim)])
    expect(await victim.endOf(peer)).toMatch(/flood|does not read/)
  })
})

describe('a peer that asks for a hundred thousand blocks', () => {
  it('has 2000 of them queued and the rest rejected', async () => {
    const victim = await startVictim({ session: { uploadLimitBps: 50_000 } })
    const peer = await unchoked(victim)
    for (let n = 0; n < 10_000; n++) peer.wire.request(n % (PIECES / 2), 0, BLOCK)
    peer.flush()
    await expect.poll(() => rejects(peer)).toBeGreaterThanOrEqual(7900)
    await expect.poll(() => peer.heard).toContain(`block 0 0 ${BLOCK}`)
    expect(rejects(peer)).toBeLessThanOrEqual(8000)
    expect(peer.isClosed()).toBe(false)
  })

  it('without the fast extension just gets no more than it may queue', async () => {
    const victim = await startVictim({ session: { uploadLimitBps: 50_000 } })
    const peer = await unchoked(victim, { fast: false, extended: false })
    for (let n = 0; n < 10_000; n++) peer.wire.request(n % (PIECES / 2), 0, BLOCK)
    peer.flush()
    await expect.poll(() => peer.heard).toContain(`block 0 0 ${BLOCK}`)
    expect(peer.isClosed()).toBe(false)
  })
})

describe('a peer that asks and cancels', () => {
  it('is answered each request once, with the block or a reject', async () => {
    const victim = await startVictim({ session: { uploadLimitBps: 2_000_000 } })
    const peer = await unchoked(victim)
    for (let n = 0; n < 300; n++) peer.wire.request(n % (PIECES / 2), 0, BLOCK)
    for (let n = 0; n < 300; n += 2) peer.wire.cancel(n % (PIECES / 2), 0, BLOCK)
    peer.flush()
    const blocks = (): number => peer.heard.filter((line) => line.startsWith('block')).length
    await expect.poll(() => rejects(peer) + blocks()).toBe(300)
    expect(rejects(peer)).toBe(150)
  })

  it('costs little, however often it does', async () => {
    const victim = await startVictim({ session: { uploadLimitBps: 50_000 } })
    const cost = watchCost()
    const peer = await unchoked(victim)
    for (let n = 0; n < 2000; n++) peer.wire.request(n % (PIECES / 2), 0, BLOCK)
    peer.flush()
    await flood(peer, () => {
      for (let i = 0; i < 500; i++) {
        peer.wire.cancel(PIECES - 1, 0, BLOCK)
        peer.wire.request(1, 0, BLOCK)
      }
    })
    expect(await victim.endOf(peer)).toMatch(/floods/)
    cost.expectLittle()
  })
})

describe('a peer that was choked again', () => {
  it('gets rejects for all that it has asked for', async () => {
    const victim = await startVictim({ session: { uploadLimitBps: 50_000 } })
    const peer = await unchoked(victim)
    for (let n = 0; n < 500; n++) peer.wire.request(n % (PIECES / 2), 0, BLOCK)
    peer.wire.notInterested()
    peer.flush()
    await expect.poll(() => peer.heard).toContain('choke')
    await expect.poll(() => rejects(peer)).toBeGreaterThanOrEqual(490)
  })
})

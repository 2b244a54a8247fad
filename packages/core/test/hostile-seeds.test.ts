// Peers that claim to have everything and give nothing, or something else.

import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

import { exchangeHonestly, FAST, PIECES, SOURCE, startVictim, watchCost } from './hostile.ts'
import type { PLAIN, Victim } from './hostile.ts'
import { BLOCK, fixture, fullBitfield } from './support.ts'
import type { Fixture, RawPeer } from './support.ts'

/** Waits 20 s in one. */
const fastTime = (): { clock: ReturnType<typeof scaledClock> } => ({ clock: scaledClock(20) })

/** A peer that claims every piece; each request is given to `answer`. */
async function claimAll(
  victim: Victim,
  answer: (peer: RawPeer, piece: number, begin: number, length: number) => void = () => {},
  features?: typeof PLAIN,
  bitfield: Uint8Array = fullBitfield(victim.source.metainfo),
): Promise<RawPeer> {
  const peer = await victim.attacker(features)
  peer.wire.bitfield(bitfield)
  peer.wire.unchoke()
  peer.flush()
  let seen = 0
  const timer = setInterval(() => {
    for (; seen < peer.heard.length; seen++) {
      const [name, piece, begin, length] = peer.heard[seen]!.split(' ')
      if (name === 'request') answer(peer, Number(piece), Number(begin), Number(length))
    }
    peer.flush()
  }, 1)
  onTestFinished(() => clearInterval(timer))
  return peer
}

/** Lest it be dropped for its silence. */
function keepAlive(peer: RawPeer): void {
  const timer = setInterval(() => {
    peer.wire.keepAlive()
    peer.flush()
  }, 1000)
  onTestFinished(() => clearInterval(timer))
}

const requests = (peer: RawPeer): string[] => peer.heard.filter((line) => line.startsWith('request'))

function sendBlock(peer: RawPeer, piece: number, begin: number, length: number): void {
  sendBlockOf(SOURCE, peer, [piece, begin, length])
}

function sendBlockOf(source: Fixture, peer: RawPeer, [piece, begin, length]: [number, number, number]): void {
  peer.wire.pieceHeader(piece, begin, length)
  peer.flush()
  const at = piece * source.metainfo.pieceLength + begin
  if (!peer.socket.destroyed) peer.socket.write(source.bytes.subarray(at, at + length))
}

describe('a peer that claims everything', () => {
  it('and rejects all that it is asked for is left after a while', async () => {
    const victim = await startVictim()
    const cost = watchCost()
    const liar = await claimAll(victim, (peer, ...block) => peer.wire.reject(...block), FAST)
    expect(await victim.endOf(liar)).toBe('dropped: rejects everything')
    expect(requests(liar).length).toBeLessThan(3000)
    await exchangeHonestly(victim)
    cost.expectLittle()
  })

  it.each([0.5, 63 / 64])(
    'and never answers, in a crowd, does not hold up the rest (with %f of the data)',
    async (has) => {
      const victim = await startVictim({ ...fastTime(), has })
      const crowd = await Promise.all(Array.from({ length: 6 }, () => claimAll(victim)))
      for (const peer of crowd) keepAlive(peer)
      await expect.poll(() => crowd.reduce((n, peer) => n + requests(peer).length, 0)).toBeGreaterThan(0)
      await exchangeHonestly(victim)
    },
  )

  it('and sends each block but its last byte does not keep the download from completing', async () => {
    const victim = await startVictim(fastTime())
    let isBegun = false
    await claimAll(victim, (peer, piece, begin, length) => {
      if (isBegun) return
      isBegun = true
      peer.wire.pieceHeader(piece, begin, length)
      peer.flush()
      peer.socket.write(new Uint8Array(length - 1).fill(0xee))
    })
    await expect.poll(() => isBegun).toBe(true)
    await exchangeHonestly(victim)
    // Its bytes were in place of good ones until the whole block came from elsewhere.
    expect(victim.torrent.snapshot().wasted.hashFailed).toBe(0)
  })

  it('and sends each block three times is disconnected, and its good blocks count', async () => {
    const victim = await startVictim()
    const noisy = await claimAll(victim, (peer, ...block) => {
      for (let i = 0; i < 3; i++) sendBlock(peer, ...block)
    })
    expect(await victim.endOf(noisy)).toMatch(/not requested/)
    expect(victim.torrent.snapshot().wasted.unrequested).toBeGreaterThan(0)
    await exchangeHonestly(victim)
  })

  it('and chokes in the middle of every answer costs only itself', async () => {
    const victim = await startVictim()
    let answers = 0
    const flapping = await claimAll(victim, (peer, ...block) => {
      if (answers++ % 8 === 0) {
        peer.wire.choke()
        peer.wire.unchoke()
      } else sendBlock(peer, ...block)
    })
    await Promise.all([exchangeHonestly(victim), expect.poll(() => answers).toBeGreaterThan(8)])
    expect(victim.torrent.snapshot().wasted.hashFailed).toBe(0)
    flapping.socket.destroy()
  })

  it('and allows all of it while choking is asked for ten pieces at most', async () => {
    const victim = await startVictim()
    const peer = await victim.attacker(FAST)
    peer.wire.haveAll()
    for (let piece = 0; piece < PIECES; piece++) peer.wire.allowedFast(piece)
    for (let piece = PIECES - 1; piece > 0; piece--) peer.wire.allowedFast(piece)
    peer.flush()
    await exchangeHonestly(victim)
    const asked = new Set<string | undefined>(requests(peer).map((line) => line.split(' ')[1]))
    expect(asked.size).toBeLessThanOrEqual(10)
  })
})

describe('peers that end a block after its piece was given up', () => {
  it('do not keep the piece from being completed', async () => {
    // Four pieces fill the memory for received data, so that one has to be given up before another can be fetched.
    const source = fixture({ lengths: [5_242_880], pieceLength: 1_048_576 })
    const victim = await startVictim({ source, has: 0, clock: scaledClock(10), session: { writeBudgetBytes: 1 } })
    const late = await Promise.all([0, 1, 2, 3].map((piece) => claimAll(victim, undefined, undefined, only(piece))))
    await expect.poll(() => late.every((peer) => requests(peer).length > 0)).toBe(true)
    for (const [piece, peer] of late.entries()) {
      peer.wire.choke()
      peer.wire.pieceHeader(piece, 0, BLOCK)
      peer.flush()
      peer.socket.write(source.bytes.subarray(piece * 1_048_576, piece * 1_048_576 + 1000))
    }
    await claimAll(victim, (peer, ...block) => sendBlockOf(source, peer, block), undefined, only(4))
    await expect.poll(() => victim.torrent.snapshot().piecesDone).toBe(1)
    for (const [piece, peer] of late.entries()) {
      peer.socket.write(source.bytes.subarray(piece * 1_048_576 + 1000, piece * 1_048_576 + BLOCK))
    }
    await claimAll(victim, (peer, ...block) => sendBlockOf(source, peer, block))
    await victim.torrent.complete
  })
})

/** The bitfield of a few pieces with one of them. */
function only(piece: number): Uint8Array {
  return new Uint8Array([0x80 >> piece])
}

describe('a peer that has rejected what nobody asked for', () => {
  it.each([
    { times: 0, asked: 32 },
    { times: 31, asked: 4 },
  ])('$times times is asked for $asked blocks at first', async ({ times, asked }) => {
    const victim = await startVictim({ has: 0 })
    const peer = await victim.attacker(FAST)
    peer.wire.haveAll()
    for (let n = 0; n < times; n++) peer.wire.reject(0, 0, BLOCK)
    peer.wire.unchoke()
    peer.flush()
    // All of them leave in one write.
    await expect.poll(() => requests(peer).length).toBeGreaterThan(0)
    await expect.poll(() => requests(peer).length).toBe(asked)
  })
})

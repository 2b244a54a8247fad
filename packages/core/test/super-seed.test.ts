// What a seed shows to whom when it shows its pieces one by one (BEP 16).

import { scaledClock } from '@ccbt/testkit'
import type { Clock } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import { FAST, PLAIN, SOURCE } from './hostile.ts'
import { BLOCK, connectPeer, startSession, temporaryFolder } from './support.ts'
import type { RawPeer } from './support.ts'

type Join = (features?: typeof FAST) => Promise<RawPeer>

/** A seed of 64 pieces with a way to ask which pieces a peer that comes is told of. */
async function startPlain(): Promise<{ command: (isOn: boolean) => Promise<unknown>; told: () => Promise<string> }> {
  const directory = temporaryFolder()
  await SOURCE.place(directory)
  const { session, port } = await startSession()
  const torrent = await session.add(SOURCE.torrent, { directory })
  await expect.poll(() => torrent.snapshot().phase).toBe('seeding')
  const infoHash = Buffer.from(SOURCE.metainfo.infoHash).toString('hex')
  return {
    command: async (isOn) => {
      const result = await session.command({ type: 'super-seed', infoHash, isOn })
      await expect.poll(() => torrent.snapshot().phase).toBe('seeding')
      return result
    },
    told: async () => {
      const peer = await connectPeer(port, SOURCE, FAST)
      await expect.poll(() => peer.heard.join()).toMatch(/haveAll|have \d/)
      const isWhole = peer.heard.join().includes('haveAll')
      return isWhole ? 'all' : 'one by one'
    },
  }
}

/** A super seed of 64 pieces of two blocks, and a way to connect peers that have nothing. */
async function start(clock?: Clock): Promise<Join> {
  const directory = temporaryFolder()
  await SOURCE.place(directory)
  const { session, port } = await startSession({}, clock === undefined ? {} : { clock })
  const torrent = await session.add(SOURCE.torrent, { directory, superSeed: true })
  await expect.poll(() => torrent.snapshot().phase).toBe('seeding')
  return async (features = FAST) => {
    const peer = await connectPeer(port, SOURCE, features)
    if (features.fast) peer.wire.haveNone()
    peer.wire.interested()
    peer.flush()
    await expect.poll(() => peer.heard.length).toBeGreaterThan(0)
    return peer
  }
}

/** Pieces that a peer was shown, in order. */
const shown = (peer: RawPeer): number[] =>
  peer.heard.filter((line) => line.startsWith('have ')).map((line) => Number(line.slice(5)))

async function shownAtLeast(peer: RawPeer, count: number): Promise<number[]> {
  await expect.poll(() => shown(peer).length, { interval: 5 }).toBeGreaterThanOrEqual(count)
  return shown(peer)
}

/** Downloads both blocks of a piece. */
async function download(peer: RawPeer, piece: number): Promise<void> {
  const blocks = (): number => peer.heard.filter((line) => line.startsWith('block')).length
  const before = blocks()
  await expect.poll(() => peer.heard, { interval: 5 }).toContain('unchoke')
  for (const begin of [0, BLOCK]) peer.wire.request(piece, begin, BLOCK)
  peer.flush()
  await expect.poll(blocks, { interval: 5 }).toBe(before + 2)
}

async function say(peer: RawPeer, piece: number): Promise<void> {
  peer.wire.have(piece)
  peer.flush()
  // What follows from it is on its way back.
  await new Promise((resolve) => setTimeout(resolve, 50))
}

describe('a super seed', () => {
  it('claims to have nothing and shows four peers one piece each, all different', async () => {
    const join = await start()
    const peers = [await join(), await join(), await join(), await join(PLAIN)]
    const late = peers.slice(1)
    // The first was alone for a moment.
    for (const peer of late) await shownAtLeast(peer, 1)
    for (const peer of peers) expect(peer.heard.join()).not.toMatch(/bitfield|haveAll/)
    const all = peers.flatMap(shown)
    expect(new Set(all).size).toBe(all.length)
    expect(shown(peers[3]!).length).toBe(1)
  })

  it('begins and ends while it seeds', async () => {
    const seed = await startPlain()
    expect(await seed.told()).toBe('all')
    expect(await seed.command(true)).toEqual({ kind: 'done' })
    expect(await seed.told()).toBe('one by one')
    await seed.command(false)
    expect(await seed.told()).toBe('all')
  })

  it('shows the next piece when another peer has the last, and not before', async () => {
    const join = await start()
    const other = await join()
    for (let n = 0; n < 3; n++) await join()
    const one = await join()
    const [piece] = await shownAtLeast(one, 1)
    await download(one, piece!)
    await say(one, piece!)
    expect(shown(one)).toEqual([piece])
    await say(other, piece!)
    await shownAtLeast(one, 2)
    expect(shown(one).length).toBe(2)
  })

  it('serves nothing that it has not shown', async () => {
    const peer = await (await start())()
    const pieces = await shownAtLeast(peer, 1)
    await expect.poll(() => peer.heard, { interval: 5 }).toContain('unchoke')
    await shownAtLeast(peer, 4)
    const hidden = Array.from({ length: 64 }, (_, n) => n).find((n) => !shown(peer).includes(n))!
    peer.wire.request(hidden, 0, BLOCK)
    peer.flush()
    await expect.poll(() => peer.heard).toContain(`reject ${hidden} 0 ${BLOCK}`)
    await download(peer, pieces[0]!)
  })

  it('gives everything to a peer that is alone, whether it says what it got or not', async () => {
    const peer = await (await start())()
    for (let n = 0; n < 64; n++) {
      const pieces = await shownAtLeast(peer, n + 1)
      await download(peer, pieces[n]!)
      if (n % 8 === 0) await say(peer, pieces[n]!)
    }
    expect(new Set(shown(peer)).size).toBe(64)
    expect(peer.isClosed()).toBe(false)
  })

  it('does not wait for ever for peers that pass nothing on', async () => {
    const join = await start(scaledClock(100))
    const peers = await Promise.all([join(), join(), join(), join()])
    for (const peer of peers) {
      const [piece] = await shownAtLeast(peer, 1)
      await download(peer, piece!)
      peer.wire.notInterested()
      peer.flush()
    }
    for (const peer of peers) await shownAtLeast(peer, 3)
  })
})

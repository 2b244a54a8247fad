import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { BLOCK, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'

const flip = (_: number, __: number, data: Uint8Array): Uint8Array => {
  data[5]! ^= 0xff
  return data
}

describe('a peer that sends bad data', () => {
  it('is banned when it filled the piece alone, and the download completes', async () => {
    const source = fixture({ lengths: [800_000], pieceLength: BLOCK })
    const liar = await seedingPeer(source, { spoil: flip })
    const honest = await seedingPeer(source, { delayMs: 2 })
    const { session, events } = await startSession()
    const torrent = await session.add(source.torrent, {
      directory: temporaryFolder(),
      peers: [liar.address, honest.address],
    })
    await torrent.complete
    const banned = events.filter((e) => e.type === 'peer-banned')
    expect(banned.map((e) => e.address)).toEqual([liar.address])
    await expect.poll(() => liar.isConnected()).toBe(false)
    expect(torrent.snapshot().wasted.hashFailed).toBeGreaterThan(0)
  })

  it.each([262_144, 1_310_720])(
    'is found among honest ones that filled the same piece, and they stay (a piece of %i bytes)',
    async (pieceLength) => {
      const source = fixture({ lengths: [pieceLength], pieceLength })
      // Peers that do not answer keep what they were asked for until they are snubbed.
      const { session, events } = await startSession({}, { clock: scaledClock(20) })
      // At first one block comes from the liar and from nobody else, and nothing else does: all share the piece.
      const isFound = (): boolean => events.some((event) => event.type === 'piece-corrupt')
      const isLie = (begin: number): boolean => begin === 3 * BLOCK
      const liar = await seedingPeer(source, {
        answers: (_, begin) => isLie(begin) || isFound(),
        spoil: (piece, begin, data) => (isLie(begin) ? flip(piece, begin, data) : data),
      })
      const honest = await Promise.all(
        [1, 2].map(() => seedingPeer(source, { delayMs: 1, answers: (_, begin) => !isLie(begin) || isFound() })),
      )
      const torrent = await session.add(source.torrent, {
        directory: temporaryFolder(),
        peers: [liar.address, ...honest.map((peer) => peer.address)],
      })
      await torrent.complete
      const banned = new Set(events.flatMap((event) => (event.type === 'peer-banned' ? [event.address] : [])))
      expect([...banned]).toEqual([liar.address])
      expect(torrent.snapshot().wasted.hashFailed).toBeGreaterThan(0)
      const reasons = events.flatMap((event) =>
        event.type === 'peer-disconnected' && event.address !== liar.address ? [event.reason] : [],
      )
      expect(reasons.filter((reason) => reason !== 'dropped: both are seeds')).toEqual([])
    },
  )

  it('costs nobody the download when every peer lies: nothing is claimed, nothing loops', async () => {
    const source = fixture({ lengths: [200_000], pieceLength: BLOCK })
    const liars = await Promise.all([1, 2].map(() => seedingPeer(source, { spoil: flip })))
    const { session, events } = await startSession()
    const torrent = await session.add(source.torrent, {
      directory: temporaryFolder(),
      peers: liars.map((p) => p.address),
    })
    await expect.poll(() => events.filter((e) => e.type === 'peer-banned').length).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(torrent.snapshot()).toMatchObject({ phase: 'downloading', piecesDone: 0, connections: 0, bannedPeers: 2 })
  })
})

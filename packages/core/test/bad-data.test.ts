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

  it.each([262_144, 2_097_152])(
    'is found among honest ones that filled the same pieces, and they stay (pieces of %i bytes)',
    async (pieceLength) => {
      const source = fixture({ lengths: [6_000_000], pieceLength })
      // One bad block in every piece; slow peers so that all of them work on the same pieces.
      const liar = await seedingPeer(source, { delayMs: 3, spoil: (p, b, d) => (b === 3 * BLOCK ? flip(p, b, d) : d) })
      const honest = await Promise.all([1, 2].map(() => seedingPeer(source, { delayMs: 3 })))
      const { session, events } = await startSession()
      const torrent = await session.add(source.torrent, {
        directory: temporaryFolder(),
        peers: [liar.address, ...honest.map((p) => p.address)],
      })
      await torrent.complete
      const banned = new Set(events.filter((e) => e.type === 'peer-banned').map((e) => e.address))
      expect([...banned].filter((address) => address !== liar.address)).toEqual([])
      const corrupt = events.filter((e) => e.type === 'piece-corrupt').length
      if (corrupt > 0) expect(banned.size).toBe(1)
      expect(torrent.snapshot().piecesDone).toBe(Math.ceil(6_000_000 / pieceLength))
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
    await expect.poll(() => events.filter((e) => e.type === 'peer-banned').length, { timeout: 10_000 }).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(torrent.snapshot()).toMatchObject({ phase: 'downloading', piecesDone: 0, connections: 0, bannedPeers: 4 })
  })
})

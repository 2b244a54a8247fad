import { describe, expect, it } from 'vitest'

import { BLOCK, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'

describe('the endgame', () => {
  it('costs no honest peer its connection, whether it answers cancels with rejects or not', async () => {
    // One piece of many blocks and several peers of different speed: almost every block is requested more than once.
    const source = fixture({ lengths: [400 * BLOCK], pieceLength: 400 * BLOCK })
    const peers = await Promise.all([1, 3, 8, 20].map((delayMs) => seedingPeer(source, { delayMs, fast: true })))
    const { session, events } = await startSession()
    const torrent = await session.add(source.torrent, {
      directory: temporaryFolder(),
      peers: peers.map((p) => p.address),
    })
    await torrent.complete
    const reasons = events.flatMap((e) => (e.type === 'peer-disconnected' && e.reason !== undefined ? [e.reason] : []))
    expect(reasons.filter((reason) => reason !== 'dropped: both are seeds')).toEqual([])
    expect(torrent.snapshot().wasted.unrequested).toBe(0)
  })
})

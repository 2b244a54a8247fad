// A seed that everybody has left, and that somebody comes to again.

import { scaledClock } from '@ccbt/testkit'
import { expect, it } from 'vitest'

import { FAST, SOURCE } from './hostile.ts'
import { BLOCK, connectPeer, startSession, temporaryFolder } from './support.ts'

it('a seed gives its swarm up when all have been gone for a while, and serves whoever comes then', async () => {
  const directory = temporaryFolder()
  await SOURCE.place(directory)
  const { session, port } = await startSession({}, { clock: scaledClock(500) })
  const torrent = await session.add(SOURCE.torrent, { directory })
  await torrent.complete
  const hasSwarm = (): boolean => torrent.snapshot().sources.some(({ kind }) => kind === 'pex')
  const fetchBlock = async (): Promise<void> => {
    const before = torrent.snapshot().uploaded
    const peer = await connectPeer(port, SOURCE, FAST)
    peer.wire.haveNone()
    peer.wire.interested()
    peer.flush()
    await expect.poll(() => peer.heard.some((message) => message.startsWith('unchoke')), { timeout: 10_000 }).toBe(true)
    peer.wire.request(0, 0, BLOCK)
    peer.flush()
    await expect.poll(() => torrent.snapshot().uploaded, { timeout: 10_000 }).toBe(before + BLOCK)
    expect(hasSwarm()).toBe(true)
    peer.socket.destroy()
  }
  expect(hasSwarm()).toBe(false)
  await fetchBlock()
  await expect.poll(hasSwarm, { timeout: 10_000 }).toBe(false)
  await fetchBlock()
  expect(torrent.snapshot().uploaded).toBe(2 * BLOCK)
})

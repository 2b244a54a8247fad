// A seed that everybody has left, and that somebody comes to again.

import { scaledClock } from '@ccbt/testkit'
import { expect, it } from 'vitest'

import type { Command } from '../src/index.ts'
import { FAST, SOURCE } from './hostile.ts'
import { BLOCK, connectPeer, fixture, startSession, temporaryFolder } from './support.ts'

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
    await expect.poll(() => peer.heard.some((message) => message.startsWith('unchoke'))).toBe(true)
    peer.wire.request(0, 0, BLOCK)
    peer.flush()
    await expect.poll(() => torrent.snapshot().uploaded).toBe(before + BLOCK)
    expect(hasSwarm()).toBe(true)
    peer.socket.destroy()
  }
  expect(hasSwarm()).toBe(false)
  await fetchBlock()
  await expect.poll(hasSwarm).toBe(false)
  await fetchBlock()
  expect(torrent.snapshot().uploaded).toBe(2 * BLOCK)
})

it('a seed at rest has one summary until something changes, and that is right', async () => {
  const source = fixture({ lengths: [100_000, 50_000], pieceLength: 32_768 })
  const [directory, elsewhere] = [temporaryFolder(), temporaryFolder()]
  await source.place(directory)
  const { session } = await startSession()
  const torrent = await session.add(source.torrent, { directory })
  await torrent.complete
  const { infoHash } = torrent
  const changes: Command[] = [
    { type: 'limit', infoHash, downloadLimitBps: 70_000 },
    { type: 'limit', infoHash, uploadLimitBps: 90_000 },
    { type: 'set-label', infoHash, label: 'films' },
    { type: 'force-start', infoHash, isForced: true },
    { type: 'move', infoHash, directory: elsewhere, movesData: true },
    { type: 'pause', infoHash },
    { type: 'resume', infoHash },
    { type: 'priorities', infoHash, priorities: [4, 0] },
  ]
  for (const change of changes) {
    const before = torrent.summary()
    expect(torrent.summary()).toBe(before)
    expect(await session.command(change)).toEqual({ kind: 'done' })
    await expect.poll(() => torrent.summary().phase).toBe(change.type === 'pause' ? 'paused' : 'seeding')
    // Made anew, it says the same.
    expect(torrent.snapshot()).toMatchObject(torrent.summary())
    if (change.type !== 'resume') expect(torrent.summary()).not.toEqual(before)
  }
})

// Peers that a person names, or has nothing to do with, while a torrent is there.

import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { describe, expect, it } from 'vitest'

import { moreNamedPeers } from '../src/peer/named-peers.ts'
import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'

const SOURCE = fixture({ lengths: [200_000], pieceLength: 32_768 })
const infoHash = Buffer.from(SOURCE.metainfo.infoHash).toString('hex')

describe('peers that are named', () => {
  it.each(['torrent file', 'magnet link'])('later are those that a %s is fetched from', async (kind) => {
    const { session } = await startSession()
    const source = kind === 'torrent file' ? SOURCE.torrent : `magnet:?xt=urn:btih:${infoHash}`
    const torrent = await session.add(source, { directory: temporaryFolder() })
    const seed = await startSession()
    const directory = temporaryFolder()
    await SOURCE.place(directory)
    await seed.session.add(SOURCE.torrent, { directory })
    const peers = [parseEndpoint(`127.0.0.1:${seed.port}`)]
    expect(await session.command({ type: 'peers', infoHash, peers })).toEqual({ kind: 'done' })
    await torrent.complete
  })

  it('while a torrent rests are asked when it goes on', async () => {
    const { session } = await startSession()
    const torrent = await session.add(SOURCE.torrent, { directory: temporaryFolder(), paused: true })
    await expect.poll(() => torrent.snapshot().phase).toBe('paused')
    const peer = await seedingPeer(SOURCE)
    await session.command({ type: 'peers', infoHash, peers: [parseEndpoint(peer.address)] })
    expect(peer.isConnected()).toBe(false)
    await session.command({ type: 'resume', infoHash })
    await torrent.complete
  })

  it('are as many as one person names', () => {
    const all = Array.from({ length: 300 }, (_, port): Endpoint => ({ host: '127.0.0.1', port: port + 1 }))
    const kept = moreNamedPeers(moreNamedPeers([], all.slice(0, 150)), all.slice(150))
    expect(kept).toEqual(all.slice(100))
  })
})

describe('a ban by hand', () => {
  it('ends the connection and keeps the address away', async () => {
    const { session } = await startSession()
    const peer = await seedingPeer(SOURCE, { answers: () => false })
    const torrent = await session.add(SOURCE.torrent, { directory: temporaryFolder(), peers: [peer.address] })
    await expect.poll(() => torrent.snapshot().connections).toBe(1)
    expect(await session.command({ type: 'ban', hosts: ['127.0.0.1'] })).toEqual({ kind: 'done' })
    await expect.poll(() => torrent.snapshot().connections).toBe(0)
    await session.command({ type: 'peers', infoHash, peers: [parseEndpoint(peer.address)] })
    expect(torrent.snapshot().knownPeers).toBe(0)
  })
})

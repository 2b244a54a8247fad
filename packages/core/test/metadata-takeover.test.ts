import { describe, expect, it } from 'vitest'

import { magnetOf, metadataPeer } from './metadata-peers.ts'
import { fixture, startSession, temporaryFolder } from './support.ts'

const SOURCE = fixture({ lengths: [1_000_000], pieceLength: 16_384 })

describe('connections of the metadata phase', () => {
  it('live on: the peer is greeted once and serves everything', async () => {
    const peer = await metadataPeer(SOURCE)
    const started = await startSession()
    const torrent = await started.session.add(magnetOf(SOURCE.metainfo, [peer]), { directory: temporaryFolder() })
    await torrent.complete
    expect(peer.connections()).toBe(1)
    expect(peer.blocksSent()).toBeGreaterThanOrEqual(62)
    expect(peer.heard.filter((what) => what === 'handshake' || what === 'haveNone')).toEqual(['handshake', 'haveNone'])
    const ends = started.events.flatMap((event) => (event.type === 'peer-disconnected' ? [event] : []))
    expect(ends).toMatchObject([{ address: `127.0.0.1:${peer.port}`, reason: 'dropped: both are seeds' }])
  })

  it('live on in both directions, and metadata is served by whoever has it', async () => {
    const folder = temporaryFolder()
    await SOURCE.place(folder)
    const seeder = await startSession()
    const first = await startSession()
    const second = await startSession()
    const magnet = magnetOf(SOURCE.metainfo, [])
    const waiting = await first.session.add(magnet, { directory: temporaryFolder() })
    const other = await second.session.add(magnet, {
      directory: temporaryFolder(),
      peers: [`127.0.0.1:${first.port}`],
    })
    await expect.poll(() => waiting.snapshot().connections).toBe(1)
    const seeding = await seeder.session.add(SOURCE.torrent, { directory: folder, peers: [`127.0.0.1:${first.port}`] })
    await Promise.all([waiting.complete, other.complete])
    expect(seeding.snapshot().uploaded).toBeGreaterThanOrEqual(1_000_000)
    expect(first.events.filter((event) => event.type === 'peer-banned')).toEqual([])
  })

  it('are closed when the torrent cannot be opened', async () => {
    const peer = await metadataPeer(SOURCE)
    const { session } = await startSession()
    const torrent = await session.add(magnetOf(SOURCE.metainfo, [peer]), {
      directory: temporaryFolder(),
      chooseFiles: () => [99],
    })
    await expect(torrent.complete).rejects.toMatchObject({ code: 'TORRENT_SELECTION_INVALID' })
    await expect.poll(() => peer.isConnected()).toBe(false)
  })
})

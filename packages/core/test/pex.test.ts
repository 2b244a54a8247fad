import type { PexMessage } from '@ccbt/wire-protocol'
import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { gossip } from './gossip.ts'
import { BLOCK, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'

/** A torrent of a few blocks, private or not. */
function torrentOf(isPrivate: boolean): Fixture {
  const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })
  if (!isPrivate) return source
  const { metainfo } = source
  const torrent = buildTorrent({
    name: metainfo.name,
    files: metainfo.files,
    isMultiFile: false,
    pieceLength: BLOCK,
    pieceHashes: metainfo.pieceHashes,
    trackers: [],
    isPrivate: true,
  })
  return { ...source, torrent, metainfo: parseTorrent(torrent) }
}

const at = (ip: number[], port: number): PexMessage['added'][number] => ({ ip: Uint8Array.from(ip), port, flags: 0 })

describe('peer exchange', () => {
  it('tells a peer who else is there, and not itself', async () => {
    const source = torrentOf(false)
    const seed = await seedingPeer(source, { delayMs: 1000 })
    const to = await startSession({}, { clock: scaledClock(20) })
    await to.session.add(source.torrent, { directory: temporaryFolder(), peers: [seed.address] })
    const peer = await gossip(source, to)
    await expect.poll(() => peer.heard.length).toBeGreaterThan(0)
    const port = Number(seed.address.split(':')[1])
    expect(peer.heard[0]!.added.map((entry) => entry.port)).toContain(port)
    expect(peer.heard[0]!.added.map((entry) => entry.port)).not.toContain(9)
  })

  it('dials whom a peer names, but nothing unusable and no more than a hundred at once', async () => {
    const source = torrentOf(false)
    const to = await startSession()
    const torrent = await to.session.add(source.torrent, { directory: temporaryFolder() })
    const seed = await seedingPeer(source)
    const peer = await gossip(source, to)
    peer.send({ added: [at([127, 0, 0, 1], Number(seed.address.split(':')[1]))], dropped: [] })
    await torrent.complete
    const before = torrent.snapshot().knownPeers
    peer.send({ added: [at([127, 0, 0, 1], 22), at([127, 0, 0, 1], 0), at([224, 0, 0, 1], 7000)], dropped: [] })
    for (let n = 0; n < 6; n++) {
      peer.send({ added: Array.from({ length: 50 }, (_, i) => at([127, 1, n, i], 7000)), dropped: [] })
    }
    await expect.poll(() => torrent.snapshot().knownPeers).toBeGreaterThan(before)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(torrent.snapshot().knownPeers).toBeLessThanOrEqual(before + 100)
  })

  it('is not offered in a private torrent, and what comes all the same is not used', async () => {
    const source = torrentOf(true)
    const to = await startSession()
    const torrent = await to.session.add(source.torrent, { directory: temporaryFolder() })
    const peer = await gossip(source, to)
    expect(peer.names).not.toContain('ut_pex')
    expect(peer.names).toContain('ut_metadata')
    const before = torrent.snapshot().knownPeers
    for (const id of [1, 2, 3, 4]) {
      void id
      peer.send({ added: [at([127, 0, 0, 1], 7000)], dropped: [] })
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(torrent.snapshot().knownPeers).toBe(before)
  })

  it('can be switched off', async () => {
    const source = torrentOf(false)
    const to = await startSession({ pex: false })
    await to.session.add(source.torrent, { directory: temporaryFolder() })
    expect((await gossip(source, to)).names).not.toContain('ut_pex')
  })
})

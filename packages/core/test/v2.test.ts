// v2 and hybrid torrents between real sessions and scripted peers.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { swarmHashes } from '@ccbt/metainfo'
import { describe, expect, it } from 'vitest'

import { BLOCK, connectPeer, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'
import { v2Fixture } from './v2-support.ts'

const KIB = 1024
const MIB = 1_048_576

/** Small and large files, some of less than a block, and pieces of one and of several segments. */
const PLANS = [
  { name: 'one file', lengths: [700_001], pieceLength: 64 * KIB },
  { name: 'one file of less than a piece', lengths: [40_000], pieceLength: 256 * KIB },
  { name: 'a folder', lengths: [5, 0, 70_000, 16_384, 300_001, 16_385, 131_072], pieceLength: 64 * KIB },
  { name: 'pieces of one block', lengths: [5, 100_000], pieceLength: 16 * KIB },
  { name: 'pieces of several segments', lengths: [5 * MIB + 3, 100_000, 2 * MIB], pieceLength: 2 * MIB },
]

async function expectFiles({ metainfo, bytes }: Fixture, folder: string): Promise<void> {
  for (const { isPad, path, offset, length } of metainfo.files) {
    const file = join(folder, ...path)
    if (isPad) expect(existsSync(file)).toBe(false)
    else expect(Buffer.compare(await readFile(file), bytes.subarray(offset, offset + length))).toBe(0)
  }
}

describe.each(['v2', 'hybrid'] as const)('a %s torrent', (kind) => {
  it.each(PLANS)(
    'of $name goes from one session to another and survives a restart',
    async ({ lengths, pieceLength }) => {
      const source = v2Fixture({ kind, lengths, pieceLength })
      const [seedFolder, folder, stateDir] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
      await source.place(seedFolder)
      const seeder = await startSession()
      const seed = await seeder.session.add(source.torrent, { directory: seedFolder })
      await seed.complete
      const peers = [`127.0.0.1:${seeder.port}`]
      const leecher = await startSession({ stateDir })
      const handle = await leecher.session.add(source.torrent, { directory: folder, peers })
      await handle.complete
      await expectFiles(source, folder)
      const data = source.metainfo.files.reduce((sum, file) => sum + (file.isPad ? 0 : file.length), 0)
      const { downloaded } = handle.snapshot()
      // Padding is not transferred, but for what the last block of a file ends with.
      expect(downloaded).toBeGreaterThanOrEqual(data)
      expect(downloaded).toBeLessThan(data + lengths.length * BLOCK)
      await leecher.session[Symbol.asyncDispose]()
      const again = await startSession({ stateDir })
      const restarted = await again.session.add(source.torrent, { directory: folder })
      await restarted.complete
      await again.session.command({ type: 'verify', infoHash: restarted.infoHash })
      await expect
        .poll(() => restarted.snapshot())
        .toMatchObject({ phase: 'seeding', checked: handle.snapshot().pieces })
    },
  )

  it('is found by each of its hashes', async () => {
    const source = v2Fixture({ kind, lengths: [100_000], pieceLength: 64 * KIB })
    const folder = temporaryFolder()
    await source.place(folder)
    const { session, port } = await startSession()
    await (
      await session.add(source.torrent, { directory: folder })
    ).complete
    const hashes = swarmHashes(source.metainfo)
    expect(hashes).toHaveLength(kind === 'hybrid' ? 2 : 1)
    for (const infoHash of hashes) {
      const peer = await connectPeer(port, { ...source, metainfo: { ...source.metainfo, infoHash } })
      await expect.poll(() => peer.heard[0]).toMatch(/^handshake/)
    }
    await expect(session.add(source.torrent, { directory: temporaryFolder() })).rejects.toMatchObject({
      code: 'SESSION_DUPLICATE_TORRENT',
    })
  })

  it('fetches a bad block again, nothing else, and bans who sent it', async () => {
    const source = v2Fixture({ kind, lengths: [2 * MIB], pieceLength: 512 * KIB })
    const seedFolder = temporaryFolder()
    await source.place(seedFolder)
    // Alone it would take two seconds: the other one is asked as well.
    const seeder = await startSession({ uploadLimitBps: 1_000_000 })
    const isThere = Promise.withResolvers<void>()
    await (
      await seeder.session.add(source.torrent, { directory: seedFolder })
    ).complete
    const liar = await seedingPeer(source, {
      // The seeder can say which block is bad.
      after: isThere.promise,
      spoil: (_piece, _begin, data) => {
        if (spoilt > 0) return data
        spoilt++
        return data.map((byte) => byte ^ 1)
      },
    })
    let spoilt = 0
    const { session, events } = await startSession()
    const peers = [liar.address, `127.0.0.1:${seeder.port}`]
    session.subscribe((event) => {
      if (event.type === 'peer-connected' && event.address === peers[1]) isThere.resolve()
    })
    const handle = await session.add(source.torrent, { directory: temporaryFolder(), peers })
    await handle.complete
    expect(spoilt).toBe(1)
    expect(events.filter((event) => event.type === 'peer-banned')).toMatchObject([{ address: liar.address }])
    expect(handle.snapshot().wasted.hashFailed).toBe(BLOCK)
  })
})

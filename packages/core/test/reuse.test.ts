import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'
import { v2Fixture } from './v2-support.ts'

const PIECE = 65_536

/** A session whose index knows the data of `known`, which lies in a folder of its own. */
async function knowing(known: Fixture): Promise<TestSession & { readonly folder: string; readonly index: string }> {
  const index = join(temporaryFolder(), 'chunks.sqlite')
  const folder = temporaryFolder()
  await known.place(folder)
  const first = await startSession({ xet: { index } })
  await (
    await first.session.add(known.torrent, { directory: folder })
  ).complete
  await first.session[Symbol.asyncDispose]()
  return { ...(await startSession({ xet: { index } })), folder, index }
}

/** The same files in a torrent of another piece length. */
function repacked(lengths: number[], kind: 'v1' | 'v2', pieceLength: number): Fixture {
  return kind === 'v1' ? fixture({ lengths, pieceLength }) : v2Fixture({ kind, lengths, pieceLength })
}

describe('a torrent whose files are on this machine', () => {
  for (const kind of ['v1', 'v2'] as const) {
    it(`has them without any peer (${kind})`, async () => {
      const lengths = [300_000, 5, 1_000_000]
      const { session, events } = await knowing(repacked(lengths, kind, PIECE))
      const other = repacked(lengths, kind, PIECE * 2)
      const directory = temporaryFolder()
      const torrent = await session.add(other.torrent, { directory })
      await torrent.complete
      for (const file of other.metainfo.files.filter(({ isPad }) => !isPad)) {
        const data = await readFile(join(directory, ...file.path))
        expect(data.equals(other.bytes.subarray(file.offset, file.offset + file.length))).toBe(true)
      }
      expect(events).toContainEqual(expect.objectContaining({ type: 'reused', bytes: 1_300_005 }))
      expect(torrent.snapshot().downloaded).toBe(0)
    })
  }

  it('is downloaded when the file has changed since it was indexed', async () => {
    const known = fixture({ lengths: [1_000_000], pieceLength: PIECE })
    const { session, folder } = await knowing(known)
    const other = fixture({ lengths: [1_000_000], pieceLength: PIECE * 2 })
    await utimes(join(folder, 'one.bin'), 1, 1)
    const peer = await seedingPeer(other)
    const directory = temporaryFolder()
    const torrent = await session.add(other.torrent, { directory, peers: [peer.address] })
    await torrent.complete
    expect(torrent.snapshot().reused?.bytes).toBe(0)
    expect(peer.sent()).toBe(1_000_000)
  })

  it('is downloaded when a file of this name and size is another, which stays as it is', async () => {
    const known = fixture({ lengths: [1_000_000], pieceLength: PIECE, seed: 2 })
    const { session, folder } = await knowing(known)
    const other = fixture({ lengths: [1_000_000], pieceLength: PIECE * 2 })
    const peer = await seedingPeer(other)
    const directory = temporaryFolder()
    const torrent = await session.add(other.torrent, { directory, peers: [peer.address] })
    await torrent.complete
    expect((await readFile(join(directory, 'one.bin'))).equals(other.bytes)).toBe(true)
    expect((await readFile(join(folder, 'one.bin'))).equals(known.bytes)).toBe(true)
    expect(torrent.snapshot().bannedPeers).toBe(0)
  })
})

describe('an older version of a file', () => {
  it('gives all blocks that have not changed, when peers tell which these are', async () => {
    const length = 4_000_000
    const old = v2Fixture({ kind: 'v2', lengths: [length], pieceLength: PIECE })
    const { session } = await knowing(old)
    const changed = old.bytes.slice(0, length)
    for (let at = 100_000; at < length; at += 600_000) changed[at]! ^= 1
    const seeder = await startSession()
    const next = v2Fixture({ kind: 'v2', lengths: [length], pieceLength: PIECE, contents: [changed] })
    const folder = temporaryFolder()
    await next.place(folder)
    await seeder.session.add(next.torrent, { directory: folder })
    const directory = temporaryFolder()
    const torrent = await session.add(next.torrent, { directory, peers: [`127.0.0.1:${seeder.port}`] })
    await torrent.complete
    expect((await readFile(join(directory, 'one.bin'))).equals(changed)).toBe(true)
    expect(torrent.snapshot().downloaded).toBe(7 * 16_384)
  })
})

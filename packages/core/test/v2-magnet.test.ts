// Magnet links of v2 and hybrid torrents: the metadata and the hashes of the pieces come from peers (BEP 52).

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { magnetOf, parseTorrent } from '@ccbt/metainfo'
import type { Magnet } from '@ccbt/metainfo'
import { describe, expect, it } from 'vitest'

import { metadataPeer } from './metadata-peers.ts'
import { fixture, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'
import { v2Fixture } from './v2-support.ts'

const KIB = 1024
/** Files of one piece, of a few, and of so many that their hashes come in several answers. */
const LENGTHS = [5, 100_000, 0, 16 * KIB * 700 + 5]

async function seedOf(source: Fixture): Promise<TestSession> {
  const folder = temporaryFolder()
  await source.place(folder)
  const seeder = await startSession()
  await (
    await seeder.session.add(source.torrent, { directory: folder })
  ).complete
  return seeder
}

function linkTo(source: Fixture, port: number, hashes: readonly ('v1' | 'v2')[]): Magnet {
  const { infoHashV1, infoHashV2, ...rest } = magnetOf(source.metainfo)
  return {
    ...rest,
    ...(hashes.includes('v1') && infoHashV1 !== undefined ? { infoHashV1 } : {}),
    ...(hashes.includes('v2') && infoHashV2 !== undefined ? { infoHashV2 } : {}),
    peers: [{ host: '127.0.0.1', port }],
  }
}

describe.each([
  ['v2', ['v2']],
  ['hybrid', ['v1', 'v2']],
  ['hybrid', ['v1']],
  ['hybrid', ['v2']],
] as const)('a magnet link of a %s torrent with the hashes %j', (kind, hashes) => {
  const source = v2Fixture({ kind, lengths: LENGTHS, pieceLength: 16 * KIB })

  it('brings the data, and all hashes are saved', async () => {
    const seeder = await seedOf(source)
    const [folder, stateDir] = [temporaryFolder(), temporaryFolder()]
    const leecher = await startSession({ stateDir })
    const magnet = linkTo(source, seeder.port, hashes)
    const handle = await leecher.session.add(magnet, { directory: folder })
    await handle.complete
    const known = new Set(leecher.events.flatMap((event) => ('infoHash' in event ? [event.infoHash] : [])))
    expect([...known]).toEqual([handle.infoHash])
    for (const { isPad, path, offset, length } of source.metainfo.files) {
      if (isPad) expect(existsSync(join(folder, ...path))).toBe(false)
      else
        expect(await readFile(join(folder, ...path))).toEqual(
          Buffer.from(source.bytes.subarray(offset, offset + length)),
        )
    }
    await leecher.session[Symbol.asyncDispose]()
    const [saved = ''] = await readdir(join(stateDir, 'torrents'))
    const metainfo = parseTorrent(await readFile(join(stateDir, 'torrents', saved)))
    expect(metainfo.pieceLayers).toEqual(source.metainfo.pieceLayers)
    // Nobody is there to ask any more.
    await seeder.session[Symbol.asyncDispose]()
    const again = await startSession({ stateDir })
    await (
      await again.session.add(magnet, { directory: folder })
    ).complete
  })
})

describe('without anybody who tells the hashes of the pieces', () => {
  it('a hybrid torrent goes on with its v1 hashes', async () => {
    const source = v2Fixture({ kind: 'hybrid', lengths: [100_000], pieceLength: 16 * KIB })
    const peer = await metadataPeer(source)
    const stateDir = temporaryFolder()
    const { session } = await startSession({ stateDir })
    const magnet = linkTo(source, peer.port, ['v1', 'v2'])
    const handle = await session.add(magnet, { directory: temporaryFolder(), metadataOnly: true })
    await handle.complete
    const again = await startSession({ stateDir })
    const restarted = await again.session.add(magnet, { directory: temporaryFolder(), metadataOnly: true })
    await restarted.complete
  })

  it('a v2 torrent waits, and can be paused and removed meanwhile', async () => {
    const source = v2Fixture({ kind: 'v2', lengths: [100_000], pieceLength: 16 * KIB })
    const peer = await metadataPeer(source)
    const { session } = await startSession()
    const handle = await session.add(linkTo(source, peer.port, ['v2']), { directory: temporaryFolder() })
    await expect.poll(() => peer.heard).toContain('hashRequest')
    await session.command({ type: 'pause', infoHash: handle.infoHash })
    expect(handle.snapshot().phase).toBe('paused')
    await session.command({ type: 'remove', infoHash: handle.infoHash })
    await expect(handle.complete).rejects.toMatchObject({ code: 'TORRENT_STOPPED' })
  })
})

describe('H40: the v2 bit of a peer', () => {
  it('means nothing to a v1 torrent: nobody is asked for hashes, and requests are rejected', async () => {
    const source = fixture({ lengths: [100_000], pieceLength: 16 * KIB })
    const peer = await metadataPeer(source, {
      reserved: Uint8Array.from([0, 0, 0, 0, 0, 0x10, 0, 0x14]),
      says: (wire) =>
        wire.hashRequest({ piecesRoot: new Uint8Array(32), baseLayer: 0, index: 0, length: 2, proofLayers: 0 }),
    })
    const { session } = await startSession()
    const handle = await session.add(linkTo(source, peer.port, ['v1']), {
      directory: temporaryFolder(),
      metadataOnly: true,
    })
    await handle.complete
    expect(peer.heard).toContain('hashReject')
    expect(peer.heard).not.toContain('hashRequest')
  })
})

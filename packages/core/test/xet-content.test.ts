// Content by its hash, without a torrent.

import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { parseEndpoint } from '@ccbt/address'
import { buildTorrent } from '@ccbt/metainfo'
import { seededRandom } from '@ccbt/primitives'
import type { XetMessage } from '@ccbt/wire-protocol'
import { createFileChunker } from '@ccbt/xet'
import type { FileChunks } from '@ccbt/xet'
import { describe, expect, it } from 'vitest'

import { fetchContent } from '../src/index.ts'
import { lying } from './content-liar.ts'
import { startSession, temporaryFolder } from './support.ts'

const DATA = new Uint8Array(700_000)
const random = seededRandom(3)
// The first half packs well, the second not at all.
for (let i = 350_000; i < DATA.length; i++) DATA[i] = random.u32()

interface Sharing {
  readonly peer: string
  readonly chunks: FileChunks
}

/** A session that seeds DATA. */
async function sharing(options: { share: boolean; isPrivate?: boolean }): Promise<Sharing> {
  const directory = temporaryFolder()
  const path = join(directory, 'one.bin')
  await writeFile(path, DATA)
  await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
  const chunks = await chunker.chunk(path, { signal: AbortSignal.timeout(20_000) })
  const pieces = Array.from({ length: Math.ceil(DATA.length / 65_536) }, (_, n) =>
    createHash('sha1')
      .update(DATA.subarray(n * 65_536, (n + 1) * 65_536))
      .digest(),
  )
  const torrent = buildTorrent({
    name: 'one.bin',
    isMultiFile: false,
    files: [{ path: ['one.bin'], length: DATA.length, xetHash: chunks.fileHash }],
    pieceLength: 65_536,
    pieceHashes: Buffer.concat(pieces),
    isPrivate: options.isPrivate === true,
  })
  const index = join(temporaryFolder(), 'chunks.sqlite')
  const { session, port } = await startSession({ xet: { index, share: options.share } })
  const added = await session.add(torrent, { directory })
  await added.complete
  await expect.poll(() => added.snapshot().phase).toBe('seeding')
  return { peer: `127.0.0.1:${port}`, chunks }
}

async function fetched(peer: string, hash: Uint8Array): Promise<Buffer> {
  const parts: Uint8Array[] = []
  const request = { peer: parseEndpoint(peer), hash, signal: AbortSignal.timeout(20_000) }
  for await (const chunk of fetchContent(request)) parts.push(chunk)
  return Buffer.concat(parts)
}

describe('content', () => {
  it('comes by the hash of a file, or of a chunk once it is indexed', async () => {
    const { peer, chunks } = await sharing({ share: true })
    const [first = 0] = chunks.lengths
    await expect
      .poll(() => fetched(peer, chunks.hashes.slice(0, 32)).catch(() => undefined))
      .toEqual(Buffer.from(DATA.subarray(0, first)))
    expect((await fetched(peer, chunks.fileHash)).equals(DATA)).toBe(true)
  })

  it('that is not there is not found', async () => {
    const { peer } = await sharing({ share: true })
    await expect(fetched(peer, new Uint8Array(32).fill(7))).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
  })

  it('of private torrents is not found', async () => {
    const { peer, chunks } = await sharing({ share: true, isPrivate: true })
    await expect(fetched(peer, chunks.fileHash)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
  })

  it('is given by nobody who does not share', async () => {
    const { peer, chunks } = await sharing({ share: false })
    await expect(fetched(peer, chunks.fileHash)).rejects.toThrow()
  })
})

const PART = { type: 'data', offset: 0, total: 4, codec: 0, bytes: Uint8Array.of(1, 2, 3, 4) } as const
const MAP = { type: 'map', fileHash: new Uint8Array(32).fill(7), size: 4, total: 1, first: 0, lengths: [4] } as const

describe('of a peer that lies', () => {
  for (const [what, answer] of [
    [
      'another chunk',
      ({ id, type }) => [type === 'get' ? { ...PART, id } : { type: 'reject', id, code: 1, retryS: 0 }],
    ],
    [
      'parts out of order',
      ({ id, type }) =>
        type === 'get' ? [{ ...PART, id, offset: 4, total: 8 }] : [{ type: 'reject', id, code: 1, retryS: 0 }],
    ],
    ['a map with another hash', ({ id }) => [{ ...MAP, id, hashes: new Uint8Array(32) }]],
    ['a map of another file', ({ id }) => [{ ...MAP, id, fileHash: new Uint8Array(32), hashes: new Uint8Array(32) }]],
  ] as readonly [string, (message: XetMessage) => readonly XetMessage[]][]) {
    it(`nothing is taken: ${what}`, async () => {
      const peer = await lying(answer)
      await expect(fetched(peer, new Uint8Array(32).fill(7))).rejects.toMatchObject({ code: 'CONTENT_INVALID' })
    })
  }
})

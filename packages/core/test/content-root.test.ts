// Files by their `pieces root`, without a torrent.

import { createHash } from 'node:crypto'
import { join } from 'node:path'

import type { Endpoint } from '@ccbt/address'
import { concatBytes, toHex } from '@ccbt/primitives'
import { describe, expect, it, vi } from 'vitest'

import { searchContent } from '../src/index.ts'
import { LEAST_FILE_BYTES } from '../src/xet/content-keys.ts'
import { ContentLibrary } from '../src/xet/content-library.ts'
import { imposter } from './content-liar.ts'
import { startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'
import { v2Fixture } from './v2-support.ts'

/** A session that shares the torrent. */
async function sharing(source: Fixture): Promise<Endpoint> {
  const directory = temporaryFolder()
  await source.place(directory)
  const index = join(temporaryFolder(), 'chunks.sqlite')
  const { session, port } = await startSession({ xet: { index, share: true } })
  const handle = await session.add(source.torrent, { directory })
  await handle.complete
  return { host: '127.0.0.1', port }
}

function find(hash: Uint8Array, peers: readonly Endpoint[], isRoot = true): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(20_000)
  return searchContent({ hash, isRoot, peers, signal }, async (chunks) => {
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk)
    return concatBytes(parts)
  })
}

describe('a file', () => {
  const source = v2Fixture({ kind: 'v2', lengths: [1_500_000, 20_000], pieceLength: 65_536 })
  const [file] = source.metainfo.files
  const root = file!.piecesRoot!
  const data = source.bytes.subarray(0, file!.length)

  it('comes by its root', async () => {
    const peer = await sharing(source)
    // Chunks are given once they are indexed.
    await vi.waitFor(async () => expect(toHex(await find(root, [peer]))).toBe(toHex(data)), { timeout: 30_000 })
    await expect(find(root, [peer], false)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
    await expect(find(new Uint8Array(32), [peer])).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
  })

  it('of a private torrent is not given', async () => {
    const secret = v2Fixture({ kind: 'v2', lengths: [100_000], pieceLength: 65_536, isPrivate: true })
    const peer = await sharing(secret)
    await expect(find(secret.metainfo.files[0]!.piecesRoot!, [peer])).rejects.toMatchObject({
      code: 'CONTENT_NOT_FOUND',
    })
  })

  it('is asked for again where somebody is busy, but not for ever', async () => {
    const small = Buffer.from('hello')
    const hash = createHash('sha256').update(small).digest()
    const { endpoint, calls } = await imposter(small, '127.0.0.1', 3)
    expect(Buffer.from(await find(hash, [endpoint]))).toEqual(small)
    expect(calls()).toBe(5)
    const never = await imposter(small, '127.0.0.1', Number.POSITIVE_INFINITY)
    await expect(find(hash, [never.endpoint])).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
    expect(never.calls()).toBe(6)
  })

  it('with another root is refused, and the next peer is asked', async () => {
    const { endpoint: wrong } = await imposter(Buffer.from('something else'))
    await expect(find(root, [wrong])).rejects.toMatchObject({
      code: 'CONTENT_INVALID',
      message: 'the peer sent a file that has another root',
    })
    const peer = await sharing(source)
    await vi.waitFor(async () => expect(toHex(await find(root, [wrong, peer]))).toBe(toHex(data)), { timeout: 30_000 })
  })
})

describe('announced keys', () => {
  const hash = (n: number): string => n.toString(16).padStart(64, '0')
  const files = Array.from({ length: 40 }, (_, n) => ({
    path: `/${n}`,
    size: LEAST_FILE_BYTES + n,
    mtimeMs: 0,
    fileHash: hash(n),
    // Every second one is of a v1 torrent.
    ...(n % 2 === 0 ? { root: hash(1000 + n) } : {}),
  }))
  const library = new ContentLibrary(
    {
      files: () => Promise.resolve(files),
      size: () => Promise.resolve({ files: 40, chunks: 0, bytes: 0 }),
      sample: () => Promise.resolve([]),
    },
    (path) => path !== '/38',
  )
  const nameOf = (n: number, by: 'root' | 'file-hash' = 'root') => ({ by, hash: Buffer.from(hash(n), 'hex') }) as const

  it('are those of roots too, within the budget, the largest files first', async () => {
    expect(await library.keys(1200)).toHaveLength(58)
    expect(library.pathOf(nameOf(1036))).toBe('/36')
    expect(library.pathOf(nameOf(36, 'file-hash'))).toBe('/36')
    // A root is no Xet hash.
    expect(library.pathOf(nameOf(1036, 'file-hash'))).toBeUndefined()
    // Of a private torrent.
    expect(library.pathOf(nameOf(1038))).toBeUndefined()
    expect(await library.keys(5)).toHaveLength(3)
    expect(library.pathOf(nameOf(39, 'file-hash'))).toBe('/39')
    expect(library.pathOf(nameOf(36, 'file-hash'))).toBe('/36')
    expect(library.pathOf(nameOf(1036))).toBeUndefined()
  })
})

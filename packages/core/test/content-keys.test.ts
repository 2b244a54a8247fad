// Content that is found in the DHT by its hash: what is announced of a library, how often, and the way from a hash to the
// bytes over a real DHT.

import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { hashAt, hashKey } from '@ccbt/chunker'
import type { LookupReport } from '@ccbt/discovery'
import { buildTorrent } from '@ccbt/metainfo'
import { CcbtError, concatBytes, toHex } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'
import { createFileChunker, loadHashSuite } from '@ccbt/xet'
import type { FileChunks } from '@ccbt/xet'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { searchContent } from '../src/index.ts'
import { ContentAnnouncer } from '../src/xet/content-announcer.ts'
import { inDht } from '../src/xet/content-places.ts'
import { contentKey, LEAST_FILE_BYTES, planKeys } from '../src/xet/content-keys.ts'
import { router } from './dht-router.ts'
import { startSession, temporaryFolder } from './support.ts'
import { noise } from './xet-edits.ts'

const PIECE = 1_048_576

describe('the plan of keys', () => {
  it('keeps to the budget, and a smaller sample is part of every larger one', () => {
    fc.assert(
      fc.property(
        fc.record({ fileKeys: fc.nat(100_000), chunks: fc.nat(100_000_000) }),
        fc.integer({ min: 1, max: 1200 }),
        (library, budget) => {
          const plan = planKeys(library, budget)
          expect(plan.files + plan.chunks).toBe(budget)
          expect(plan.files).toBeLessThanOrEqual(Math.min(library.fileKeys, Math.ceil(budget / 2)))
          expect(plan.bits).toBeGreaterThanOrEqual(10)
          // As many as one expects of random hashes.
          expect(library.chunks / 2 ** plan.bits).toBeLessThanOrEqual(Math.max(1, plan.chunks))
          expect(planKeys(library, Math.ceil(budget / 2)).bits).toBeGreaterThanOrEqual(plan.bits)
        },
      ),
    )
  })

  it('gives each hash one key, whatever the plan', () => {
    expect(toHex(contentKey(0))).toBe(
      createHash('sha1')
        .update(Buffer.concat([Buffer.from('cc_xet content key 1'), Buffer.alloc(8)]))
        .digest('hex'),
    )
    expect(toHex(contentKey(2 ** 52 - 1))).not.toBe(toHex(contentKey(2 ** 52 - 2)))
  })
})

describe('announces', () => {
  const MINUTE = 60_000

  it('come one a second, each again before nodes forget it, and end with the content', async () => {
    const clock = new VirtualClock()
    const heard: { readonly key: string; readonly at: number }[] = []
    const lookup = (key: Uint8Array): Promise<LookupReport> => {
      heard.push({ key: toHex(key), at: clock.now() })
      return Promise.resolve({ peers: 0, asked: 0, answered: 0, hops: 0, announced: 8 })
    }
    let keys = Array.from({ length: 900 }, (_, n) => contentKey(n))
    using announcer = new ContentAnnouncer({
      clock,
      place: inDht({ open: () => Promise.resolve({ lookup }) }),
      listenPort: () => 6881,
      keys: () => Promise.resolve(keys),
      onFailed: () => {},
    })
    announcer.changed()
    await clock.advance(100 * MINUTE)
    const times = Map.groupBy(heard, ({ key }) => key)
    expect(times.size).toBe(900)
    for (const all of times.values()) {
      expect(all.length).toBeGreaterThan(2)
      for (const [n, { at }] of all.entries()) if (n > 0) expect(at - all[n - 1]!.at).toBeLessThan(30 * MINUTE)
    }
    for (const [n, { at }] of heard.entries()) if (n > 0) expect(at - heard[n - 1]!.at).toBeGreaterThanOrEqual(1000)
    keys = []
    announcer.changed()
    await clock.advance(MINUTE)
    const before = heard.length
    await clock.advance(60 * MINUTE)
    expect(heard.length).toBe(before)
  })
})

it('a place that fails is asked again, less and less often, and a tracker as often as it wants', async () => {
  const MINUTE = 60_000
  const clock = new VirtualClock()
  const failures: number[] = []
  const announces: { readonly at: number; readonly isNew: boolean }[] = []
  const isDown = (): boolean => clock.now() < 6 * MINUTE || (clock.now() > 20 * MINUTE && clock.now() < 80 * MINUTE)
  using announcer = new ContentAnnouncer({
    clock,
    place: () =>
      Promise.resolve(({ isNew }) => {
        if (isDown()) throw new CcbtError('CONTENT_NOT_FOUND', 'down', { blame: 'remote', context: {} })
        announces.push({ at: clock.now(), isNew })
        return Promise.resolve(10 * MINUTE)
      }),
    listenPort: () => 6881,
    keys: () => Promise.resolve([contentKey(1), contentKey(2)]),
    onFailed: () => failures.push(clock.now()),
  })
  announcer.changed()
  await clock.advance(120 * MINUTE)
  const waits = failures.slice(1).map((at, n) => Math.round((at - failures[n]!) / MINUTE))
  // The second time begins when the announce of 7 min is to be repeated for the second time.
  expect(waits).toEqual([1, 2, expect.any(Number), 1, 2, 4, 8, 16, 32].slice(0, waits.length))
  expect(waits.length).toBeGreaterThan(6)
  expect(announces.map(({ isNew }) => isNew).filter((isNew) => isNew)).toHaveLength(2)
  expect(announces.length).toBeGreaterThan(6)
})

describe('content in the DHT', () => {
  it('is found by the hash of a large file or of a sampled chunk, of public torrents only', async () => {
    const suite = await loadHashSuite('blake3')
    const big = noise(LEAST_FILE_BYTES + 1000, 7)
    const small = smallWhere((data) => hashKey(suite.chunkHash(data)) % 1024 === 0)
    const bootstrap = [await router()]
    const { chunks, folder } = await placed('public', { big, small })
    const secret = await placed('secret', { big: noise(LEAST_FILE_BYTES, 9) })
    const index = join(temporaryFolder(), 'chunks.sqlite')
    const { session } = await startSession({ dht: { bootstrap }, xet: { index, share: true, announce: 10 } })
    for (const { torrent, folder: directory } of [
      { torrent: torrentOf('secret', { big: noise(LEAST_FILE_BYTES, 9) }, true), folder: secret.folder },
      { torrent: torrentOf('public', { big, small }, false), folder },
    ]) {
      await (
        await session.add(torrent, { directory })
      ).complete
    }
    const network = { bind: '127.0.0.1' }
    const find = (hash: Uint8Array): Promise<Uint8Array> =>
      searchContent({ hash, peers: [], dht: { bootstrap }, network, signal: AbortSignal.timeout(20_000) }, allOf)
    const isFound = async (hash: Uint8Array, data: Uint8Array): Promise<void> => {
      await vi.waitFor(async () => expect(Buffer.from(await find(hash)).equals(data)).toBe(true), {
        timeout: 20_000,
        interval: 500,
      })
    }
    await isFound(chunks.fileHash, big)
    await isFound(suite.chunkHash(small), small)
    const unsampled = chunks.lengths.findIndex((_, n) => hashKey(chunks.hashes, n) % 1024 !== 0)
    await expect(find(hashAt(chunks, unsampled))).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
    await expect(find(secret.chunks.fileHash)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
  })
})

async function allOf(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return concatBytes(all)
}

/** A file of one chunk that has what is wanted. */
function smallWhere(isWanted: (data: Uint8Array) => boolean): Uint8Array {
  for (let n = 0; ; n++) {
    const data = Buffer.from(`number ${n}`)
    if (isWanted(data)) return data
  }
}

type Contents = Readonly<Record<string, Uint8Array>>

async function placed(name: string, contents: Contents): Promise<{ folder: string; chunks: FileChunks }> {
  const folder = temporaryFolder()
  await mkdir(join(folder, name))
  for (const [file, data] of Object.entries(contents)) await writeFile(join(folder, name, file), data)
  await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
  const chunks = await chunker.chunk(join(folder, name, 'big'), { signal: AbortSignal.timeout(20_000) })
  return { folder, chunks }
}

function torrentOf(name: string, contents: Contents, isPrivate: boolean): Uint8Array {
  const all = concatBytes(Object.values(contents))
  const hashes: Buffer[] = []
  for (let at = 0; at < all.length; at += PIECE) {
    hashes.push(
      createHash('sha1')
        .update(all.subarray(at, at + PIECE))
        .digest(),
    )
  }
  return buildTorrent({
    name,
    isMultiFile: true,
    files: Object.entries(contents).map(([file, { length }]) => ({ path: [file], length })),
    pieceLength: PIECE,
    pieceHashes: Buffer.concat(hashes),
    isPrivate,
  })
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { PieceIndex } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { BufferPool } from '../src/buffer-pool.ts'
import { ReadCache, unitLengthFor } from '../src/read-cache.ts'
import type { ReadSource } from '../src/read-cache.ts'
import {
  allBlocks,
  makeTorrent,
  randomBytes,
  realClock,
  receive,
  storeOptions,
  TempFolder,
  testDisk,
  writeFiles,
} from './support.ts'

const UNIT = 524_288

function cacheOf(limitBytes: number): ReadCache {
  return new ReadCache(limitBytes, new BufferPool(realClock))
}

/** A source over an array that counts its loads and how many run at once. */
function sourceOver(
  data: Uint8Array,
  id = 0,
): ReadSource & { loads: number; most: number; reused: number; shared: number } {
  let running = 0
  const source = {
    id,
    totalLength: data.length,
    unitLength: UNIT,
    isComplete: true,
    loads: 0,
    most: 0,
    reused: 0,
    /** Loads whose buffer another load had got too. */
    shared: 0,
    load: async (offset: number, length: number, spare?: ArrayBuffer) => {
      source.loads++
      if (spare !== undefined) source.reused++
      source.most = Math.max(source.most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      // Moved, as a worker gets and returns it: a view that somebody still has of it becomes empty.
      if (spare?.detached === true) source.shared++
      const buffer = spare?.transfer() ?? new ArrayBuffer(length)
      new Uint8Array(buffer).set(data.subarray(offset, offset + length))
      return buffer
    },
  }
  return source
}

describe('the read cache', () => {
  it('gives the right bytes and stays within its limit', async () => {
    const data = randomBytes(5 * UNIT + 1000, 1)
    const limit = 2 * UNIT
    const request = fc.tuple(fc.nat(data.length - 1), fc.integer({ min: 1, max: 40_000 }))
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 60 }), async (requests) => {
        const cache = cacheOf(limit)
        const source = sourceOver(data)
        await Promise.all(
          requests.map(async ([offset, wanted]) => {
            const length = Math.min(wanted, data.length - offset)
            const bytes = await cache.read(source, offset, length)
            expect(Buffer.compare(bytes, data.subarray(offset, offset + length))).toBe(0)
            expect(cache.usedBytes).toBeLessThanOrEqual(limit)
          }),
        )
      }),
    )
  })

  it('reads a unit once however many ask, and answers at once afterwards', async () => {
    const cache = cacheOf(4 * UNIT)
    const source = sourceOver(randomBytes(UNIT, 2))
    await Promise.all(Array.from({ length: 32 }, async (_, i) => cache.read(source, i * 16_384, 16_384)))
    expect(source.loads).toBe(1)
    expect(cache.read(source, 0, 16_384)).toBeInstanceOf(Uint8Array)
    expect(cache.hits).toBe(1)
  })

  it('runs few reads at a time, and all of them', async () => {
    const cache = cacheOf(4 * UNIT)
    const source = sourceOver(new Uint8Array(40 * UNIT))
    await Promise.all(Array.from({ length: 40 }, async (_, i) => cache.read(source, i * UNIT, 1)))
    expect(source.loads).toBe(40)
    expect(source.most).toBe(8)
  })

  it('never keeps a unit that became out of date while it was read, and leaves views alone', async () => {
    const cache = cacheOf(4 * UNIT)
    const data = new Uint8Array(2 * UNIT).fill(1)
    const source = sourceOver(data)
    const early = await cache.read(source, 0, 10)
    cache.retain(early.buffer)
    const running = cache.read(source, UNIT, 10)
    cache.invalidate(source, 0, 2 * UNIT)
    data.fill(2)
    await running
    expect((await cache.read(source, 0, 10))[0]).toBe(2)
    expect((await cache.read(source, UNIT, 10))[0]).toBe(2)
    expect(early[0]).toBe(1)
  })

  it('forgets a torrent without touching another', async () => {
    const cache = cacheOf(4 * UNIT)
    const [one, two] = [sourceOver(new Uint8Array(UNIT), 1), sourceOver(new Uint8Array(UNIT), 2)]
    await cache.read(one, 0, 1)
    await cache.read(two, 0, 1)
    cache.forget(one)
    expect(cache.usedBytes).toBe(UNIT)
    expect(cache.read(two, 0, 1)).toBeInstanceOf(Uint8Array)
  })

  it('fills buffers again, but none that somebody retains', async () => {
    const data = randomBytes(12 * UNIT, 4)
    let reused = 0
    const step = fc.tuple(fc.nat(11), fc.nat(31), fc.nat(9))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
        const cache = cacheOf(2 * UNIT)
        const source = sourceOver(data)
        const held: { bytes: Uint8Array; offset: number }[] = []
        for (const [unit, block, kept] of steps) {
          const offset = unit * UNIT + block * 16_384
          const bytes = await cache.read(source, offset, 16_384)
          cache.retain(bytes.buffer)
          held.push({ bytes, offset })
          while (held.length > kept) {
            const [first] = held.splice(Math.floor(held.length / 2), 1)
            expect(Buffer.compare(first!.bytes, data.subarray(first!.offset, first!.offset + 16_384))).toBe(0)
            cache.release(first!.bytes.buffer)
          }
        }
        reused += source.reused
      }),
      { numRuns: 30 },
    )
    expect(reused).toBeGreaterThan(0)
  })

  it('reads ahead when units are asked for in order, and not otherwise', async () => {
    const cache = cacheOf(8 * UNIT)
    const source = sourceOver(new Uint8Array(8 * UNIT))
    await cache.read(source, 0, 1)
    await cache.read(source, 4 * UNIT, 1)
    expect(source.loads).toBe(2)
    await cache.read(source, 5 * UNIT, 1)
    expect(source.loads).toBe(4)
    await new Promise((resolve) => setImmediate(resolve))
    expect(cache.read(source, 6 * UNIT, 1)).toBeInstanceOf(Uint8Array)
    await cache.read(source, 7 * UNIT, 1)
    expect(source.loads).toBe(5)
  })

  it('reads nothing ahead while parts are missing', async () => {
    const cache = cacheOf(8 * UNIT)
    const source = { ...sourceOver(new Uint8Array(8 * UNIT)), isComplete: false }
    let loads = 0
    const counted = { ...source, load: (...range: Parameters<ReadSource['load']>) => (loads++, source.load(...range)) }
    for (const unit of [0, 1, 2]) await cache.read(counted, unit * UNIT, 1)
    expect(loads).toBe(3)
  })

  it('serves what it is offered without reading it, and gives the buffer back when it is not needed', async () => {
    const buffers = new BufferPool(realClock)
    const cache = new ReadCache(4 * UNIT, buffers)
    const data = randomBytes(4 * UNIT + 1000, 11)
    const source = sourceOver(data)
    const buffer = new ArrayBuffer(2 * UNIT)
    new Uint8Array(buffer).set(data.subarray(UNIT, 3 * UNIT))
    expect(cache.offer(source, UNIT, new Uint8Array(buffer))).toBe(true)
    expect(cache.offer(source, 4 * UNIT, new Uint8Array(data.slice(4 * UNIT)))).toBe(true)
    for (const offset of [UNIT, 3 * UNIT - 10, 4 * UNIT + 900]) {
      const bytes = cache.read(source, offset, 10)
      expect(Buffer.compare(bytes as Uint8Array, data.subarray(offset, offset + 10))).toBe(0)
    }
    expect(source.loads).toBe(0)
    cache.retain(buffer)
    cache.invalidate(source, UNIT, 1)
    cache.invalidate(source, 2 * UNIT, 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(buffers.freeBytes).toBe(0)
    cache.release(buffer)
    await new Promise((resolve) => setImmediate(resolve))
    expect(buffers.take(2 * UNIT)).toBe(buffer)
    buffers.dispose()
  })

  it('refuses what is no whole unit', () => {
    const cache = cacheOf(4 * UNIT)
    const source = sourceOver(new Uint8Array(2 * UNIT))
    expect(cache.offer(source, 0, new Uint8Array(UNIT - 1))).toBe(false)
    expect(cache.offer(source, 100, new Uint8Array(UNIT))).toBe(false)
    expect(cache.usedBytes).toBe(0)
  })

  it('stays within its limit when offered more, oldest first', () => {
    const cache = cacheOf(2 * UNIT)
    const source = sourceOver(new Uint8Array(8 * UNIT))
    for (let unit = 0; unit < 8; unit++) {
      cache.offer(source, unit * UNIT, new Uint8Array(UNIT))
      expect(cache.usedBytes).toBeLessThanOrEqual(2 * UNIT)
    }
    expect(cache.read(source, 7 * UNIT, 1)).toBeInstanceOf(Uint8Array)
  })

  it.each([
    [16_384, 65_536],
    [65_536, 65_536],
    [262_144, 262_144],
    [3 * 262_144, 262_144],
    [1_048_576, 524_288],
    [16_777_216, 524_288],
  ])('has for pieces of %i bytes units of %i', (pieceLength, unitLength) => {
    expect(unitLengthFor(pieceLength)).toBe(unitLength)
  })

  it('passes a failure to everybody who waits, and tries again for the next', async () => {
    const cache = cacheOf(4 * UNIT)
    const good = sourceOver(new Uint8Array(UNIT))
    let fails = true
    const source: ReadSource = {
      ...good,
      load: (...range) => (fails ? Promise.reject(new Error('EIO')) : good.load(...range)),
    }
    const both = await Promise.allSettled([0, 5].map(async (at) => cache.read(source, at, 1)))
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    fails = false
    expect(await cache.read(source, 0, 1)).toHaveLength(1)
  })

  it('leaves the bytes to everybody who waited for the same read, whoever is done first', async () => {
    const data = randomBytes(4 * UNIT, 9)
    const cache = cacheOf(2 * UNIT)
    const source = sourceOver(data)
    const offsets = [0, 16_384, 32_768]
    const waiting = offsets.map(async (offset) => {
      const bytes = await cache.read(source, offset, 16_384)
      // A fast socket: sent and released at once, and the next read wants a buffer.
      const copy = Buffer.from(bytes)
      cache.retain(bytes.buffer)
      cache.release(bytes.buffer)
      void cache.read(source, (1 + offset / 16_384) * UNIT, 10)
      return copy
    })
    // What was being read is out of date: it is not kept, but those who wait get it.
    cache.invalidate(source, 0, 1)
    for (const [i, copy] of (await Promise.all(waiting)).entries()) {
      expect(Buffer.compare(copy, data.subarray(offsets[i], offsets[i]! + 16_384))).toBe(0)
    }
    await Promise.all([1, 2, 3].map(async (unit) => cache.read(source, unit * UNIT, 10)))
    expect(source.shared).toBe(0)
  })

  it('shows a piece that was stored after its neighbour was read', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: 65_536 }], 32_768)
    const options = storeOptions(torrent, folder)
    await writeFiles({ ...torrent, data: new Uint8Array(65_536) }, options)
    writeFileSync(
      join(options.directory, 'folder', 'file-0'),
      Buffer.concat([torrent.data.subarray(0, 32_768), Buffer.alloc(32_768)]),
    )
    await using store = await disk.openStore(options)
    const first = await store.read(0 as PieceIndex, 0, 16_384)
    await receive(store, torrent, allBlocks(torrent.layout).slice(2))
    const second = await store.read(1 as PieceIndex, 0, 16_384)
    expect(Buffer.compare(second, torrent.data.subarray(32_768, 49_152))).toBe(0)
    expect(Buffer.compare(first, torrent.data.subarray(0, 16_384))).toBe(0)
  })
})

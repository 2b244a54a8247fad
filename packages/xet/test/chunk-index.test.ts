// The index: against a model, with files that change under it, damaged, full, and killed while it writes.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { formatHash, hashAt, hashKey } from '@ccbt/chunker'
import type { ChunkList } from '@ccbt/chunker'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'

import { generate } from '../../../test/vectors/xet-vectors.ts'
import { createChunkIndex, createFileChunker, rebuildChunkIndex } from '../src/index.ts'
import type { ChunkIndex, IndexedFile } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'ccbt-index-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { signal } = new AbortController()
let names = 0

function fresh(): string {
  return join(folder, `index-${names++}.sqlite`)
}

function openIndex(path = fresh(), maxBytes?: number): ChunkIndex {
  return createChunkIndex({ path, suite: 'blake3', ...(maxBytes === undefined ? {} : { maxBytes }) })
}

function hashOf(id: number | string): Uint8Array {
  return createHash('sha256').update(String(id)).digest()
}

function listOf(ids: readonly (number | string)[]): ChunkList {
  return { lengths: ids.map((_, i) => 10_000 + i), hashes: Buffer.concat(ids.map(hashOf)) }
}

function fileAt(path: string): IndexedFile {
  return { path, size: 1_000_000, mtimeMs: 1234.5 }
}

describe('what it finds', () => {
  it('is a place of each hash, as in a map', async () => {
    const ids = fc.array(fc.nat(60), { maxLength: 80 })
    const step = fc.oneof(
      fc.record({ path: fc.constantFrom('a', 'b', 'c'), ids }),
      fc.record({ forget: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ from: fc.constantFrom('a', 'b', 'c'), to: fc.constantFrom('a', 'b', 'c') }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await using index = openIndex()
        // As the index numbers them: each file that is put gets the next number.
        let number = 0
        const places = new Map<string, { version: number; offset: number; length: number }>()
        const versions = new Map<string, number>()
        for (const [version, step] of steps.entries()) {
          if ('forget' in step) {
            await index.forget([step.forget])
            versions.delete(step.forget)
            continue
          }
          if ('from' in step) {
            await index.move([step])
            const moved = versions.get(step.from)
            versions.delete(step.from)
            if (moved !== undefined) versions.set(step.to, moved)
            continue
          }
          const list = listOf(step.ids)
          expect(await index.put({ ...fileAt(step.path), size: version }, list)).toBe('stored')
          versions.set(step.path, version)
          number++
          let offset = 0
          for (const [i, id] of step.ids.entries()) {
            places.set(`${id} ${number % 2}`, { version, offset, length: list.lengths[i]! })
            offset += list.lengths[i]!
          }
        }
        const all = Array.from({ length: 62 }, (_, id) => id)
        const live = new Set(versions.values())
        const paths = Array.from(versions, ([path, size]) => ({ path, size }))
        expect(new Set((await index.files()).map(({ path, size }) => ({ path, size })))).toEqual(new Set(paths))
        const found = await index.find(Buffer.concat(all.map(hashOf)))
        for (const id of all) {
          const both = [places.get(`${id} 0`), places.get(`${id} 1`)]
          const known = both.filter((place) => place !== undefined && live.has(place.version))
          // These files are not on disk, so of two the older one is believed.
          const place = known.toSorted((a, b) => a!.version - b!.version)[0]
          if (place === undefined) expect(found[id]).toBeUndefined()
          else
            expect(found[id]).toMatchObject({
              offset: place.offset,
              length: place.length,
              file: { size: place.version },
            })
        }
        expect((await index.size()).files).toBe(live.size)
      }),
      { numRuns: 10 },
    )
  })

  it('is an older place when the newest file is forgotten, gone or changed', async () => {
    await using index = openIndex()
    const [older, newer] = ['older', 'newer'].map((name) => join(folder, name))
    const put = async (path = ''): Promise<void> => {
      writeFileSync(path, 'x')
      const { size, mtimeMs } = statSync(path)
      await index.put({ path, size, mtimeMs }, listOf([1, 2]))
    }
    const found = async (): Promise<string | undefined> => (await index.find(hashOf(2)))[0]?.file.path
    await put(older)
    await put(newer)
    expect(await found()).toBe(newer)
    utimesSync(newer!, 1, 1)
    expect(await found()).toBe(older)
    rmSync(newer!)
    expect(await found()).toBe(older)
    await index.forget([newer!])
    expect(await found()).toBe(older)
    await index.forget([older!])
    expect(await found()).toBeUndefined()
  })

  it('is a sample of all chunks, too: by the end of their keys, of files that are known', async () => {
    await using index = openIndex(fresh())
    const ids = Array.from({ length: 300 }, (_, id) => id)
    await index.put(fileAt('/data/known'), listOf(ids))
    await index.put(fileAt('/data/gone'), listOf([1000, 1001, 1002, 1003]))
    await index.forget(['/data/gone'])
    for (const bits of [0, 3, 5]) {
      const keys = ids.map((id) => hashKey(hashOf(id))).filter((key) => key % 2 ** bits === 0)
      const expected = keys.toSorted((x, y) => x - y).map((key) => ({ key, path: '/data/known' }))
      expect(expected.length).toBeGreaterThan(0)
      expect(await index.sample({ bits, most: 1000 })).toEqual(expected)
      expect(await index.sample({ bits, most: 2 })).toEqual(expected.slice(0, 2))
    }
  })

  it('stays when it is closed, with the torrent of a file', async () => {
    const path = fresh()
    const file = { ...fileAt('/data/ä b'), torrent: 'ab'.repeat(20) }
    {
      await using index = openIndex(path)
      await index.put(file, listOf([1, 2, 3]))
    }
    await using index = openIndex(path)
    expect(await index.find(hashOf(3))).toEqual([{ file, offset: 20_001, length: 10_002 }])
    expect(await index.files()).toEqual([file])
    await index.clear()
    expect(await index.find(hashOf(3))).toEqual([undefined])
    expect(await index.size()).toMatchObject({ files: 0, chunks: 0 })
  })

  it('of no hash is nothing', async () => {
    await using index = openIndex()
    expect(await index.find(new Uint8Array())).toEqual([])
  })
})

describe('what it reads', () => {
  const path = join(folder, 'data')

  async function indexed(index: ChunkIndex): Promise<ChunkList> {
    writeFileSync(path, generate('splitmix64:0', 1_000_000))
    await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
    const { size, mtimeMs, ...list } = await chunker.chunk(path, { signal })
    await index.put({ path, size, mtimeMs }, list)
    return list
  }

  it('is the chunk, from the file itself', async () => {
    await using index = openIndex()
    const list = await indexed(index)
    const places = await index.find(list.hashes)
    const data = readFileSync(path)
    for (const [i, place] of places.entries()) {
      const bytes = await index.read(place!, hashAt(list, i))
      expect(Buffer.from(bytes!).equals(data.subarray(place!.offset, place!.offset + place!.length))).toBe(true)
    }
    expect(places).toHaveLength(19)
  })

  it('is nothing when the file has changed, in time or size, or is gone', async () => {
    await using index = openIndex()
    const list = await indexed(index)
    const [place] = await index.find(list.hashes)
    const hash = hashAt(list, 0)
    utimesSync(path, 1, 1)
    expect(await index.read(place!, hash)).toBeUndefined()
    await indexed(index)
    writeFileSync(path, 'short')
    expect(await index.read(place!, hash)).toBeUndefined()
    rmSync(path)
    expect(await index.read(place!, hash)).toBeUndefined()
  })

  it('is nothing when other bytes are there, though size and time are the same', async () => {
    await using index = openIndex()
    const list = await indexed(index)
    const [place, other] = await index.find(list.hashes)
    const { atimeMs, mtimeMs } = statSync(path)
    const data = readFileSync(path)
    data[5]! ^= 1
    writeFileSync(path, data)
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000)
    const file = { ...place!.file, mtimeMs: statSync(path).mtimeMs }
    expect(await index.read({ ...place!, file }, hashAt(list, 0))).toBeUndefined()
    expect(await index.read({ ...other!, file }, hashAt(list, 1))).toHaveLength(other!.length)
  })

  it('is nothing for a place that cannot be', async () => {
    await using index = openIndex()
    const list = await indexed(index)
    const [place] = await index.find(list.hashes)
    for (const wrong of [{ length: 0 }, { length: 1e12 }, { length: -1 }, { offset: 999_999 }]) {
      expect(await index.read({ ...place!, ...wrong }, hashAt(list, 0))).toBeUndefined()
    }
  })
})

describe('an index that cannot be used', () => {
  it.each([
    ['no database', (path: string) => writeFileSync(path, 'x'.repeat(10_000))],
    ['cut short', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 10_000))],
    [
      'overwritten in the middle',
      (path: string) => {
        const data = readFileSync(path)
        data.fill(0xaa, 4096)
        writeFileSync(path, data)
      },
    ],
    [
      'of another version',
      (path: string) => {
        using database = new DatabaseSync(path)
        database.exec('PRAGMA user_version = 77')
      },
    ],
  ])('starts anew when it is %s', async (_, damage) => {
    const path = fresh()
    {
      await using index = openIndex(path)
      await index.put(fileAt('a'), listOf(Array.from({ length: 3000 }, (_, i) => i)))
    }
    damage(path)
    await using index = openIndex(path)
    expect(await index.find(hashOf(1))).toEqual([undefined])
    expect(await index.put(fileAt('b'), listOf([1]))).toBe('stored')
    expect(await index.find(hashOf(1))).toMatchObject([{ file: { path: 'b' } }])
  })

  it('says so when it cannot be opened', async () => {
    await using index = openIndex(join(folder, 'no/such/folder'))
    await expect(index.size()).rejects.toMatchObject({ code: 'XET_INDEX_FAILED', blame: 'disk' })
  })

  it('takes no more files at its bound, and keeps what it has', async () => {
    await using index = openIndex(fresh(), 131_072)
    const first = listOf(Array.from({ length: 1000 }, (_, i) => i))
    expect(await index.put(fileAt('a'), first)).toBe('stored')
    const many = listOf(Array.from({ length: 20_000 }, (_, i) => `b${i}`))
    expect(await index.put(fileAt('b'), many)).toBe('full')
    expect(await index.put(fileAt('a'), many)).toBe('full')
    expect(await index.find(hashOf(7))).toMatchObject([{ file: { path: 'a' } }])
    expect(await index.find(hashOf('b7'))).toEqual([undefined])
    expect((await index.size()).bytes).toBeLessThanOrEqual(131_072)
  })
})

describe('a rebuilt index', () => {
  it('takes the place of the old one', async () => {
    const options = { path: fresh(), suite: 'blake3' } as const
    {
      await using index = createChunkIndex(options)
      await index.put(fileAt('old'), listOf([1, 2]))
    }
    await rebuildChunkIndex(options, async (index) => void (await index.put(fileAt('new'), listOf([2]))))
    await using index = createChunkIndex(options)
    expect(await index.find(Buffer.concat([hashOf(1), hashOf(2)]))).toMatchObject([
      undefined,
      { file: { path: 'new' } },
    ])
  })

  it('leaves the old one when it fails, and starts anew the next time', async () => {
    const options = { path: fresh(), suite: 'blake3' } as const
    {
      await using index = createChunkIndex(options)
      await index.put(fileAt('old'), listOf([1]))
    }
    const fill = async (index: ChunkIndex): Promise<void> => {
      await index.put(fileAt('half'), listOf([3]))
      throw new Error('stopped')
    }
    await expect(rebuildChunkIndex(options, fill)).rejects.toThrow('stopped')
    {
      await using index = createChunkIndex(options)
      expect(await index.files()).toEqual([fileAt('old')])
    }
    await rebuildChunkIndex(options, async (index) => void (await index.put(fileAt('new'), listOf([2]))))
    await using index = createChunkIndex(options)
    expect(await index.files()).toEqual([fileAt('new')])
  })
})

it('survives being killed while it writes', async () => {
  const path = fresh()
  const program = `
    import { createChunkIndex } from '@ccbt/xet'
    import { createHash } from 'node:crypto'
    const index = createChunkIndex({ path: ${JSON.stringify(path)}, suite: 'blake3' })
    for (let n = 0; ; n++) {
      const hashes = Buffer.concat(Array.from({ length: 500 }, (_, i) => createHash('sha256').update(n + ' ' + i).digest()))
      const lengths = Array.from({ length: 500 }, () => 65536)
      await index.put({ path: String(n), size: n, mtimeMs: 0 }, { lengths, hashes })
      console.log(n)
    }`
  for (let round = 0; round < 3; round++) {
    const args = ['--conditions=ccbt-src', '--input-type=module', '-e', program]
    const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] })
    let last = -1
    for await (const data of child.stdout) {
      last = Number(String(data).trimEnd().split('\n').at(-1))
      if (last > 20 + round) break
    }
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await using index = openIndex(path)
    const files = await index.files()
    // A process that dies loses nothing that was stored; only the system can.
    expect(files.length).toBeGreaterThan(last)
    for (const { path: name } of files.slice(-3)) {
      const hashes = Buffer.concat(Array.from({ length: 500 }, (_, i) => hashOf(`${name} ${i}`)))
      const found = await index.find(hashes)
      expect(found.filter((place) => place?.file.path === name)).toHaveLength(500)
    }
  }
})

it('an entry takes at most 64 bytes on disk', async () => {
  await using index = openIndex()
  const count = 60_000
  const ids = Array.from({ length: count }, (_, i) => i)
  for (let from = 0; from < count; from += 5000) {
    await index.put(fileAt(formatHash(hashOf(from))), listOf(ids.slice(from, from + 5000)))
  }
  const { chunks, bytes } = await index.size()
  expect(chunks).toBe(count)
  expect(bytes / count).toBeLessThan(64)
  const found = await index.find(Buffer.concat(ids.map(hashOf)))
  expect(found.filter((place) => place === undefined)).toEqual([])
  expect(found[5000]!.offset).toBe(0)
})

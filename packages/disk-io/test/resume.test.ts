import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

import { Bitfield, toHex } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createResumeStore, lockSavePath } from '../src/index.ts'
import type { PartialPiece, ResumeRecord } from '../src/index.ts'
import { encodeChecked } from '../src/checked-text.ts'
import { decodePartialRecord, encodePartialRecord } from '../src/partial-record.ts'
import { decodeResumeRecord, encodeResumeRecord } from '../src/resume-record.ts'
import { TempFolder } from './support.ts'

const infoHash = Uint8Array.from({ length: 20 }, (_, i) => i * 12)
const key = { infoHash, directory: '/data/one' }

function record(downloadedBytes: number, pieces = 100): ResumeRecord {
  const verified = new Bitfield(pieces)
  for (let i = 0; i < pieces; i += 3) verified.set(i)
  const files = [
    { exists: true, size: 12_345, mtimeNs: 1_763_000_000_123_456_768 },
    { exists: false, size: 0, mtimeNs: 0 },
  ]
  return {
    ...key,
    verified,
    files,
    uploadedBytes: 1,
    downloadedBytes,
    addedAtMs: 1_763_000_000_000,
    completedAtMs: 1_763_000_000_001,
  }
}

/** The one record file in a folder that ends so. */
function fileIn(folder: TempFolder, end: string): string {
  return folder.join(readdirSync(folder.path).find((name) => name.endsWith(end))!)
}

describe('a resume record', () => {
  it('comes back as it was saved', async () => {
    using folder = new TempFolder()
    await createResumeStore(folder.path).save(record(5))
    const loaded = await createResumeStore(folder.path).load(key)
    expect(loaded).toEqual(record(5))
    expect(loaded?.verified.count).toBe(34)
    const { completedAtMs: _, ...incomplete } = record(5)
    expect(decodeResumeRecord(encodeResumeRecord(incomplete), key)).toEqual(incomplete)
  })

  it('belongs to one torrent in one folder', async () => {
    using folder = new TempFolder()
    const store = createResumeStore(folder.path)
    await store.save(record(5))
    expect(await store.load({ infoHash, directory: '/data/two' })).toBeUndefined()
    expect(await store.load({ infoHash: infoHash.toReversed(), directory: '/data/one' })).toBeUndefined()
    expect(await store.load({ infoHash, directory: '/data/../data/one/' })).toBeDefined()
  })

  it('is not accepted when any byte is changed, missing or added', () => {
    const good = encodeResumeRecord(record(5))
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(good)
        bytes[at]! ^= flip
        expect(decodeResumeRecord(bytes, key)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
    for (let length = 0; length < good.length; length++)
      expect(decodeResumeRecord(good.subarray(0, length), key)).toBeUndefined()
    expect(decodeResumeRecord(Buffer.concat([good, Buffer.of(10)]), key)).toBeUndefined()
    expect(decodeResumeRecord(new Uint8Array(good.length), key)).toBeUndefined()
    expect(decodeResumeRecord(Buffer.from(String(good).replace('ccbt-resume 1', 'ccbt-resume 2')), key)).toBeUndefined()
  })

  it.each(['', '\0'.repeat(500), 'ccbt-resume 9 abc\n{}\n'])(
    'falls back to the one before when it is %j',
    async (garbage) => {
      using folder = new TempFolder()
      const store = createResumeStore(folder.path)
      await store.save(record(1))
      await store.save(record(2))
      writeFileSync(fileIn(folder, '.resume'), garbage)
      expect((await store.load(key))?.downloadedBytes).toBe(1)
      writeFileSync(fileIn(folder, '.bak'), garbage)
      expect(await store.load(key)).toBeUndefined()
      await store.save(record(3))
      expect((await store.load(key))?.downloadedBytes).toBe(3)
    },
  )

  it('of another torrent under its name is passed over', async () => {
    using folder = new TempFolder()
    const store = createResumeStore(folder.path)
    await store.save({ ...record(1), infoHash: infoHash.toReversed() })
    const other = fileIn(folder, '.resume')
    await store.save(record(2))
    const mine = readdirSync(folder.path).find((name) => !other.endsWith(name))!
    writeFileSync(folder.join(mine), readFileSync(other))
    expect(await store.load(key)).toBeUndefined()
  })

  it('saved many times at once is the last one, and leaves no other files', async () => {
    using folder = new TempFolder()
    const store = createResumeStore(folder.path)
    await Promise.all(Array.from({ length: 30 }, (_, i) => store.save(record(i))))
    expect((await store.load(key))?.downloadedBytes).toBe(29)
    expect(
      readdirSync(folder.path)
        .map((name) => name.replace(/^.*\./, ''))
        .sort(),
    ).toEqual(['bak', 'resume'])
    await store.remove(key)
    expect(readdirSync(folder.path)).toEqual([])
    expect(await store.load(key)).toBeUndefined()
  })

  it('that cannot be saved says so and leaves the old one', async () => {
    using folder = new TempFolder()
    const place = folder.join('a-file')
    writeFileSync(place, '')
    await expect(createResumeStore(place).save(record(1))).rejects.toMatchObject({
      code: 'DISK_WRITE_FAILED',
      blame: 'disk',
    })
    expect(await createResumeStore(place).load(key)).toBeUndefined()
  })

  it.runIf(process.getuid?.() === 0)('survives a full disk (needs root)', async () => {
    using folder = new TempFolder()
    const state = folder.join('state')
    mkdirSync(state)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', state])
    try {
      const store = createResumeStore(state)
      await store.save(record(1))
      await expect(store.save(record(2, 2_000_000))).rejects.toMatchObject({ code: 'DISK_NO_SPACE' })
      expect((await store.load(key))?.downloadedBytes).toBe(1)
    } finally {
      execFileSync('umount', [state])
    }
  })
})

describe('the list of partial pieces', () => {
  const partials: PartialPiece[] = [
    { piece: 3 as PieceIndex, blocks: Uint8Array.of(0x80, 1) },
    { piece: 70_000 as PieceIndex, blocks: Uint8Array.of(0xff) },
  ]

  it.each([true, false])('comes back as it was saved (synced: %s) and goes with the record', async (isSynced) => {
    using folder = new TempFolder()
    const store = createResumeStore(folder.path)
    await store.savePartials({ ...key, partials, isSynced })
    expect(await createResumeStore(folder.path).loadPartials(key)).toEqual(partials)
    expect(await store.loadPartials({ infoHash, directory: '/data/two' })).toEqual([])
    await store.savePartials({ ...key, partials: [], isSynced })
    expect(readdirSync(folder.path)).toEqual([])
    await store.savePartials({ ...key, partials, isSynced })
    await store.remove(key)
    expect(readdirSync(folder.path)).toEqual([])
    expect(await store.loadPartials(key)).toEqual([])
  })

  it('of another boot counts only when the data were synced', () => {
    const fields = { infoHash: toHex(infoHash), directory: '/data/one', partials: [[3, 'gA==']] }
    const encoded = (bootId: string): Buffer => encodeChecked('ccbt-partial 1', { ...fields, bootId })
    expect(decodePartialRecord(encoded('another'), key)).toEqual([])
    expect(decodePartialRecord(encoded(''), key)).toEqual([{ piece: 3, blocks: Uint8Array.of(0x80) }])
  })

  it('is not accepted when any byte is changed', () => {
    const good = encodePartialRecord({ ...key, partials, isSynced: false })
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(good)
        bytes[at]! ^= flip
        expect(decodePartialRecord(bytes, key)).toEqual([])
      }),
    )
  })
})

describe('the lock of a save path', () => {
  it('is held once, also within one process, until it is released', async () => {
    using folder = new TempFolder()
    const first = await lockSavePath(folder.path, key)
    await expect(lockSavePath(folder.path, key)).rejects.toMatchObject({
      code: 'DISK_SAVE_PATH_LOCKED',
      blame: 'input',
      context: { path: '/data/one', pid: process.pid },
    })
    await using _other = await lockSavePath(folder.path, { infoHash, directory: '/data/two' })
    await first[Symbol.asyncDispose]()
    await using _again = await lockSavePath(folder.path, key)
    expect(readdirSync(folder.path)).toHaveLength(2)
  })

  it('goes to exactly one of many that want it at once', async () => {
    using folder = new TempFolder()
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockSavePath(folder.path, key)))
      const locks = outcomes.filter((outcome) => outcome.status === 'fulfilled')
      expect(locks).toHaveLength(1)
      await locks[0]!.value[Symbol.asyncDispose]()
    }
    expect(readdirSync(folder.path)).toEqual([])
  })

  it('is refused while its process lives and taken over when that is gone', async () => {
    using folder = new TempFolder()
    const script = `
      import { lockSavePath } from ${JSON.stringify(new URL('../src/save-path-lock.ts', import.meta.url).href)}
      await lockSavePath(${JSON.stringify(folder.path)}, { infoHash: Uint8Array.from(${JSON.stringify([...infoHash])}), directory: '/data/one' })
      console.log('locked')
      setInterval(() => undefined, 1000)`
    const args = ['--conditions=ccbt-src', '--input-type=module-typescript', '-e', script]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await expect(lockSavePath(folder.path, key)).rejects.toMatchObject({ context: { pid: child.pid } })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await using lock = await lockSavePath(folder.path, key)
    expect(JSON.parse(readFileSync(lock.path, 'utf8'))).toMatchObject({ pid: process.pid })
  })

  it.each([
    ['empty', ''],
    ['garbage', '\0\0\0'],
    ['of another boot', JSON.stringify({ pid: process.pid, startTime: '1', bootId: 'other' })],
    ['of a process number that was used again', JSON.stringify({ pid: 1, startTime: '999999999999', bootId: '' })],
  ])('is taken over when it is %s', async (_name, content) => {
    using folder = new TempFolder()
    const lock = await lockSavePath(folder.path, key)
    await lock[Symbol.asyncDispose]()
    writeFileSync(lock.path, content)
    const wanted = await Promise.allSettled([lockSavePath(folder.path, key), lockSavePath(folder.path, key)])
    expect(wanted.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    rmSync(lock.path)
  })
})

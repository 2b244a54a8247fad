import { execFileSync } from 'node:child_process'
import { readdirSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Bitfield } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import { freeBytes } from '../src/index.ts'
import { openFilesLimit } from '../src/open-files-limit.ts'
import {
  allBlocks,
  hashPieces,
  makeTorrent,
  randomBytes,
  receive,
  shuffled,
  storeOptions,
  TempFolder,
  testDisk,
} from './support.ts'

const BLOCK = 16_384

/** Files below `folder` that this process has open. */
function openBelow(folder: TempFolder): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder.path)
    } catch {
      // The descriptor of the listing itself is gone by now.
      return false
    }
  }).length
}

/** What a script that runs below the folder prints while it may have 90 descriptors. */
function runWithFewDescriptors(folder: TempFolder, script: string): string {
  writeFileSync(folder.join('child.ts'), script)
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), folder.join('node_modules'))
  const command = `ulimit -n 90; exec ${process.execPath} --conditions=ccbt-src ${folder.join('child.ts')}`
  return execFileSync('sh', ['-c', command], { cwd: folder.path, encoding: 'utf8' })
}

describe('open files', () => {
  it('stay below the limit while many are written and read, and none is left in the end', async () => {
    using folder = new TempFolder()
    const disk = testDisk({ maxOpenFiles: 6 })
    const torrent = makeTorrent(
      Array.from({ length: 60 }, () => ({ length: 10_000 })),
      BLOCK,
    )
    const store = await disk.openStore(storeOptions(torrent, folder))
    const verdicts = await receive(store, torrent, shuffled(allBlocks(torrent.layout), 1))
    expect([...verdicts.values()].every(({ kind }) => kind === 'stored')).toBe(true)
    const open = openBelow(folder)
    expect(open).toBeGreaterThan(0)
    expect(open).toBeLessThanOrEqual(6)
    const good = new Bitfield(torrent.layout.pieces)
    const onPiece = (piece: PieceIndex, ok: boolean): void => void (ok && good.set(piece))
    await store.recheck({ onPiece, signal: new AbortController().signal })
    expect(good.isFull).toBe(true)
    await store[Symbol.asyncDispose]()
    expect(openBelow(folder)).toBe(0)
    await disk[Symbol.asyncDispose]()
    expect(disk.stats).toMatchObject({ openBytes: 0, queuedBytes: 0, freeBytes: 0, cacheBytes: 0 })
  })

  it('are given up one by one when the process has no descriptor left', () => {
    using folder = new TempFolder()
    const script = `
      import { makeTorrent, storeOptions, testDisk, receive, allBlocks } from ${JSON.stringify(new URL('./support.ts', import.meta.url).href)}
      const folder = { path: process.cwd(), join: (...parts) => [process.cwd(), ...parts].join('/') }
      // More than the system gives: the workers only find out when open() fails.
      const disk = testDisk({ maxOpenFiles: 1000 })
      const torrent = makeTorrent(Array.from({ length: 200 }, () => ({ length: 1000 })), ${BLOCK})
      const store = await disk.openStore(storeOptions(torrent, folder))
      const verdicts = [...(await receive(store, torrent, allBlocks(torrent.layout))).values()]
      await store.finish()
      console.log(verdicts.every(({ kind }) => kind === 'stored'))
      await disk[Symbol.asyncDispose]()`
    expect(runWithFewDescriptors(folder, script)).toBe('true\n')
  })

  it('are given up for another worker that holds none itself', () => {
    using folder = new TempFolder()
    const script = `
      import { openSync } from 'node:fs'
      import { isMainThread, parentPort, Worker } from 'node:worker_threads'
      import { FileCache } from ${JSON.stringify(new URL('../src/worker/file-cache.ts', import.meta.url).href)}
      const files = new FileCache({ maxOpenFiles: 1000, channel: 'test' })
      const ref = (id) => ({ id, root: process.cwd(), relative: 'f' + id, reserveBytes: 0, isOurs: true })
      if (!isMainThread) {
        for (let id = 0; id < 20; id++) files.forWriting(ref(id))
        parentPort.on('message', () => {})
        parentPort.postMessage('holding')
      } else {
        const other = new Worker(new URL(import.meta.url))
        await new Promise((resolve) => other.once('message', resolve))
        try { for (;;) openSync('/dev/null') } catch {}
        console.log(files.forWriting(ref(99)) > 0)
        await other.terminate()
      }`
    expect(runWithFewDescriptors(folder, script)).toBe('true\n')
  })

  it('have a default limit within what the process may open', () => {
    expect(openFilesLimit()).toBeGreaterThanOrEqual(8)
    expect(openFilesLimit()).toBeLessThanOrEqual(512)
  })
})

describe('hashing files for a new torrent', () => {
  it.each([BLOCK, 300_000, 2_000_000])('gives the piece hashes for pieces of %i bytes', async (pieceLength) => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const data = randomBytes(5_000_123, pieceLength)
    const cuts = [0, 1, 1, 700_000, 4_000_000, data.length]
    const files = cuts.slice(1).map((end, i) => ({ absolutePath: folder.join(`${i}`), length: end - cuts[i]! }))
    for (const [i, file] of files.entries()) writeFileSync(file.absolutePath, data.subarray(cuts[i], cuts[i + 1]))
    let hashed = 0
    const onProgress = (bytes: number): void => void (hashed += bytes)
    const hashes = await disk.hashFiles({ files, pieceLength, onProgress, signal: new AbortController().signal })
    expect(Buffer.compare(hashes, hashPieces(data, pieceLength))).toBe(0)
    expect(hashed).toBe(data.length)
    expect(openBelow(folder)).toBe(0)
  })

  it('takes padding for zeros', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    writeFileSync(folder.join('a'), 'abc')
    const file = { absolutePath: folder.join('a'), length: 3 }
    const files = [file, { absolutePath: undefined, length: BLOCK - 3 }, file]
    const hashes = await disk.hashFiles({ files, pieceLength: BLOCK, signal: new AbortController().signal })
    const space = Buffer.concat([Buffer.from('abc'), Buffer.alloc(BLOCK - 3), Buffer.from('abc')])
    expect(Buffer.compare(hashes, hashPieces(space, BLOCK))).toBe(0)
  })

  it('rejects when a file is shorter than it was, missing, or a folder', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const signal = new AbortController().signal
    writeFileSync(folder.join('short'), 'abc')
    const hash = (name: string): Promise<Uint8Array> =>
      disk.hashFiles({ files: [{ absolutePath: folder.join(name), length: 4 }], pieceLength: BLOCK, signal })
    await expect(hash('short')).rejects.toMatchObject({ code: 'DISK_FILE_TRUNCATED' })
    await expect(hash('missing')).rejects.toMatchObject({ code: 'DISK_READ_FAILED', context: { errno: 'ENOENT' } })
    await expect(hash('.')).rejects.toMatchObject({ code: 'DISK_NOT_A_FILE' })
  })

  it('stops when it is aborted', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const files = Array.from({ length: 20 }, (_, i) => ({ absolutePath: folder.join(`${i % 2}`), length: 8_000_000 }))
    for (const i of [0, 1]) writeFileSync(folder.join(`${i}`), new Uint8Array(8_000_000))
    const abort = new AbortController()
    const onProgress = (): void => abort.abort()
    await expect(disk.hashFiles({ files, pieceLength: BLOCK, onProgress, signal: abort.signal })).rejects.toMatchObject(
      {
        code: 'ABORTED',
      },
    )
    await expect(disk.hashFiles({ files, pieceLength: BLOCK, signal: abort.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })
})

describe('making data durable', () => {
  it('fails when a file cannot be synced, and is tried again by the next call', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent([{ length: BLOCK }, { length: 5, path: ['deep', 'er', 'file'] }], 2 * BLOCK)
    const options = storeOptions(torrent, folder)
    await using store = await disk.openStore(options)
    await receive(store, torrent, allBlocks(torrent.layout))
    const path = join(options.directory, 'deep', 'er', 'file')
    renameSync(path, folder.join('away'))
    for (let i = 0; i < 2; i++)
      await expect(store.flush({ sync: true })).rejects.toMatchObject({ code: 'DISK_WRITE_FAILED', context: { path } })
    await expect(store.flush()).resolves.toBeUndefined()
    renameSync(folder.join('away'), path)
    await expect(store.flush({ sync: true })).resolves.toBeUndefined()
    // There is nothing left to sync, so what is gone now does not matter.
    renameSync(path, folder.join('away'))
    await expect(store.flush({ sync: true })).resolves.toBeUndefined()
  })
})

describe('free space', () => {
  it('is that of the nearest folder that exists', async () => {
    using folder = new TempFolder()
    const free = await freeBytes(folder.join('not', 'yet', 'there'))
    expect(free).toBeGreaterThan(0)
    expect(Number.isSafeInteger(free)).toBe(true)
  })
})

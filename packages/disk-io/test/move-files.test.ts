// Files that get other places: nothing is lost and nothing of others is replaced, whatever happens on the way.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { link, mkdir, readdir, readFile, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { randomBelow, seededRandom } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import type { DiskIo, MoveItem } from '../src/index.ts'
import { blocksOf, makeTorrent, receive, storeOptions, TempFolder, testDisk } from './support.ts'

/** A folder on another device than the system's temporary one, where there is such a thing. */
const OTHER_DEVICE = existsSync('/dev/shm') ? '/dev/shm' : undefined
const BASES = [
  { device: 'same', base: tmpdir() },
  ...(OTHER_DEVICE === undefined ? [] : [{ device: 'other', base: OTHER_DEVICE }]),
]

const PATHS = ['top/a', 'top/deep/er/b', 'top/c', 'top/deep/d', 'e']
const signal = new AbortController().signal

async function fill(folder: TempFolder, bytes = 300_000): Promise<Map<string, Buffer>> {
  const random = seededRandom(5)
  const contents = new Map<string, Buffer>()
  for (const path of PATHS) {
    const data = Buffer.from(new Uint8Array(1 + randomBelow(random, bytes)).map(() => random.u32()))
    await mkdir(dirname(folder.join(path)), { recursive: true })
    await writeFile(folder.join(path), data)
    contents.set(path, data)
  }
  return contents
}

function items(from: TempFolder, to: TempFolder, paths: readonly string[] = PATHS): MoveItem[] {
  return paths.map((path) => ({
    from: { directory: from.path, path: path.split('/') },
    to: { directory: to.path, path: path.split('/') },
  }))
}

async function filesIn(folder: TempFolder): Promise<string[]> {
  const found = await readdir(folder.path, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.path.length + 1))
    .sort()
}

async function expectContents(folder: TempFolder, contents: ReadonlyMap<string, Buffer>): Promise<void> {
  expect(await filesIn(folder)).toEqual([...contents.keys()].sort())
  for (const [path, data] of contents) expect(data.equals(await readFile(folder.join(path))), path).toBe(true)
}

async function moveAll(disk: DiskIo, from: TempFolder, to: TempFolder): Promise<void> {
  await disk.moveFiles(items(from, to), signal)
}

describe.each(BASES)('files that move on the $device device', ({ base }) => {
  it('are whole at the new place, as old as before, and gone from the old one with their folders', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder(base)
    const contents = await fill(from)
    await utimes(from.join('e'), 1_000_000_000, 1_100_000_000)
    await moveAll(disk, from, to)
    await expectContents(to, contents)
    expect(await readdir(from.path)).toEqual([])
    expect((await stat(to.join('e'))).mtimeMs).toBe(1_100_000_000_000)
    for (const path of PATHS) expect((await stat(to.join(path))).nlink).toBe(1)
  })

  it('stay where they are when another file is in the way of any, which stays as it is', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder(base)
    const contents = await fill(from)
    await mkdir(to.join('top/deep'), { recursive: true })
    await writeFile(to.join('top/deep/d'), 'mine')
    await expect(moveAll(disk, from, to)).rejects.toMatchObject({ code: 'DISK_FILE_EXISTS' })
    await expectContents(from, contents)
    await expectContents(to, new Map([['top/deep/d', Buffer.from('mine')]]))
  })

  it('are taken for moved where the same file is at the new place already, and not where it is longer', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder(base)
    const contents = await fill(from)
    await mkdir(to.join('top'), { recursive: true })
    await writeFile(to.join('top/c'), contents.get('top/c')!)
    await writeFile(to.join('e'), Buffer.concat([contents.get('e')!, Buffer.of(0)]))
    await expect(moveAll(disk, from, to)).rejects.toMatchObject({ code: 'DISK_FILE_EXISTS' })
    await expectContents(from, contents)
    await truncate(to.join('e'), contents.get('e')!.length)
    await moveAll(disk, from, to)
    await expectContents(to, contents)
    expect(await filesIn(from)).toEqual([])
  })

  it('that are not there are no trouble', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder(base)
    await disk.moveFiles(items(from, to, ['x/y', 'z']), signal)
    expect(await filesIn(to)).toEqual([])
  })

  it('never follow a link out of the folder', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder(base)
    using outside = new TempFolder(base)
    const contents = await fill(from)
    await symlink(outside.path, to.join('top'))
    await expect(moveAll(disk, from, to)).rejects.toMatchObject({ code: 'DISK_UNSAFE_PATH' })
    await expectContents(from, contents)
    expect(await filesIn(outside)).toEqual([])
  })

  it('are all there after a kill at any moment, and complete when the move is repeated', async () => {
    const random = seededRandom(17)
    await using disk = testDisk()
    let killed = 0
    for (let round = 0; round < 6; round++) {
      using from = new TempFolder()
      using to = new TempFolder(base)
      const contents = await fill(from, 4_000_000)
      const child = fork(fileURLToPath(new URL('moving-child.ts', import.meta.url)), [from.path, to.path, ...PATHS], {
        execArgv: ['--conditions=ccbt-src'],
      })
      await once(child, 'message')
      const ended = once(child, 'exit')
      setTimeout(() => child.kill('SIGKILL'), randomBelow(random, 120))
      const [, name] = (await ended) as [number | null, string | null]
      if (name === 'SIGKILL') killed++
      for (const [path, data] of contents) {
        const places = [from.join(path), to.join(path)].filter((file) => existsSync(file))
        expect(places.length, path).toBeGreaterThan(0)
        for (const file of places) expect(data.equals(await readFile(file)), file).toBe(true)
      }
      await moveAll(disk, from, to)
      await expectContents(to, contents)
      expect(await readdir(from.path)).toEqual([])
    }
    expect(killed).toBeGreaterThan(1)
  })
})

describe('a move that fails half-way', () => {
  it('leaves everything where it was, also what an earlier attempt had begun', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder()
    const contents = await fill(from)
    await mkdir(to.join('top'), { recursive: true })
    await link(from.join('top/a'), to.join('top/a'))
    await writeFile(to.join('e'), 'mine')
    await expect(moveAll(disk, from, to)).rejects.toMatchObject({ code: 'DISK_FILE_EXISTS' })
    await expectContents(from, contents)
    expect((await stat(from.join('top/a'))).nlink).toBe(1)
  })

  it('ends when it is aborted', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder()
    const contents = await fill(from)
    await expect(disk.moveFiles(items(from, to), AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' })
    await expectContents(from, contents)
  })
})

describe('a store that moves', () => {
  it('takes in and gives out the same bytes before, meanwhile and afterwards', async () => {
    await using disk = testDisk()
    using from = new TempFolder()
    using to = new TempFolder()
    const torrent = makeTorrent([{ length: 400_000 }, { length: 100_000 }, { length: 300_000 }], 65_536)
    await using store = await disk.openStore(storeOptions(torrent, from, { wanted: (index) => index !== 1 }))
    const fetch = async (piece: number): Promise<void> =>
      void (await receive(store, torrent, blocksOf(torrent.layout, piece)))
    const half = Math.floor(torrent.layout.pieces / 2)
    for (let piece = 0; piece < half; piece++) await fetch(piece)
    const paths = torrent.files.map(({ path }) => ['renamed', ...path.slice(1)])
    const moving = store.relocate({ directory: to.path, paths, partFilePath: to.join('part') }, signal)
    for (let piece = half; piece < torrent.layout.pieces; piece++) await fetch(piece)
    await moving
    await store.finish()
    const good: number[] = []
    await store.recheck({ signal, onPiece: (piece, isRight) => void (isRight && good.push(piece)) })
    expect(good).toHaveLength(torrent.layout.pieces)
    expect(await store.read(0 as PieceIndex, 0, 16_384)).toEqual(torrent.data.subarray(0, 16_384))
    expect(await filesIn(from)).toEqual([])
    expect(store.paths()).toEqual(paths.map((path) => join(to.path, ...path)))
    // The file that is not wanted is nowhere but in the part-file.
    expect(existsSync(store.paths()[1]!)).toBe(false)
    expect(existsSync(to.join('part'))).toBe(true)
  })
})

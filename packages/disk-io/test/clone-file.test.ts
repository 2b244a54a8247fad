// Files that share their blocks with others: really where the temporary folder is on Btrfs or XFS, else all that speaks
// against it.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { CloneSource } from '../src/index.ts'
import { makeTorrent, storeOptions, TempFolder, testDisk } from './support.ts'

const PIECE = 65_536
const torrent = makeTorrent([{ length: 200_000 }, { length: 100_000 }], PIECE)
const first = torrent.data.slice(0, 200_000)

function sourceIn(folder: TempFolder): CloneSource {
  const from = folder.join('elsewhere')
  writeFileSync(from, first)
  const { size, mtimeMs } = statSync(from)
  return { from, size, mtimeMs }
}

function canClone(): boolean {
  using folder = new TempFolder()
  const { from } = sourceIn(folder)
  try {
    copyFileSync(from, folder.join('clone'), constants.COPYFILE_FICLONE_FORCE)
    return true
  } catch {
    return false
  }
}

const canShare = canClone()

describe('a file that shares its blocks with another', () => {
  it('is made where the file system can, with rights to write, and else nothing is left behind', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const options = storeOptions(torrent, folder)
    await using store = await disk.openStore(options)
    const source = sourceIn(folder)
    chmodSync(source.from, 0o555)
    expect(await store.clone(0, source)).toBe(canShare)
    const [path = ''] = store.paths()
    expect(existsSync(path)).toBe(canShare)
    if (!canShare) return
    expect(statSync(path).mode & 0o777).toBe(0o644)
    const good: number[] = []
    const { signal } = new AbortController()
    await store.recheck({ signal, onPiece: (piece, isRight) => void (isRight && good.push(piece)) })
    expect(good.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    // What is written to one of the two is not in the other.
    writeFileSync(path, 'other', { flag: 'r+' })
    expect(readFileSync(source.from).equals(first)).toBe(true)
  })

  it('is never made over one that is there, nor in the part-file', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const options = storeOptions(torrent, folder, { wanted: (index) => index === 0 })
    await using store = await disk.openStore(options)
    const source = sourceIn(folder)
    const [path = '', other = ''] = store.paths()
    mkdirSync(folder.join('data', 'folder'), { recursive: true })
    writeFileSync(path, 'mine')
    expect(await store.clone(0, source)).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe('mine')
    expect(await store.clone(1, source)).toBe(false)
    expect(existsSync(other)).toBe(false)
  })

  it('is not made of what is gone, has changed, or is no file', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    await using store = await disk.openStore(storeOptions(torrent, folder))
    const source = sourceIn(folder)
    const fifo = folder.join('fifo')
    execFileSync('mkfifo', [fifo])
    for (const wrong of [
      { ...source, mtimeMs: source.mtimeMs + 1 },
      { ...source, size: source.size - 1 },
      { ...source, from: folder.join('gone') },
      { ...source, from: folder.path },
      { from: fifo, size: 0, mtimeMs: statSync(fifo).mtimeMs },
    ]) {
      expect(await store.clone(0, wrong)).toBe(false)
    }
    expect(existsSync(store.paths()[0]!)).toBe(false)
  })
})

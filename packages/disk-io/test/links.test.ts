import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { PieceStore, StorePlace } from '../src/index.ts'
import { allBlocks, makeTorrent, receive, storeOptions, TempFolder, testDisk } from './support.ts'
import type { TestTorrent } from './support.ts'

/** A file, a link to it from a deeper folder, and a link to a folder. */
function linkedTorrent(): TestTorrent {
  return makeTorrent(
    [
      { length: 20_000, path: ['t', 'real', 'a'] },
      { length: 0, path: ['t', 'deep', 'er', 'to-a'], symlinkTarget: ['t', 'real', 'a'] },
      { length: 0, path: ['t', 'to-real'], symlinkTarget: ['t', 'real'] },
      { length: 5, path: ['t', 'b'] },
    ],
    16_384,
  )
}

async function complete(store: PieceStore, torrent: TestTorrent): Promise<void> {
  await receive(store, torrent, allBlocks(torrent.layout))
  await store.finish()
}

function elsewhere(folder: TempFolder, paths: readonly (readonly string[])[] = []): StorePlace {
  return { directory: folder.join('other'), paths, partFilePath: folder.join('state', 'other-parts') }
}

describe('symbolic links of a torrent', () => {
  it('appear when it is complete, and lead to its files from whatever folder they are in', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = linkedTorrent()
    const store = await disk.openStore(storeOptions(torrent, folder))
    await receive(store, torrent, allBlocks(torrent.layout))
    expect(existsSync(folder.join('data', 't', 'to-real'))).toBe(false)
    await store.finish()
    expect(readlinkSync(folder.join('data', 't', 'to-real'))).toBe('real')
    expect(readlinkSync(folder.join('data', 't', 'deep', 'er', 'to-a'))).toBe('../../real/a')
    expect(readFileSync(folder.join('data', 't', 'deep', 'er', 'to-a'))).toEqual(
      Buffer.from(torrent.data.subarray(0, 20_000)),
    )
    const states = await store.fileStates()
    expect(states.map(({ exists, size }) => (exists ? size : undefined))).toEqual([20_000, undefined, undefined, 5])
    // Once more changes nothing.
    await store.finish()
    expect(readlinkSync(folder.join('data', 't', 'to-real'))).toBe('real')
  })

  it('never take the place of something else', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = linkedTorrent()
    mkdirSync(folder.join('data', 't', 'deep', 'er'), { recursive: true })
    writeFileSync(folder.join('data', 't', 'to-real'), 'mine')
    symlinkSync('/nowhere', folder.join('data', 't', 'deep', 'er', 'to-a'))
    await using store = await disk.openStore(storeOptions(torrent, folder))
    await complete(store, torrent)
    await store.deleteFiles(() => false)
    expect(readFileSync(folder.join('data', 't', 'to-real'), 'utf8')).toBe('mine')
    expect(readlinkSync(folder.join('data', 't', 'deep', 'er', 'to-a'))).toBe('/nowhere')
  })

  it('are not made through a link in their path', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = linkedTorrent()
    mkdirSync(folder.join('outside'))
    mkdirSync(folder.join('data', 't'), { recursive: true })
    symlinkSync(folder.join('outside'), folder.join('data', 't', 'deep'))
    await using store = await disk.openStore(storeOptions(torrent, folder))
    await expect(complete(store, torrent)).rejects.toMatchObject({ code: 'DISK_UNSAFE_PATH' })
    expect(existsSync(folder.join('outside', 'er'))).toBe(false)
  })

  it('move with the files, follow their new names, and go with them', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = linkedTorrent()
    await using store = await disk.openStore(storeOptions(torrent, folder))
    await complete(store, torrent)
    const paths = torrent.files.map(({ path }) => path.with(0, 'new').map((part) => (part === 'real' ? 'true' : part)))
    await store.relocate(elsewhere(folder, paths), new AbortController().signal)
    const moved = (...parts: string[]): string => join(folder.path, 'other', 'new', ...parts)
    expect(readlinkSync(moved('deep', 'er', 'to-a'))).toBe('../../true/a')
    expect(lstatSync(moved('to-real', 'a')).size).toBe(20_000)
    expect(existsSync(folder.join('data', 't'))).toBe(false)
    await store.deleteFiles(() => false)
    expect(existsSync(moved())).toBe(false)
  })

  it('stay where they are when a move fails, and are not made by moving what is not complete', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = linkedTorrent()
    await using store = await disk.openStore(storeOptions(torrent, folder))
    await complete(store, torrent)
    mkdirSync(folder.join('other', 't'), { recursive: true })
    writeFileSync(folder.join('other', 't', 'b'), 'another file')
    await expect(store.relocate(elsewhere(folder), new AbortController().signal)).rejects.toMatchObject({
      code: 'DISK_FILE_EXISTS',
    })
    expect(readlinkSync(folder.join('data', 't', 'to-real'))).toBe('real')
  })
})

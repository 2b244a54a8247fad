import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { isCcbtError } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import type { PieceStore, PieceVerdict, StoreOptions } from '../src/index.ts'
import { allBlocks, makeTorrent, receive, storeOptions, TempFolder, testDisk, writeFiles } from './support.ts'
import type { TestTorrent } from './support.ts'

const PIECE = 32_768

function smallTorrent(): TestTorrent {
  return makeTorrent([{ length: PIECE, path: ['a', 'b', 'file'] }], PIECE)
}

async function verdictOf(store: PieceStore, torrent: TestTorrent): Promise<PieceVerdict> {
  return (await receive(store, torrent, allBlocks(torrent.layout))).get(0)!
}

/** What happens when one piece is stored after `prepare` has been at the folder. */
async function storeAfter(
  prepare: (target: string, folder: TempFolder, options: StoreOptions) => void,
): Promise<string> {
  using folder = new TempFolder()
  await using disk = testDisk()
  const torrent = smallTorrent()
  const options = storeOptions(torrent, folder)
  const target = join(options.directory, 'a', 'b', 'file')
  mkdirSync(folder.join('outside'))
  prepare(target, folder, options)
  await using store = await disk.openStore(options)
  const verdict = await verdictOf(store, torrent)
  expect(await readdir(folder.join('outside'))).toEqual([])
  if (verdict.kind !== 'disk-failed') return verdict.kind
  expect(verdict.error.blame).toBe('disk')
  expect(verdict.error.message).not.toContain('\n')
  return verdict.error.code
}

function makeParent(target: string): void {
  mkdirSync(join(target, '..'), { recursive: true })
}

describe('a path in the torrent’s folder', () => {
  it('is used when it is a plain file or missing', async () => {
    expect(await storeAfter(() => undefined)).toBe('stored')
    expect(
      await storeAfter((target) => {
        makeParent(target)
        writeFileSync(target, 'old')
      }),
    ).toBe('stored')
  })

  it('is not followed when a folder in it is a symbolic link', async () => {
    const code = await storeAfter((_, folder, { directory }) => {
      mkdirSync(directory)
      symlinkSync(folder.join('outside'), join(directory, 'a'))
    })
    expect(code).toBe('DISK_UNSAFE_PATH')
  })

  it('is not followed when the file is a symbolic link, dangling or not', async () => {
    for (const name of ['outside/new', 'kept'])
      expect(
        await storeAfter((target, folder) => {
          makeParent(target)
          writeFileSync(folder.join('kept'), 'kept')
          symlinkSync(folder.join(name), target)
        }),
      ).toBe('DISK_UNSAFE_PATH')
  })

  it('may itself lie behind a link that the user made', async () => {
    const outcome = await storeAfter((_, folder, { directory }) => {
      mkdirSync(folder.join('elsewhere'))
      symlinkSync(folder.join('elsewhere'), directory)
    })
    expect(outcome).toBe('stored')
  })

  it('is refused without blocking when it is a FIFO, a folder or a device', async () => {
    expect(
      await storeAfter((target) => {
        makeParent(target)
        execFileSync('mkfifo', [target])
      }),
    ).toBe('DISK_NOT_A_FILE')
    expect(await storeAfter((target) => mkdirSync(target, { recursive: true }))).toBe('DISK_NOT_A_FILE')
    expect(
      await storeAfter((target) => {
        mkdirSync(join(target, '..', '..'), { recursive: true })
        writeFileSync(join(target, '..'), 'a file where a folder should be')
      }),
    ).toBe('DISK_NOT_A_FILE')
  })

  it.runIf(process.getuid?.() === 0)('is refused when it is a device (needs root)', async () => {
    expect(
      await storeAfter((target) => {
        makeParent(target)
        execFileSync('mknod', [target, 'c', '1', '3'])
      }),
    ).toBe('DISK_NOT_A_FILE')
  })

  it('is refused when it has other hard links, and its content stays', async () => {
    const kept = Buffer.alloc(PIECE, 'k')
    let other = ''
    const code = await storeAfter((target, folder) => {
      makeParent(target)
      other = folder.join('other')
      writeFileSync(other, kept)
      linkSync(other, target)
    })
    expect(code).toBe('DISK_HARDLINKED')
  })

  it('may be hard-linked by the user after ccbt has made it', async () => {
    using folder = new TempFolder()
    await using disk = testDisk({ maxOpenFiles: 2 })
    const torrent = makeTorrent([{ length: 4 * PIECE }, { length: PIECE }], PIECE)
    const options = storeOptions(torrent, folder)
    await using store = await disk.openStore(options)
    const blocks = allBlocks(torrent.layout)
    await receive(store, torrent, blocks.slice(0, 2))
    linkSync(join(options.directory, 'folder', 'file-0'), folder.join('mine'))
    const verdicts = await receive(store, torrent, blocks.slice(2))
    expect([...verdicts.values()].every(({ kind }) => kind === 'stored')).toBe(true)
  })

  it.each([['..'], ['a', '..', 'b'], ['.'], [''], [], ['a/b'], ['a\0b'], ['a\\..\\b']])(
    'is refused at once when a component is unsafe: %j %j %j',
    async (...path) => {
      using folder = new TempFolder()
      await using disk = testDisk()
      const torrent = makeTorrent([{ length: PIECE, path: path.filter((part) => part !== undefined) }], PIECE)
      await expect(async () => disk.openStore(storeOptions(torrent, folder))).rejects.toMatchObject({
        code: 'DISK_UNSAFE_PATH',
        blame: 'input',
      })
    },
  )

  it('never leads outside while somebody swaps its folder for a link all the time', async () => {
    using folder = new TempFolder()
    // Every file is opened anew, because only one may stay open.
    await using disk = testDisk({ workers: 1, maxOpenFiles: 1 })
    const plans = Array.from({ length: 400 }, (_, i) => ({ length: 16_384, path: ['swap', `f${i}`] }))
    const torrent = makeTorrent(plans, 16_384)
    const options = storeOptions(torrent, folder)
    mkdirSync(folder.join('outside'))
    mkdirSync(join(options.directory, 'real'), { recursive: true })
    symlinkSync(folder.join('outside'), join(options.directory, 'link'))
    const script = `
      const { renameSync } = require('node:fs')
      const [dir] = process.argv.slice(1)
      const move = (from, to) => { try { renameSync(dir + '/' + from, dir + '/' + to) } catch {} }
      process.stdout.write('ready')
      for (let n = 0; ; n++) {
        move('real', 'swap'); move('swap', 'real')
        move('swap', 'junk' + n) // made by the store in between
        move('link', 'swap'); move('swap', 'link')
      }`
    const swapper = spawn(process.execPath, ['-e', script, options.directory], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      await new Promise((resolve) => swapper.stdout.once('data', resolve))
      await using store = await disk.openStore(options)
      const verdicts = [...(await receive(store, torrent, allBlocks(torrent.layout))).values()]
      expect(verdicts).toHaveLength(400)
      for (const verdict of verdicts) if (verdict.kind === 'disk-failed') expect(verdict.error.code).toMatch(/^DISK_/)
    } finally {
      swapper.kill('SIGKILL')
    }
    expect(await readdir(folder.join('outside'))).toEqual([])
  })
})

describe('a file that changed behind the store’s back', () => {
  it('is reported when it is truncated or gone, by reads', async () => {
    using folder = new TempFolder()
    await using disk = testDisk({ readCacheBytes: 0 })
    const torrent = smallTorrent()
    const options = storeOptions(torrent, folder)
    await writeFiles(torrent, options)
    const path = join(options.directory, 'a', 'b', 'file')
    await using store = await disk.openStore(options)
    const read = async (): Promise<number> => (await store.read(0 as PieceIndex, PIECE - 16_384, 16_384)).length
    expect(await read()).toBe(16_384)
    truncateSync(path, PIECE - 1)
    await expect(read()).rejects.toMatchObject({ code: 'DISK_FILE_TRUNCATED', blame: 'disk', context: { path } })
    await using other = await disk.openStore({ ...options, directory: folder.join('nowhere') })
    await expect(async () => other.read(0 as PieceIndex, PIECE - 16_384, 16_384)).rejects.toMatchObject({
      code: 'DISK_READ_FAILED',
      context: { errno: 'ENOENT' },
    })
  })

  it('makes its pieces wrong in a recheck, and only those', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent(
      [{ length: 100_000 }, { length: 300_000 }, { length: 1_000_000 }, { length: 50_000 }],
      PIECE,
    )
    const options = storeOptions(torrent, folder)
    await writeFiles(torrent, options)
    rmSync(join(options.directory, 'folder', 'file-1'))
    truncateSync(join(options.directory, 'folder', 'file-2'), 500_000)
    const flipped = join(options.directory, 'folder', 'file-3')
    const bytes = readFileSync(flipped)
    bytes[49_999]! ^= 1
    writeFileSync(flipped, bytes)
    await using store = await disk.openStore(options)
    const good: number[] = []
    let asked = 0
    const onPiece = (piece: PieceIndex, ok: boolean): void => {
      asked++
      if (ok) good.push(piece)
    }
    await store.recheck({ onPiece, signal: new AbortController().signal })
    const isGood = (piece: number): boolean => {
      const from = piece * PIECE
      const to = Math.min(from + PIECE, torrent.layout.totalLength)
      const bad: [number, number][] = [
        [100_000, 400_000],
        [900_000, 1_400_000],
        [1_449_999, 1_450_000],
      ]
      return bad.every(([begin, end]) => to <= begin || from >= end)
    }
    expect(asked).toBe(torrent.layout.pieces)
    const expected = Array.from({ length: torrent.layout.pieces }, (_, i) => i).filter(isGood)
    expect(good.toSorted((a, b) => a - b)).toEqual(expected)
    expect(expected.length).toBeGreaterThan(3)
  })
})

describe('a full disk', () => {
  const isRoot = process.getuid?.() === 0

  it.runIf(isRoot)('fails the pieces that do not fit, and takes them when there is room (needs root)', async () => {
    using folder = new TempFolder()
    const mountPoint = folder.join('small')
    mkdirSync(mountPoint)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mountPoint])
    try {
      await using disk = testDisk()
      const torrent = makeTorrent([{ length: 2_000_000 }], 65_536)
      const options = storeOptions(torrent, folder, { directory: mountPoint })
      await using store = await disk.openStore(options)
      const filler = join(mountPoint, 'filler')
      writeFileSync(filler, Buffer.alloc(500_000))
      const verdicts = await receive(store, torrent, allBlocks(torrent.layout).slice(0, 60))
      const failed = [...verdicts].filter(([, { kind }]) => kind === 'disk-failed')
      expect(failed.length).toBeGreaterThan(0)
      for (const [, verdict] of failed) {
        if (verdict.kind !== 'disk-failed') continue
        expect(verdict.error).toMatchObject({ code: 'DISK_NO_SPACE', blame: 'disk', context: { errno: 'ENOSPC' } })
        expect(verdict.error.message).toMatch(/^cannot write .*file-0: no space left on device \(ENOSPC\)$/)
      }
      rmSync(filler)
      const [piece] = failed[0]!
      const again = await receive(
        store,
        torrent,
        allBlocks(torrent.layout).filter((block) => block.piece === piece),
      )
      expect(again.get(piece)).toEqual({ kind: 'stored' })
      expect(disk.stats.openBytes + disk.stats.queuedBytes).toBe(0)
    } finally {
      execFileSync('umount', [mountPoint])
    }
  })

  it.runIf(isRoot)(
    'is found before the first byte with full preallocation, also by large pieces (needs root)',
    async () => {
      using folder = new TempFolder()
      const mountPoint = folder.join('small')
      mkdirSync(mountPoint)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', mountPoint])
      try {
        await using disk = testDisk()
        const torrent = makeTorrent([{ length: 6_000_000 }], 2_097_152)
        await using store = await disk.openStore(
          storeOptions(torrent, folder, { directory: mountPoint, preallocate: 'full' }),
        )
        const verdict = (await receive(store, torrent, allBlocks(torrent.layout).slice(0, 128))).get(0)
        if (verdict?.kind !== 'disk-failed') throw new Error(`verdict ${verdict?.kind}`)
        expect(isCcbtError(verdict.error, 'DISK_NO_SPACE')).toBe(true)
      } finally {
        execFileSync('umount', [mountPoint])
      }
    },
  )

  it('is another error than a folder that may not be written', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = smallTorrent()
    // Nobody, root included, makes a folder there.
    await using store = await disk.openStore(storeOptions(torrent, folder, { directory: '/proc/ccbt' }))
    const verdict = await verdictOf(store, torrent)
    if (verdict.kind !== 'disk-failed') throw new Error(`verdict ${verdict.kind}`)
    expect(verdict.error.code).toBe('DISK_WRITE_FAILED')
    expect(verdict.error.message).toContain('/proc/ccbt')
    expect(existsSync('/proc/ccbt')).toBe(false)
  })
})

describe('finish', () => {
  it('leaves complete files alone, even hard-linked ones, and repairs sizes and modes', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = makeTorrent(
      [
        { length: PIECE },
        { length: PIECE, isExecutable: true },
        { length: 0, path: ['folder', 'empty', 'deep'] },
        { length: 5 },
      ],
      PIECE,
    )
    const options = storeOptions(torrent, folder)
    await writeFiles(torrent, options)
    rmSync(join(options.directory, 'folder', 'empty'), { recursive: true })
    linkSync(join(options.directory, 'folder', 'file-0'), folder.join('other'))
    writeFileSync(join(options.directory, 'folder', 'file-3'), '123456789')
    await using store = await disk.openStore(options)
    await store.finish()
    const states = await store.fileStates()
    expect(states.map(({ exists, size }) => [exists, size])).toEqual([
      [true, PIECE],
      [true, PIECE],
      [true, 0],
      [true, 5],
    ])
    expect(statSync(join(options.directory, 'folder', 'file-1')).mode & 0o100).toBe(0o100)
    expect(statSync(join(options.directory, 'folder', 'file-0')).mode & 0o111).toBe(0)
  })

  it('notices a file that was renamed away', async () => {
    using folder = new TempFolder()
    await using disk = testDisk()
    const torrent = smallTorrent()
    const options = storeOptions(torrent, folder)
    await writeFiles(torrent, options)
    await using store = await disk.openStore(options)
    expect((await store.fileStates())[0]).toMatchObject({ exists: true, size: PIECE })
    renameSync(options.directory, folder.join('moved'))
    expect(await store.fileStates()).toEqual([{ exists: false, size: 0, mtimeNs: 0 }])
  })
})

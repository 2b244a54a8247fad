// A torrent that ccbt made means the same to other clients.

import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { editTorrent } from '@ccbt/metainfo'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena } from './arena.ts'
import { aria2 } from './drivers/aria2.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import type { Driver } from './drivers/driver.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { rtorrent } from './drivers/rtorrent.ts'
import { transmission } from './drivers/transmission.ts'
import type { TestFile, TestTorrent } from './torrent-file.ts'

const arena = await openArena()
const { multi, source } = arena.fixture
const NAME = 'made by ccbt'
/** Two files with padding of one length behind them, two of one content, an empty one. */
const LENGTHS: Readonly<Record<string, number>> = {
  'a.bin': 777,
  'b/b.bin': 777,
  'b/empty': 0,
  'c ü.bin': 100_000,
  'z.sh': 40,
}

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

interface Created {
  readonly event: string
  readonly infoHash: string
}

interface Info {
  readonly totalLength: number
  readonly pieceLength: number
  readonly files: readonly { readonly path: string; readonly length: number; readonly symlink?: string }[]
}

function lengths(torrent: TestTorrent): number[] {
  return torrent.files.map((file) => file.length).sort((a, b) => a - b)
}

async function runJson<T>(...args: string[]): Promise<T> {
  const lines: string[] = []
  const child = arena.network.run(ccbtCommand(...args, '--json'), { onLine: (line) => lines.push(line) })
  expect(await child.exit, child.log()).toBe(0)
  return JSON.parse(lines.at(-1) ?? '') as T
}

/** A torrent that ccbt makes of a folder below the source. */
async function create(name: string, ...flags: string[]): Promise<TestTorrent> {
  const path = join(arena.fixture.root, 'created.torrent')
  const created = await runJson<Created>('create', join(source, name), '--output', path, '--force', ...flags)
  const info = await runJson<Info>('info', path)
  const bytes = readFileSync(path)
  const files: TestFile[] = info.files
    .filter(({ symlink }) => symlink === undefined)
    .map((file) => ({ path: file.path.split('/').slice(1), length: file.length }))
  return {
    ...multi,
    name,
    infoHash: created.infoHash,
    files,
    length: info.totalLength,
    pieceLength: info.pieceLength,
    encode: (trackers) => Buffer.from(trackers.length === 0 ? bytes : editTorrent(bytes, { trackers: [trackers] })),
  }
}

function makeTree(): void {
  for (const [path, length] of Object.entries(LENGTHS)) {
    const place = join(source, NAME, path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, Buffer.alloc(length, 'some data'))
  }
  chmodSync(join(source, NAME, 'z.sh'), 0o755)
  symlinkSync('b/b.bin', join(source, NAME, 'link'))
}

makeTree()

// Of hybrids, Transmission 3.00 and aria2 1.36 know nothing: the empty keys of a file tree (BEP 52) break their parsers.
const downloads: readonly (readonly [Driver, string, readonly string[]])[] = [
  [libtorrent, 'v1', ['--v1']],
  [libtorrent, 'v2', ['--v2']],
  [libtorrent, 'hybrid', ['--hybrid']],
  [transmission, 'v1', ['--v1']],
  [aria2, 'v1', ['--v1']],
  [rtorrent, 'aligned v1', ['--v1', '--align']],
  [rtorrent, 'hybrid', ['--hybrid']],
]

describe.each(downloads)('$name downloads a torrent that ccbt made', (driver, kind, flags) => {
  const reason = arena.reasonToSkip(driver) ?? arena.reasonToSkip(libtorrent)

  it.skipIf(reason !== undefined)(reason ? `${kind} (skipped: ${reason})` : kind, async () => {
    const torrent = await create(NAME, '--piece-size', '32KiB', ...flags)
    const seeder = await arena.seed(libtorrent, torrent)
    await arena.expectComplete(await arena.download(driver, torrent, { from: [seeder.client.address] }), 40_000)
  })
})

const reason = arena.reasonToSkip(libtorrent)

describe.skipIf(reason !== undefined)(reason ? `ccbt create (skipped: ${reason})` : 'ccbt create', () => {
  it('makes a torrent of awkward files that libtorrent downloads from ccbt', async () => {
    const torrent = await create(multi.name)
    expect(lengths(torrent)).toEqual(lengths(multi))
    const seeder = await arena.seed(ccbt, torrent)
    await arena.expectComplete(await arena.download(libtorrent, torrent, { from: [seeder.client.address] }))
  })
})

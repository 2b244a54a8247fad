// Torrents that are downloaded from web servers, alone and beside peers.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import type { AddOptions, TorrentHandle } from '../src/index.ts'
import { BLOCK, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'
import { webServer } from './web-seed-server.ts'

const PIECE = 4 * BLOCK

async function add(
  test: TestSession,
  source: Fixture,
  options: Partial<AddOptions>,
): Promise<{ torrent: TorrentHandle; folder: string }> {
  const folder = options.directory ?? temporaryFolder()
  const torrent = await test.session.add(source.torrent, { directory: folder, ...options })
  return { torrent, folder }
}

async function expectFiles(source: Fixture, folder: string, select?: number[]): Promise<void> {
  for (const [index, file] of source.metainfo.files.entries()) {
    const path = join(folder, ...file.path)
    if (select !== undefined && !select.includes(index)) {
      expect(existsSync(path)).toBe(false)
      continue
    }
    const expected = source.bytes.subarray(file.offset, file.offset + file.length)
    expect(Buffer.compare(await readFile(path), expected)).toBe(0)
  }
}

describe('a web seed alone', () => {
  it('is enough for a file', async () => {
    const source = fixture({ lengths: [50 * PIECE + 1234], pieceLength: PIECE })
    const server = await webServer(source)
    const test = await startSession()
    const { torrent, folder } = await add(test, source, { webSeeds: [server.url] })
    await torrent.complete
    await expectFiles(source, folder)
    expect(server.sent()).toBe(source.bytes.length)
    expect(server.ranges.length).toBeLessThan(25)
    const snapshot = torrent.snapshot()
    expect(snapshot).toMatchObject({ downloaded: source.bytes.length, connections: 0 })
    expect(snapshot.wasted).toEqual({ hashFailed: 0, duplicate: 0, unrequested: 0 })
    expect(snapshot.webSeeds).toEqual([expect.objectContaining({ url: server.url, state: 'idle' })])
    expect(snapshot.webSeeds[0]!.downloaded).toBe(source.bytes.length)
  })

  it('is enough for a folder of files that share pieces, by the names in the torrent', async () => {
    const source = fixture({ lengths: [100, 3 * PIECE + 7, 0, 1, 2 * PIECE, 65], pieceLength: PIECE })
    const server = await webServer(source)
    const test = await startSession()
    const { folder, torrent } = await add(test, source, { webSeeds: [server.url] })
    await torrent.complete
    await expectFiles(source, folder)
    expect(server.paths).toContain('/dir/folder/file 0.bin')
    expect(server.paths).not.toContain('/dir/folder/file 2.bin')
  })
})

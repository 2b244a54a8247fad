// A torrent that ccbt made means the same to another client.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena } from './arena.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import type { TestFile, TestTorrent } from './torrent-file.ts'

const arena = await openArena()
const { multi, source } = arena.fixture
const reason = arena.reasonToSkip(libtorrent)

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

interface Created {
  readonly event: string
  readonly infoHash: string
}

interface Info {
  readonly files: readonly { readonly path: string; readonly length: number }[]
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

describe.skipIf(reason !== undefined)(reason ? `ccbt create (skipped: ${reason})` : 'ccbt create', () => {
  it('makes a torrent of awkward files that libtorrent downloads from ccbt', async () => {
    const path = join(arena.fixture.root, 'created.torrent')
    const created = await runJson<Created>('create', join(source, multi.name), '--output', path)
    const info = await runJson<Info>('info', path)
    const files: TestFile[] = info.files.map((file) => ({ path: file.path.split('/').slice(1), length: file.length }))
    const torrent = { ...multi, infoHash: created.infoHash, files, encode: (): Buffer => readFileSync(path) }
    expect(lengths(torrent)).toEqual(lengths(multi))
    const seeder = await arena.seed(ccbt, torrent)
    await arena.expectComplete(await arena.download(libtorrent, torrent, { from: [seeder.client.address] }))
  })
})

// `ccbt add` downloads from nginx, alone and beside a peer that is a ccbt of its own.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { startChild, waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { startNginx, whyNoNginx } from './drivers/nginx.ts'
import { makeFixture } from './fixture.ts'
import { filePath } from './torrent-file.ts'
import type { TestTorrent } from './torrent-file.ts'

const missing = whyNoNginx()
const main = join(import.meta.dirname, '../../packages/cli/src/main.ts')
const QUIET = ['--bind', '127.0.0.1', '--no-dht', '--no-lsd', '--no-port-mapping', '--json']

interface Run {
  readonly child: Child
  readonly events: Record<string, unknown>[]
}

function ccbt(...args: string[]): Run {
  const events: Record<string, unknown>[] = []
  const command = [process.execPath, '--conditions=ccbt-src', main, ...args, ...QUIET]
  const onLine = (line: string): void => void events.push(JSON.parse(line) as Record<string, unknown>)
  return { child: startChild(command, { onLine }), events }
}

describe.skipIf(missing !== undefined)(missing === undefined ? 'nginx' : `nginx (skipped: ${missing})`, () => {
  const fixture = makeFixture()
  afterAll(() => fixture[Symbol.dispose]())

  function torrentFile(torrent: TestTorrent): string {
    const path = join(fixture.root, `${torrent.infoHash}.torrent`)
    writeFileSync(path, torrent.encode([]))
    return path
  }

  function expectSame(torrent: TestTorrent, folder: string): void {
    for (const file of torrent.files) {
      const [original, copy] = [fixture.source, folder].map((root) => readFileSync(join(root, filePath(torrent, file))))
      expect(Buffer.compare(original!, copy!)).toBe(0)
    }
  }

  it.each(['multi', 'single'] as const)('is enough for a torrent (%s)', async (which) => {
    const torrent = fixture[which]
    await using nginx = await startNginx(fixture.source, join(fixture.root, `nginx-${which}`))
    const folder = join(fixture.root, `alone-${which}`)
    const state = join(fixture.root, `state-${which}`)
    // One file is named by its own address, or by that of its folder; a folder of files by that of the folder above.
    const { child, events } = ccbt(
      'add',
      torrentFile(torrent),
      '-o',
      folder,
      '--state-dir',
      state,
      '--webseed',
      nginx.url,
    )
    expect(await child.exit).toBe(0)
    expectSame(torrent, folder)
    const wasted = { hashFailed: 0, duplicate: 0, unrequested: 0 }
    expect(events.find(({ event }) => event === 'complete')).toMatchObject({ downloaded: torrent.length, wasted })
  })

  it('and a slow peer both have a part in a download', async () => {
    const torrent = fixture.single
    await using nginx = await startNginx(fixture.source, join(fixture.root, 'nginx-both'))
    const path = torrentFile(torrent)
    const state = join(fixture.root, 'state-both')
    const limits = ['--upload-limit', '4M', '--state-dir', join(state, 'seed')]
    const seed = ccbt('seed', path, '--data', fixture.source, ...limits)
    try {
      const port = await waitFor(
        'a port',
        20_000,
        async () => seed.events.find(({ event }) => event === 'listening')?.['port'],
      )
      await waitFor('seeding', 60_000, async () => seed.events.some(({ event }) => event === 'seeding'))
      const folder = join(fixture.root, 'both')
      const sources = ['--webseed', `${nginx.url}${encodeURI(torrent.name)}`, '--peer', `127.0.0.1:${String(port)}`]
      // Slow enough for the peer to matter.
      const pace = ['--download-limit', '8M', '--state-dir', join(state, 'add')]
      const { child, events } = ccbt('add', path, '-o', folder, ...sources, ...pace)
      expect(await child.exit).toBe(0)
      expectSame(torrent, folder)
      const complete = events.find(({ event }) => event === 'complete')
      expect(complete!['downloaded']).toBe(torrent.length)
      await waitFor(
        'progress',
        5000,
        async () => Number(seed.events.findLast(({ uploaded }) => uploaded)?.['uploaded']) > 0,
      )
    } finally {
      await seed.child.stop()
    }
  })
})

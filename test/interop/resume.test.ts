// ccbt is killed in the middle and goes on from what it had.

import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena, subject } from './arena.ts'
import { libtorrent } from './drivers/libtorrent.ts'

const arena = await openArena()
const { multi, single } = arena.fixture
const reason = arena.reasonToSkip(libtorrent)

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

describe.skipIf(reason !== undefined)(
  reason ? `resume from libtorrent (skipped: ${reason})` : 'resume from libtorrent',
  () => {
    for (const [what, torrent] of [['one file', single] as const, ['many files', multi] as const]) {
      it(`does not fetch twice what it had of ${what} when it was killed`, async () => {
        const seeder = await arena.seed(libtorrent, torrent, { uploadLimitBps: Math.ceil(torrent.length / 8) })
        const downloader = await arena.download(subject, torrent, { from: [seeder.client.address] })
        await arena.expectProgress(downloader, 0.4)
        await downloader.client.kill()
        await arena.expectComplete(await arena.restart(downloader))
        expect((await seeder.client.status()).uploaded).toBeLessThan(torrent.length * 1.25)
      })
    }

    it('fetches only what somebody damaged', async () => {
      const seeder = await arena.seed(libtorrent, single)
      const wish = { from: [seeder.client.address] }
      const first = await arena.download(subject, single, wish)
      await arena.expectComplete(first)
      await first.client.stop()
      const file = openSync(join(first.job.dir, single.name), 'r+')
      writeSync(file, 'damage', 5_000_000)
      closeSync(file)
      await arena.expectComplete(await arena.restart(first))
      expect((await seeder.client.status()).uploaded).toBeLessThan(single.length * 1.1)
    })
  },
)

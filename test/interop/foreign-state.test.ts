// State that other programs have really written: what they have verified is not hashed again.

import { createHttpClient } from '@ccbt/rpc-client'
import { afterAll, afterEach, expect, it } from 'vitest'
import { temporaryFolder } from '../e2e/cli-process.ts'
import { DaemonHome } from '../e2e/daemon-process.ts'
import { openArena } from './arena.ts'
import { rtorrent } from './drivers/rtorrent.ts'
import { transmission } from './drivers/transmission.ts'

const PATIENCE = { timeout: 30_000, interval: 50 }

const arena = await openArena()
const { single } = arena.fixture

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

for (const driver of [transmission, rtorrent]) {
  const reason = arena.reasonToSkip(driver)
  it.skipIf(reason !== undefined)(
    `the state of ${driver.name} is believed${reason ? ` (skipped: ${reason})` : ''}`,
    async () => {
      const { client: program, job } = await arena.seed(driver, single)
      await program.stop()
      await using place = await temporaryFolder()
      const home = new DaemonHome(place.path)
      await using daemon = await home.start()
      await using client = createHttpClient(home.address)
      const outcome = await home.run('import', driver.name, job.work)
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining(`added ${single.name}\n`) })
      const rows = async (): Promise<unknown> => (await client.state()).torrents
      await expect
        .poll(rows, PATIENCE)
        .toMatchObject([{ infoHash: single.infoHash, directory: job.dir, phase: 'seeding', progress: 1 }])
      expect(daemon.process.stderr).not.toContain('checking what is there')
    },
  )
}

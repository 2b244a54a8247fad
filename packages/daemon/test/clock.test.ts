// The time of day jumps by years in both directions. What lasts is measured by another clock.

import { setTimeout as sleep } from 'node:timers/promises'

import { createHttpClient } from '@ccbt/rpc-client'
import { expect, it, onTestFinished, vi } from 'vitest'

import { add, call, fieldsOf, makeTorrent, runDaemon, temporaryFolder } from './rpc-support.ts'

const TEN_YEARS_MS = 10 * 365 * 86_400_000
const SEEDING = 6

it.each([TEN_YEARS_MS, -TEN_YEARS_MS])(
  'a jump of %i ms ends no seeding, and changes are told as ever',
  async (jumpMs) => {
    const downloads = temporaryFolder()
    const daemon = await runDaemon(temporaryFolder(), downloads)
    await using client = createHttpClient({ socketPath: daemon.socketPath })
    const id = await add(daemon, makeTorrent(downloads, 'file'))
    const fields = async (): Promise<Record<string, unknown>> =>
      fieldsOf(daemon, id, ['status', 'secondsSeeding', 'error', 'isFinished'])
    await expect.poll(fields).toMatchObject({ status: SEEDING })
    // Ends after five minutes without upload.
    await call(daemon, 'torrent-set', { ids: id, seedIdleMode: 1, seedIdleLimit: 5 })

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + jumpMs })
    onTestFinished(() => void vi.useRealTimers())
    const { revision } = await client.state()
    await sleep(1500)
    const { secondsSeeding, ...rest } = await fields()
    expect(rest).toEqual({ status: SEEDING, error: 0, isFinished: false })
    expect(secondsSeeding).toBeLessThan(60)
    await call(daemon, 'torrent-set', { ids: id, labels: ['new'] })
    const news = await client.state(revision)
    expect(news.torrents).toMatchObject([{ id, labels: ['new'] }])
    const { torrents } = await call(daemon, 'torrent-get', { ids: 'recently-active', fields: ['id'] })
    expect(torrents).toEqual([{ id }])
  },
)

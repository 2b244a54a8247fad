// kill -9 at random moments under load: no torrent is lost, nothing is claimed that is not on the disk, and the daemon is
// back at once. A long run: CCBT_KILLS=200 vitest run --project e2e test/e2e/kills.test.ts

import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '@ccbt/primitives'
import { expect, it } from 'vitest'
import { temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'
import { Campaign } from './kill-campaign.ts'
import type { Restart } from './kill-campaign.ts'
import { openShop } from './kill-torrents.ts'

const KILLS = Number(process.env['CCBT_KILLS'] ?? 8)
const SEED = Number(process.env['CCBT_KILLS_SEED'] ?? randomInt(1_000_000))
const TORRENTS = 8
/** Slow enough that downloads are under way at nearly every kill. */
const UPLOAD_LIMIT_BPS = 6_000_000
const PATIENCE_MS = 60_000 * (KILLS + 1)

it(
  `loses nothing in ${KILLS} kills (CCBT_KILLS_SEED=${SEED})`,
  async () => {
    await using folder = await temporaryFolder()
    const path = (name: string): string => join(folder.path, name)
    await mkdir(path('home'))
    await using shop = await openShop(folder.path, TORRENTS, UPLOAD_LIMIT_BPS)
    const campaign = new Campaign({
      home: new DaemonHome(path('home')),
      torrents: shop.torrents,
      folders: [path('a'), path('b'), path('c')],
      random: seededRandom(SEED),
    })
    const restarts: Restart[] = []
    // On a slow machine there are more of them, so that what is compared is worth comparing.
    while (restarts.length <= KILLS || campaign.answered <= 5 * KILLS) restarts.push(await campaign.round())
    expect(campaign.refusals.filter((reason) => !reason.includes('exists already'))).toEqual([])
    expect(restarts.some(({ claims }) => claims > 0)).toBe(true)
    process.stdout.write(`${report(restarts)}; ${campaign.answered} calls\n`)
  },
  PATIENCE_MS,
)

function report(restarts: readonly Restart[]): string {
  const figures = (pick: (restart: Restart) => number): string => {
    const sorted = restarts.map(pick).toSorted((a, b) => a - b)
    return `${Math.round(sorted[sorted.length >> 1] ?? 0)} ms, at most ${Math.round(sorted.at(-1) ?? 0)} ms`
  }
  const claims = restarts.reduce((sum, restart) => sum + restart.claims, 0)
  const ready = figures(({ readyMs }) => readyMs)
  return `${restarts.length - 1} kills: ready after ${ready}; checked after ${figures(({ settledMs }) => settledMs)}; ${claims} pieces hashed`
}

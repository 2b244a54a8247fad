// The daemon while clients ask it once a second each: what that costs a download at full speed. The daemon is up and the
// clients have had their first answers before the clock starts, which ends when the daemon says that all is verified.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createHttpClient } from '@ccbt/rpc-client'
import type { DaemonClient } from '@ccbt/rpc-client'
import { ccbtCommand } from '../../test/interop/drivers/ccbt.ts'
import { waitFor } from '../../test/interop/drivers/child.ts'
import type { Child } from '../../test/interop/drivers/child.ts'
import type { Job } from '../../test/interop/drivers/driver.ts'
import { measureDownload, startSeeder } from './download.ts'
import type { Measured } from './program.ts'
import { median } from './results.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Setting } from './setting.ts'
import { UsageMeter } from './usage.ts'

const CLIENT_COUNTS = [0, 100]
/** In the list besides the one that is downloaded. */
const OTHER_TORRENTS = 100
const PIECE_BYTES = 1024 * 1024
const START_MS = 30_000

/** Runs the benchmark. */
export async function benchPolling(setting: Setting): Promise<Run[]> {
  const { sizeMib, rounds } = setting.options
  const material = setting.makeMaterial('polling.bin', sizeMib, PIECE_BYTES)
  setting.requireSpace(2 * material.torrent.length)
  await using seeder = await startSeeder(setting, material)
  await using tracker = await setting.tracker([seeder.address])
  const how = { trackers: [tracker.httpUrl] }
  const contenders = CLIENT_COUNTS.map((clients): Contender => {
    const run = (): Promise<Figures> =>
      measureDownload(setting, material, how, (job) => measurePolled(setting, job, clients))
    return { client: 'ccbt', variant: String(clients), run }
  })
  return await runRounds('polling', rounds, contenders)
}

/** The rate with clients as a share of that without in the same round. */
export function describePolling(runs: readonly Run[]): string {
  const [none, many] = CLIENT_COUNTS.map((clients) => runs.filter(({ variant }) => variant === String(clients)))
  const shares = (many ?? []).flatMap(({ round, seconds }) => {
    const alone = none?.find((run) => run.round === round)?.seconds
    return alone === undefined || seconds === undefined ? [] : [alone / seconds]
  })
  const text = (share: number | undefined): string => share?.toFixed(2) ?? '-'
  const range = `${text(Math.min(...shares))} to ${text(Math.max(...shares))}`
  return `With ${CLIENT_COUNTS[1]} clients × ${text(median(shares))} of the rate without (${range})`
}

async function measurePolled(setting: Setting, job: Job, clients: number): Promise<Measured> {
  await using running = new AsyncDisposableStack()
  const { child, port } = await startDaemon(setting, job)
  running.defer(() => child.stop())
  await using daemon = createHttpClient({ socketPath: join(job.work, 'daemon.sock') })
  await addOthers(daemon)
  if (clients > 0) running.defer(await startPollers(setting, port, clients))
  using meter = new UsageMeter([child.pid])
  const start = performance.now()
  const { id } = await daemon.add({ source: job.torrent.encode(job.trackers ?? []), directory: job.dir })
  await waitFor('the download is complete', setting.options.limitMs, async () => {
    const detail = await daemon.detail(id)
    return detail?.row.phase === 'seeding'
  })
  return { seconds: (performance.now() - start) / 1000, usage: meter.end() }
}

async function startDaemon(setting: Setting, job: Job): Promise<{ readonly child: Child; readonly port: number }> {
  mkdirSync(job.work, { recursive: true })
  const network = ['dht.enabled=false', 'lsd.enabled=false', 'port_mapping.enabled=false', `network.bind=${job.host}`]
  const args = ['--json', '--no-auth', '--http', '127.0.0.1:0', '--state-dir', job.work, '--download-dir', job.dir]
  const sets = network.flatMap((text) => ['--set', text])
  let port = 0
  const child = setting.network.run(ccbtCommand('daemon', 'run', ...args, ...sets), {
    onLine: (text) => {
      const line = JSON.parse(text) as { readonly event: string; readonly urls?: readonly string[] }
      if (line.event === 'ready') port = Number(new URL(line.urls?.[0] ?? '').port)
    },
  })
  await waitFor('the daemon is ready', START_MS, () => {
    if (child.ended() !== undefined) throw new Error(`the daemon ended: ${child.log()}`)
    return port !== 0
  })
  return { child, port }
}

async function addOthers(daemon: DaemonClient): Promise<void> {
  for (let n = 0; n < OTHER_TORRENTS; n++) {
    const infoHash = n.toString(16).padStart(40, '0')
    await daemon.add({ source: `magnet:?xt=urn:btih:${infoHash}&dn=torrent-${n}`, isPaused: true })
  }
}

/** The result ends them; it rejects when one of them has got no answer. */
async function startPollers(setting: Setting, port: number, clients: number): Promise<() => Promise<void>> {
  const script = join(import.meta.dirname, 'pollers.ts')
  const child = setting.network.run([process.execPath, script, String(port), String(clients)])
  await waitFor('all clients have asked', START_MS, () => child.ended() !== undefined || child.log().includes('ready'))
  return async () => {
    if (child.ended() !== undefined) throw new Error(`the clients ended: ${child.log()}`)
    await child.stop()
  }
}

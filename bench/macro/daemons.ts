// Clients that run as daemons: they are up and idle before the clock starts.

import { waitFor } from '../../test/interop/drivers/child.ts'
import type { Client, Job } from '../../test/interop/drivers/driver.ts'
import type { Network } from '../../test/interop/drivers/network.ts'
import { bootRtorrent } from '../../test/interop/drivers/rtorrent.ts'
import { bootTransmission } from '../../test/interop/drivers/transmission.ts'
import type { Measured } from './program.ts'
import type { Setting } from './setting.ts'
import { UsageMeter } from './usage.ts'

/** A daemon that has no torrent yet. */
export type Boot = (network: Network, job: Job) => Promise<Client & { add(job: Job): Promise<void> }>

/** By the name of the driver. */
export const DAEMONS: Readonly<Record<string, Boot>> = { transmission: bootTransmission, rtorrent: bootRtorrent }

/** From the request that adds the torrent until all of it is there and verified. */
export async function measureDaemon(setting: Setting, job: Job, boot: Boot): Promise<Measured> {
  await using client = await boot(setting.network, job)
  using meter = new UsageMeter([client.child.pid])
  const start = performance.now()
  await client.add(job)
  await waitFor(`${client.name} is done`, setting.options.limitMs, async () => (await client.status()).isDone)
  return { seconds: (performance.now() - start) / 1000, usage: meter.end() }
}

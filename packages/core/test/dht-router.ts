import type { Endpoint } from '@ccbt/address'
import { createDht } from '@ccbt/discovery'
import type { Dht } from '@ccbt/discovery'
import { onTestFinished } from 'vitest'

import { createSystemRandom, systemClock } from '../src/system.ts'

/** A DHT node on this machine, until the test has finished. */
export async function localNode(bootstrap: readonly Endpoint[] = []): Promise<Dht> {
  const dht = await createDht({
    clock: systemClock,
    random: createSystemRandom(),
    port: 0,
    bind: { v4: '127.0.0.1' },
    bootstrap,
    allowLocal: true,
  })
  onTestFinished(() => dht[Symbol.asyncDispose]())
  return dht
}

/** A node that others join by. */
export async function router(): Promise<Endpoint> {
  const dht = await localNode()
  return { host: '127.0.0.1', port: dht.port }
}

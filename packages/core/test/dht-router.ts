import type { Endpoint } from '@ccbt/address'
import { createDht } from '@ccbt/discovery'
import { onTestFinished } from 'vitest'

import { createSystemRandom, systemClock } from '../src/system.ts'

/** A DHT node on this machine that others join by, until the test has finished. */
export async function router(): Promise<Endpoint> {
  const dht = await createDht({
    clock: systemClock,
    random: createSystemRandom(),
    port: 0,
    bind: { v4: '127.0.0.1' },
    bootstrap: [],
    allowLocal: true,
  })
  onTestFinished(() => dht[Symbol.asyncDispose]())
  return { host: '127.0.0.1', port: dht.port }
}

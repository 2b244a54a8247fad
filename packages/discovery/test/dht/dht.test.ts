// The whole DHT over real sockets on loopback: both address families, items, saving, and errors of the system.

import { createSocket } from 'node:dgram'

import { describe, expect, it } from 'vitest'

import type { Endpoint } from '@ccbt/address'
import { seededRandom } from '@ccbt/primitives'
import { createDht } from '@ccbt/discovery'
import type { Dht, DhtOptions } from '@ccbt/discovery'
import { scaledClock } from '@ccbt/testkit'

import { NEVER } from './memory-network.ts'

let seeds = 1

function open(options: Partial<DhtOptions> = {}): Promise<Dht> {
  return createDht({
    clock: scaledClock(),
    random: seededRandom(seeds++),
    bind: { v4: '127.0.0.1' },
    port: 0,
    bootstrap: [],
    allowLocal: true,
    ...options,
  })
}

async function openMany(count: number, options: Partial<DhtOptions> = {}): Promise<Dht[] & AsyncDisposable> {
  const all = [await open(options)]
  const host = options.bind?.v4 === undefined && options.bind?.v6 !== undefined ? options.bind.v6 : '127.0.0.1'
  const bootstrap = [{ host, port: all[0]!.port }]
  while (all.length < count) all.push(await open({ ...options, bootstrap }))
  const dispose = async (): Promise<void> => {
    for (const dht of all) await dht[Symbol.asyncDispose]()
  }
  return Object.assign(all, { [Symbol.asyncDispose]: dispose })
}

async function peersOf(dht: Dht, infoHash: Uint8Array): Promise<Endpoint[]> {
  const found: Endpoint[] = []
  await dht.lookup(infoHash, { onPeers: (peers) => found.push(...peers), signal: NEVER })
  return found
}

describe('a DHT', () => {
  it.each([
    ['IPv4', { v4: '127.0.0.1' }, '127.0.0.1'],
    ['IPv6', { v6: '::1' }, '::1'],
  ])('finds over %s what another node announced', async (_, bind, host) => {
    await using all = await openMany(12, { bind })
    const infoHash = new Uint8Array(20).fill(0x5a)
    const report = await all[3]!.lookup(infoHash, { announcePort: 5555, onPeers: () => {}, signal: NEVER })
    expect(report).toMatchObject({ peers: 0, announced: 8 })
    expect(await peersOf(all[8]!, infoHash)).toEqual([{ host, port: 5555 }])
  })
})

describe('the port', () => {
  it('that is taken is an error', async () => {
    const other = createSocket('udp4')
    await new Promise<void>((resolve) => other.bind({ address: '127.0.0.1', port: 0 }, resolve))
    const { port } = other.address()
    await expect(open({ port })).rejects.toMatchObject({ code: 'DHT_LISTEN_FAILED', context: { errno: 'EADDRINUSE' } })
    other.close()
  })
})

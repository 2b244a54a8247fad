// The whole DHT over real sockets on loopback: both address families, items, saving, and errors of the system.

import { createSocket } from 'node:dgram'

import { describe, expect, it } from 'vitest'

import type { Endpoint } from '@ccbt/address'
import { encode } from '@ccbt/bencode'
import { createDht, generateKeys, signItem, targetOf } from '@ccbt/discovery'
import type { Dht, DhtOptions } from '@ccbt/discovery'
import { seededRandom } from '@ccbt/primitives'
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

describe('lookups', () => {
  it('wait for each other, and end with the DHT', async () => {
    const all = await openMany(3, { pace: { active: 1, perS: 1000 } })
    const dht = all[2]!
    const infoHash = new Uint8Array(20).fill(1)
    const many = Array.from({ length: 50 }, () => dht.lookup(infoHash, { onPeers: () => {}, signal: NEVER }))
    expect(dht.stats().lookups).toEqual({ active: 1, waiting: 49 })
    await all[Symbol.asyncDispose]()
    expect(await Promise.all(many)).toHaveLength(50)
    expect(dht.stats().lookups).toEqual({ active: 0, waiting: 0 })
  })

  it('end by their signal, even while the DHT has not joined', async () => {
    await using dht = await open({
      bootstrap: [{ host: 'nowhere.invalid', port: 1 }],
      resolve: () => new Promise(() => {}),
    })
    const abort = new AbortController()
    const lookup = dht.lookup(new Uint8Array(20), { onPeers: () => {}, signal: abort.signal })
    abort.abort()
    await expect(lookup).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('items', () => {
  it('are stored, found by others, and replaced by newer ones only', async () => {
    await using all = await openMany(10)
    const { privateKey } = generateKeys()
    const put = (seq: number, cas?: number): Promise<{ stored: number }> => {
      const item = signItem({ privateKey, seq, value: encode(`number ${seq}`) })
      return all[seq % 10]!.putItem(item, { signal: NEVER, ...(cas === undefined ? {} : { cas }) })
    }
    const target = targetOf(signItem({ privateKey, seq: 1, value: encode('') }))
    expect((await put(1)).stored).toBe(8)
    expect((await put(2, 1)).stored).toBeGreaterThan(0)
    expect((await put(3, 1)).stored).toBeLessThan(8)
    expect(await all[9]!.getItem(target, { signal: NEVER, minSeq: 3 })).toBeUndefined()
    expect(await all[9]!.getItem(target, { signal: NEVER })).toMatchObject({ kind: 'mutable' })
  })
})

describe('known nodes', () => {
  it('bring a later run back in, with the same id', async () => {
    await using all = await openMany(6)
    const first = all[5]!
    await first.lookup(new Uint8Array(20), { onPeers: () => {}, signal: NEVER })
    const saved = JSON.parse(JSON.stringify(first.saved())) as ReturnType<Dht['saved']>
    await using second = await open({ saved })
    await second.lookup(new Uint8Array(20), { onPeers: () => {}, signal: NEVER })
    expect(second.stats().ipv4?.id).toBe(saved.ipv4?.id)
    expect(second.stats().ipv4?.nodes).toBeGreaterThanOrEqual(5)
  })

  it('may be told by name', async () => {
    await using all = await openMany(3)
    await using alone = await open({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
    alone.addNode({ host: 'node.example', port: all[1]!.port })
    await expect.poll(() => alone.stats().ipv4?.nodes).toBeGreaterThan(0)
  })

  it('of the other family are learnt from those that know both (BEP 32)', async () => {
    const both = { v4: '127.0.0.1', v6: '::1' }
    await using all = await openMany(6, { bind: both })
    // The nodes were all told an IPv4 address; only the first one's IPv6 address has to be told once.
    all[1]!.addNode({ host: '::1', port: all[0]!.port })
    await expect.poll(() => all[1]!.stats().ipv6?.nodes).toBeGreaterThan(0)
    await using late = await open({ bind: both, bootstrap: [{ host: '127.0.0.1', port: all[1]!.port }] })
    await expect.poll(() => late.stats().ipv6?.nodes).toBeGreaterThan(0)
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

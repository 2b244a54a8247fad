// Our DHT and that of npm `bittorrent-dht` on loopback, in both directions.

import { once } from 'node:events'
import { promisify } from 'node:util'

import { Client } from 'bittorrent-dht'
import { afterEach, describe, expect, it } from 'vitest'

import { encode } from '@ccbt/bencode'
import { createDht, immutableItem, targetOf } from '@ccbt/discovery'
import type { Dht } from '@ccbt/discovery'
import { seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'

import { NEVER } from './memory-network.ts'

const HOST = '127.0.0.1'
const infoHash = new Uint8Array(20).fill(0x3c)
const running: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of running.splice(0).toReversed()) await stop()
})

async function ccbt(bootstrapPort?: number): Promise<Dht> {
  const dht = await createDht({
    clock: scaledClock(),
    random: seededRandom(running.length),
    bind: { v4: HOST },
    port: 0,
    bootstrap: bootstrapPort === undefined ? [] : [{ host: HOST, port: bootstrapPort }],
    allowLocal: true,
  })
  running.push(async () => dht[Symbol.asyncDispose]())
  return dht
}

/** Returns when the client has asked its bootstrap nodes. */
async function foreign(bootstrapPort?: number): Promise<Client> {
  const bootstrap = bootstrapPort === undefined ? (false as const) : [`${HOST}:${bootstrapPort}`]
  const client = new Client({ bootstrap })
  const ready = once(client, 'ready')
  await new Promise<void>((resolve) => client.listen(0, HOST, resolve))
  running.push(() => new Promise((resolve) => client.destroy(resolve)))
  await ready
  return client
}

async function peersOf(dht: Dht): Promise<string[]> {
  const found: string[] = []
  const onPeers = (peers: readonly { host: string; port: number }[]): void =>
    void found.push(...peers.map(({ host, port }) => `${host}:${port}`))
  await dht.lookup(infoHash, { onPeers, signal: NEVER })
  return found
}

describe('bittorrent-dht', () => {
  it('takes our announce, and finds it again', async () => {
    const client = await foreign()
    const dht = await ccbt(client.address().port)
    const report = await dht.lookup(infoHash, { announcePort: 4242, onPeers: () => {}, signal: NEVER })
    expect(report.announced).toBe(1)
    expect(await peersOf(dht)).toEqual([`${HOST}:4242`])
  })

  it('announces to us, and other nodes of ours find it', async () => {
    const dht = await ccbt()
    const client = await foreign(dht.port)
    await promisify(client.announce.bind(client))(infoHash, 4343)
    expect(dht.stats().ipv4?.stored.peers).toBe(1)
    const other = await ccbt(dht.port)
    expect(await peersOf(other)).toEqual([`${HOST}:4343`])
  })

  it('finds at our node what was announced there', async () => {
    const dht = await ccbt()
    const other = await ccbt(dht.port)
    await other.lookup(infoHash, { announcePort: 4444, onPeers: () => {}, signal: NEVER })
    const client = await foreign(dht.port)
    const found: unknown[] = []
    client.on('peer', (peer: { host: string; port: number }) => found.push(`${peer.host}:${peer.port}`))
    await promisify(client.lookup.bind(client))(infoHash)
    expect(found).toContain(`${HOST}:4444`)
  })

  it('keeps our items, and ours keeps its items', async () => {
    const client = await foreign()
    const dht = await ccbt(client.address().port)
    const item = immutableItem(encode('ours'))
    expect(await dht.putItem(item, { signal: NEVER })).toEqual({ stored: 1 })
    expect(await dht.getItem(targetOf(item), { signal: NEVER })).toEqual(item)

    const second = await foreign(dht.port)
    await promisify(second.put.bind(second))({ v: Buffer.from('theirs') })
    const theirs = immutableItem(encode('theirs'))
    const other = await ccbt(dht.port)
    expect(await other.getItem(targetOf(theirs), { signal: NEVER })).toEqual(theirs)
  })
})

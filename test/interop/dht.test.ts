// Our DHT and that of libtorrent on loopback, in both directions: peers and items.

import { afterEach, describe, expect, it } from 'vitest'
import { encode } from '@ccbt/bencode'
import { createDht, generateKeys, immutableItem, mutableTarget, signItem, targetOf } from '@ccbt/discovery'
import type { Dht, Item } from '@ccbt/discovery'
import { seededRandom, toHex } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'
import { waitFor } from './drivers/child.ts'
import { pythonWithLibtorrent } from './drivers/libtorrent.ts'
import { startLibtorrentDht } from './drivers/libtorrent-dht.ts'
import type { LibtorrentDht, LibtorrentDhtJob } from './drivers/libtorrent-dht.ts'

const WAIT_MS = 60_000
const HOST = '127.0.0.1'
const infoHash = new Uint8Array(20).fill(0x5a)
const signal = new AbortController().signal
const running: AsyncDisposable[] = []
let ports = 30_000 + (process.pid % 10_000)

afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const nodesOf = (dht: Dht): number => dht.stats().ipv4?.nodes ?? 0

/** One of ours; a neighbour knows it then. */
async function ccbt(seed: number, neighbour?: Dht): Promise<Dht> {
  const before = neighbour === undefined ? 0 : nodesOf(neighbour)
  const dht = await createDht({
    clock: scaledClock(),
    random: seededRandom(seed),
    bind: { v4: HOST },
    port: 0,
    bootstrap: neighbour === undefined ? [] : [{ host: HOST, port: neighbour.port }],
    allowLocal: true,
  })
  running.push(dht)
  if (neighbour !== undefined) await waitFor('a neighbour', WAIT_MS, () => nodesOf(neighbour) > before)
  return dht
}

/** libtorrent beside `dht`: each knows the other. */
async function libtorrent(dht: Dht, job: Omit<LibtorrentDhtJob, 'listen' | 'nodes'>): Promise<LibtorrentDht> {
  const nodesBefore = nodesOf(dht)
  const node = startLibtorrentDht({ ...job, listen: `${HOST}:${++ports}`, nodes: [[HOST, dht.port]] })
  running.push(node)
  await waitFor('a node in our table', WAIT_MS, () => nodesOf(dht) > nodesBefore)
  return node
}

async function peersOf(dht: Dht): Promise<string[]> {
  const found: string[] = []
  await dht.lookup(infoHash, {
    onPeers: (peers) => found.push(...peers.map(({ host, port }) => `${host}:${port}`)),
    signal,
  })
  return found
}

const missing = pythonWithLibtorrent() === undefined ? ' (skipped: python3-libtorrent is not installed)' : ''

describe.skipIf(missing !== '')(`libtorrent${missing}`, () => {
  it('takes our announce and gives it to others', async () => {
    const dht = await ccbt(1)
    await libtorrent(dht, {})
    const announce = (): Promise<boolean> =>
      dht.lookup(infoHash, { announcePort: 4242, onPeers: () => {}, signal }).then(({ announced }) => announced > 0)
    await waitFor('an announce that is taken', WAIT_MS, announce)
    expect(await peersOf(dht)).toEqual([`${HOST}:4242`])
  })

  it('announces to us', async () => {
    const dht = await ccbt(2)
    await libtorrent(dht, { announce: toHex(infoHash) })
    await waitFor('an announce', WAIT_MS, () => dht.stats().ipv4?.stored.peers === 1)
    const other = await ccbt(3, dht)
    expect(await waitFor('peers', WAIT_MS, async () => (await peersOf(other))[0])).toBe(`${HOST}:${ports}`)
  })

  it('finds at our node what was announced there', async () => {
    const dht = await ccbt(4)
    const other = await ccbt(5, dht)
    const node = await libtorrent(dht, { find: toHex(infoHash) })
    await waitFor('an announce that is taken', WAIT_MS, () =>
      other.lookup(infoHash, { announcePort: 4243, onPeers: () => {}, signal }).then(({ announced }) => announced > 0),
    )
    await waitFor('peers', WAIT_MS, () => node.events.some(({ peers }) => peers?.includes(`${HOST}:4243`)))
  })

  it('keeps our items', async () => {
    const dht = await ccbt(6)
    await libtorrent(dht, {})
    const { privateKey } = generateKeys()
    const salt = Buffer.from('salt')
    const items: Item[] = [
      immutableItem(encode({ hello: 'world', n: 7 })),
      signItem({ privateKey, seq: 3, value: encode('mutable'), salt }),
    ]
    for (const item of items) {
      await waitFor('an item that is stored', WAIT_MS, () =>
        dht.putItem(item, { signal }).then(({ stored }) => stored > 0),
      )
      expect(await dht.getItem(targetOf(item), { salt, signal })).toEqual(item)
    }
  })

  it('stores an item at our node, and finds ours there', async () => {
    const dht = await ccbt(7)
    const other = await ccbt(8, dht)
    const { privateKey, publicKey } = generateKeys()
    const salt = Buffer.from('s')
    await waitFor('an item that is stored', WAIT_MS, () =>
      other
        .putItem(signItem({ privateKey, seq: 1, value: encode('ours'), salt }), { signal })
        .then(({ stored }) => stored > 0),
    )
    const node = await libtorrent(dht, { put: 'theirs', getMutable: toHex(publicKey), salt: 's' })
    await waitFor('our item', WAIT_MS, () => node.events.some(({ value }) => value === 'ours'))
    const target = targetOf(immutableItem(encode('theirs')))
    await waitFor('their item', WAIT_MS, async () => (await other.getItem(target, { signal })) !== undefined)
    expect(await other.getItem(mutableTarget(publicKey, salt), { salt, signal })).toMatchObject({ seq: 1 })
  })
})

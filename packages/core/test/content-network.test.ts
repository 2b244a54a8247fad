// Content is looked for, and keys are followed, by the ways that torrents go: through the proxy or not at all, and from
// the bound address.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

import { parseEndpoint } from '@ccbt/address'
import { expect, it, onTestFinished } from 'vitest'

import { searchContent } from '../src/index.ts'
import type { ContentSearch } from '../src/index.ts'
import { router } from './dht-router.ts'
import { socksProxy } from './socks-proxy.ts'
import { listen, startSession } from './support.ts'

const HOST = '127.0.0.1'
const HASH = new Uint8Array(32).fill(7)

/** A peer and a DHT node that say nothing; `callers` are the addresses that have spoken to them. */
async function witness(): Promise<{ callers: string[]; peer: string; node: string }> {
  const callers: string[] = []
  const server = createServer((socket) => {
    callers.push(`tcp ${socket.remoteAddress}`)
    socket.on('error', () => {})
    socket.destroy()
  })
  const udp = createSocket('udp4')
  udp.on('message', (_, { address }) => callers.push(`udp ${address}`))
  udp.bind(0, HOST)
  await once(udp, 'listening')
  onTestFinished(() => {
    server.close()
    udp.close()
  })
  return { callers, peer: await listen(server), node: `${HOST}:${udp.address().port}` }
}

function search(options: Partial<ContentSearch>): Promise<unknown> {
  const signal = AbortSignal.timeout(20_000)
  return searchContent({ hash: HASH, peers: [], signal, ...options }, async (chunks) => void (await chunks.next()))
}

it('peers and the DHT are asked through the proxy', async () => {
  const { host, port, targets } = await socksProxy()
  const { peer } = await witness()
  const node = await router()
  const network = { proxy: { kind: 'socks5', host, port } } as const
  await expect(search({ network, peers: [parseEndpoint(peer)], dht: { bootstrap: [node] } })).rejects.toThrow()
  expect([...targets].sort()).toEqual([`tcp ${parseEndpoint(peer).port}`, `udp ${node.port}`])
})

it('nobody is asked when the proxy is down', async () => {
  const gone = createServer()
  const { host, port } = parseEndpoint(await listen(gone))
  gone.close()
  const { callers, peer, node } = await witness()
  const network = { proxy: { kind: 'socks5', host, port } } as const
  await expect(search({ network, peers: [parseEndpoint(peer)] })).rejects.toThrow(`proxy socks5://${host}:${port}`)
  await expect(search({ network, dht: { bootstrap: [parseEndpoint(node)] } })).rejects.toMatchObject({
    code: 'CONTENT_LOOKUP_FAILED',
  })
  expect(callers).toEqual([])
})

it('trackers are asked through the proxy', async () => {
  const { host, port, targets } = await socksProxy()
  const { callers, peer } = await witness()
  const trackers = [`http://${peer}/announce`]
  await expect(search({ network: { proxy: { kind: 'socks5', host, port } }, trackers })).rejects.toThrow()
  expect([...targets]).toEqual([`tcp ${parseEndpoint(peer).port}`])
  const before = callers.length
  const gone = { kind: 'http', host: HOST, port: 1 } as const
  await expect(search({ network: { proxy: gone }, trackers })).rejects.toThrow()
  await expect(search({ network: { proxy: gone }, trackers: [`udp://${peer}/announce`] })).rejects.toThrow()
  expect(callers).toHaveLength(before)
})

it('the DHT is not asked around a proxy without UDP', async () => {
  const { callers, peer, node } = await witness()
  const network = { proxy: { kind: 'http', host: HOST, port: 1 } } as const
  const asked = search({ network, peers: [parseEndpoint(peer)], dht: { bootstrap: [parseEndpoint(node)] } })
  await expect(asked).rejects.toMatchObject({
    message: 'the DHT cannot be asked: the proxy http://127.0.0.1:1 carries no UDP',
  })
  expect(callers).toEqual([])
})

it('a proxy for other traffic is not for this, and the bound address is used', async () => {
  const { callers, peer, node } = await witness()
  const network = {
    bind: '127.0.0.9',
    proxy: { kind: 'http', host: HOST, port: 1, for: ['trackers', 'web'] },
  } as const
  const dht = { bootstrap: [parseEndpoint(node)] }
  const enough = new AbortController()
  const asked = search({ network, peers: [parseEndpoint(peer)], dht, signal: enough.signal })
  await expect.poll(() => [...new Set(callers)].sort()).toEqual(['tcp 127.0.0.9', 'udp 127.0.0.9'])
  enough.abort()
  await expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
})

it('who follows a key goes to others through the proxy', async () => {
  const { host, port, targets } = await socksProxy()
  const { peer } = await witness()
  const node = await router()
  const { session } = await startSession({ proxy: { kind: 'socks5', host, port }, dht: { bootstrap: [node] } })
  using _channel = await session.channel({ publicKey: HASH, peers: [parseEndpoint(peer)], onItem: () => {} })
  await expect.poll(() => [...targets].sort()).toEqual([`tcp ${parseEndpoint(peer).port}`, `udp ${node.port}`])
})

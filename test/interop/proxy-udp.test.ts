// UDP through Dante: uTP against libtorrent, the DHT and a tracker, the latter two by a name that nobody here resolves.

import { createSocket } from 'node:dgram'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createSession, systemClock as clock } from '@ccbt/core'
import { createDht, createTrackerClient, createTrackerServer } from '@ccbt/discovery'
import type { TrackerRequest } from '@ccbt/discovery'
import type { Random } from '@ccbt/primitives'
import { createProxy } from '@ccbt/proxy'
import type { Proxy } from '@ccbt/proxy'
import { parseProxyUrl } from '@ccbt/proxy/settings'

import { startChild, waitFor } from './drivers/child.ts'
import { pythonWithLibtorrent } from './drivers/libtorrent.ts'
import { dante } from './drivers/proxies.ts'
import { differences, makeFixture } from './fixture.ts'

const HOST = '127.0.0.1'
const TRANSFER_MS = 60_000
const NEVER = new AbortController().signal
const INFO_HASH = new Uint8Array(20).fill(7)

const fixture = makeFixture()
const { single } = fixture
const missing = dante.missing(false)
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
const python = pythonWithLibtorrent()
const random: Random = { u32: () => Math.floor(Math.random() * 2 ** 32) }

const resources: AsyncDisposable[] = []
function use<T extends AsyncDisposable>(resource: T): T {
  resources.push(resource)
  return resource
}
afterEach(async () => {
  for (const resource of resources.splice(0).toReversed()) await resource[Symbol.asyncDispose]()
})
afterAll(() => fixture[Symbol.dispose]())

let folders = 0
function folder(): string {
  const path = join(fixture.root, `udp-${++folders}`)
  mkdirSync(path)
  return path
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}

function neverResolve(hostname: string): never {
  throw new Error(`${hostname} was looked up here`)
}

describe.skipIf(missing !== undefined)(`Dante carries UDP${skipped}`, () => {
  let url: string
  let proxy: Proxy

  beforeEach(async () => {
    const place = { host: HOST, port: await freePort(), work: folder(), asksForPassword: false }
    url = use(await dante.start({ run: startChild }, place)).url
    proxy = createProxy(parseProxyUrl(url), { clock })
  })

  it.skipIf(python === undefined)(
    'for uTP: libtorrent, which is connected to by UDP only, gives its data',
    async () => {
      const torrent = join(folder(), 'job.torrent')
      writeFileSync(torrent, single.encode([]))
      const listen = `${HOST}:${await freeUdpPort()}`
      const script = join(import.meta.dirname, 'drivers/libtorrent_utp.py')
      const job = JSON.stringify({ role: 'seed', dir: fixture.source, torrent, listen })
      const seeder = startChild([python ?? 'python3', script, job])
      use({ [Symbol.asyncDispose]: () => seeder.stop() })
      await waitFor('libtorrent seeds', TRANSFER_MS, () => seeder.log().includes('ready'))
      const options = { stateDir: folder(), proxy: parseProxyUrl(url), transports: { tcp: false } }
      const session = use(await createSession(options))
      expect(session.snapshot().port).toBe(0)
      const directory = folder()
      const handle = await session.add(single.encode([]), { directory, peers: [listen] })
      const { pieces } = handle.snapshot()
      await waitFor('all pieces are here', TRANSFER_MS, () => handle.snapshot().piecesDone === pieces)
      await handle.complete
      expect(differences(fixture, single, directory)).toEqual([])
    },
  )

  it('for the DHT: a node that is known by a name takes an announce', async () => {
    const settings = { clock, random, bind: { v4: HOST }, allowLocal: true, port: 0, resolve: neverResolve }
    const stranger = use(await createDht({ ...settings, bootstrap: [] }))
    const bootstrap = [{ host: 'localhost', port: stranger.port }]
    const dht = use(await createDht({ ...settings, bootstrap, relay: proxy.relay!, readOnly: true }))
    const report = await dht.lookup(INFO_HASH, { announcePort: 6881, onPeers: () => {}, signal: NEVER })
    expect(report).toMatchObject({ answered: 1, announced: 1 })
    expect(stranger.stats().ipv4?.stored.peers).toBe(1)
  })

  it('for trackers, and TCP for HTTP trackers', async () => {
    const { port } = use(await createTrackerServer({ host: HOST, port: 0 }))
    const client = use(createTrackerClient({ proxy, userAgent: 'test', clock, random, resolve: neverResolve }))
    await client.announce(`udp://localhost:${port}/announce`, announce(1), NEVER)
    for (const scheme of ['udp', 'http']) {
      const { peers } = await client.announce(`${scheme}://localhost:${port}/announce`, announce(2), NEVER)
      expect(peers.map((peer) => peer.port)).toContain(1)
    }
  })
})

/** Of a peer that is told by its number. */
function announce(number: number): TrackerRequest {
  return {
    infoHash: INFO_HASH,
    peerId: new Uint8Array(20).fill(number),
    port: number,
    event: 'started',
    stats: { uploaded: 0, downloaded: 0, left: 1 },
    numWant: 50,
    key: number,
    family: 'ipv4',
  }
}

// Peers that are found without trackers: real sessions on loopback, real sockets.

import { createSocket } from 'node:dgram'
import { mkdirSync } from 'node:fs'

import { createDht } from '@ccbt/discovery'
import { buildTorrent } from '@ccbt/metainfo'
import { seededRandom } from '@ccbt/primitives'
import { describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../src/system.ts'
import { BLOCK, fixture, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'

const PIECE = 4 * BLOCK

/** A node that others join through. */
async function router(): Promise<{ host: string; port: number }> {
  const dht = await createDht({
    clock: systemClock,
    random: seededRandom(3),
    bind: { v4: '127.0.0.1' },
    port: 0,
    bootstrap: [],
    allowLocal: true,
  })
  onTestFinished(() => dht[Symbol.asyncDispose]())
  return { host: '127.0.0.1', port: dht.port }
}

async function seeding(source: Fixture, session: TestSession): Promise<void> {
  const directory = temporaryFolder()
  mkdirSync(directory, { recursive: true })
  await source.place(directory)
  const torrent = await session.session.add(source.torrent, { directory, check: 'full' })
  await torrent.complete
}

function asPrivate({ metainfo }: Fixture): Uint8Array {
  return buildTorrent({
    name: metainfo.name,
    files: metainfo.files,
    isMultiFile: false,
    pieceLength: metainfo.pieceLength,
    pieceHashes: metainfo.pieceHashes,
    trackers: [],
    isPrivate: true,
  })
}

describe('the DHT', () => {
  it('brings a downloader and a seed together that know only a router', async () => {
    const bootstrap = [await router()]
    const source = fixture({ lengths: [3 * PIECE], pieceLength: PIECE })
    await seeding(source, await startSession({ dht: { bootstrap } }))
    const { session } = await startSession({ dht: { bootstrap } })
    const torrent = await session.add(source.torrent, { directory: temporaryFolder() })
    await torrent.complete
    expect(torrent.snapshot().piecesDone).toBe(3)
  })

  it('shares the port of uTP', async () => {
    const bootstrap = [await router()]
    const source = fixture({ lengths: [3 * PIECE], pieceLength: PIECE })
    const overUtp = { dht: { bootstrap }, transports: { tcp: false } }
    const seed = await startSession(overUtp)
    await seeding(source, seed)
    const { session, events } = await startSession(overUtp)
    const torrent = await session.add(source.torrent, { directory: temporaryFolder() })
    await torrent.complete
    const connected = events.find((event) => event.type === 'peer-connected')
    expect(connected).toMatchObject({ transport: 'utp' })
    // A node that asks at the seed's port is answered from there.
    const { promise, resolve } = Promise.withResolvers<number>()
    const asker = createSocket('udp4').on('message', (_, from) => resolve(from.port))
    onTestFinished(() => void asker.close())
    asker.send(`d1:ad2:id20:${'x'.repeat(20)}e1:q4:ping1:t2:aa1:y1:qe`, seed.port, '127.0.0.1')
    expect(await promise).toBe(seed.port)
  })

  it('is never asked about a private torrent', async () => {
    const bootstrap = [await router()]
    const source = fixture({ lengths: [3 * PIECE], pieceLength: PIECE })
    const torrentFile = asPrivate(source)
    const { session } = await startSession({ dht: { bootstrap }, lsd: true })
    const torrent = await session.add(torrentFile, { directory: temporaryFolder() })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(torrent.snapshot()).toMatchObject({ isPrivate: true, knownPeers: 0 })
    const other = await createDht({
      clock: systemClock,
      random: seededRandom(4),
      bind: { v4: '127.0.0.1' },
      port: 0,
      bootstrap,
      allowLocal: true,
    })
    onTestFinished(() => other[Symbol.asyncDispose]())
    // The session did not even join: the router knows nobody but us.
    const { asked, peers } = await other.lookup(Buffer.from(torrent.infoHash, 'hex'), {
      onPeers: () => undefined,
      signal: new AbortController().signal,
    })
    expect(peers).toBe(0)
    expect(asked).toBeLessThanOrEqual(1)
  })

  it('brings nobody to a torrent that is to go without', async () => {
    const bootstrap = [await router()]
    const source = fixture({ lengths: [3 * PIECE], pieceLength: PIECE })
    await seeding(source, await startSession({ dht: { bootstrap }, lsd: true }))
    const { session } = await startSession({ dht: { bootstrap }, lsd: true })
    const options = { directory: temporaryFolder(), dht: false, lsd: false }
    const torrent = await session.add(source.torrent, options)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect([torrent.snapshot().knownPeers, session.summary().dhtNodes]).toEqual([0, 0])
  })

  it('keeps its nodes for the next run', async () => {
    const bootstrap = [await router()]
    const stateDir = temporaryFolder()
    const source = fixture({ lengths: [3 * PIECE], pieceLength: PIECE })
    const first = await startSession({ dht: { bootstrap }, stateDir })
    await seeding(source, await startSession({ dht: { bootstrap } }))
    await (
      await first.session.add(source.torrent, { directory: temporaryFolder() })
    ).complete
    await first.session[Symbol.asyncDispose]()
    // The router is not named any more.
    const second = await startSession({ dht: { bootstrap: [{ host: '127.0.0.1', port: 1 }] }, stateDir })
    const torrent = await second.session.add(source.torrent, { directory: temporaryFolder() })
    await torrent.complete
    expect(torrent.snapshot().piecesDone).toBe(3)
  })
})

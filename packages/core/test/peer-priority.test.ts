// Whom a full torrent keeps (BEP 40).

import { canonicalPriority, ipToBytes } from '@ccbt/address'
import { encodeExtensionHandshake } from '@ccbt/wire-protocol'
import { scaledClock } from '@ccbt/testkit'
import { seededRandom } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import { ExternalAddress } from '../src/peer/external-address.ts'
import { SOURCE } from './hostile.ts'
import { movedSockets } from './moved-sockets.ts'
import { connectPeer, startSession, temporaryFolder } from './support.ts'
import type { RawPeer, TestSession } from './support.ts'

const OURS = '198.51.100.7'
const EXTENDED = { fast: true, extended: true }

const priority = (host: string): number => canonicalPriority({ host: OURS, port: 1 }, { host, port: 1 })!

/** Five hosts, the one that suits us least first. */
const HOSTS = Array.from({ length: 5 }, (_, n) => `203.0.${n}.1`).sort((a, b) => priority(a) - priority(b))

interface Crowd extends TestSession {
  /** The peer at `HOSTS[n]`, connected or refused. */
  readonly join: (n: number) => Promise<RawPeer>
}

/** A session with three places that knows its address; those of `joined` have taken them. */
async function crowd(joined: readonly number[], clock: Clock): Promise<Crowd & { readonly peers: RawPeer[] }> {
  const order: number[] = []
  const sockets = movedSockets((n) => HOSTS[order[n]!]!)
  const started = await startSession({ maxPeers: 3 }, { sockets, clock })
  const torrent = await started.session.add(SOURCE.torrent, { directory: temporaryFolder() })
  await expect.poll(() => torrent.snapshot().phase).toBe('downloading')
  const join = async (n: number): Promise<RawPeer> => {
    order.push(n)
    const peer = await connectPeer(started.port, SOURCE, EXTENDED)
    await expect.poll(() => peer.isClosed() || peer.heard.length > 0).toBe(true)
    peer.wire.extended(0, encodeExtensionHandshake({ m: new Map(), yourip: ipToBytes(OURS)! }))
    peer.flush()
    return peer
  }
  const peers: RawPeer[] = []
  for (const n of joined) peers.push(await join(n))
  await expect.poll(() => started.session.snapshot().externalIps).toEqual({ v4: OURS })
  return { ...started, join, peers }
}

/** Time for a peer to have had its chance, and for what the session did to be seen here. */
const settle = (clock: Clock): Promise<void> => new Promise((resolve) => clock.after(30_000, resolve))

describe('a full torrent', () => {
  it('lets the peer that suits best take the place of the one that suits least and is of no use', async () => {
    const clock = scaledClock(100)
    const { join, peers, events } = await crowd([1, 0, 2], clock)
    await settle(clock)
    const newcomer = await join(3)
    await expect.poll(() => peers.map((peer) => peer.isClosed())).toEqual([false, true, false])
    expect(newcomer.isClosed()).toBe(false)
    expect(events).toContainEqual(
      expect.objectContaining({ reason: 'dropped: makes room for a peer that suits better' }),
    )
    expect((await join(0)).isClosed()).toBe(true)
    expect(peers.map((peer) => peer.isClosed())).toEqual([false, true, false])
  })

  it('keeps a peer that has something, and one that downloads', async () => {
    const clock = scaledClock(100)
    const { join, peers } = await crowd([1, 0, 2], clock)
    peers[1]!.wire.have(3)
    peers[1]!.flush()
    peers[0]!.wire.interested()
    peers[0]!.flush()
    await expect.poll(() => peers[0]!.heard).toContain('unchoke')
    await settle(clock)
    await join(3)
    await expect.poll(() => peers.map((peer) => peer.isClosed())).toEqual([false, false, true])
    await settle(clock)
    expect((await join(2)).isClosed()).toBe(true)
    expect(peers.map((peer) => peer.isClosed())).toEqual([false, false, true])
  })

  it('gives everybody time to become of use', async () => {
    const { join, peers } = await crowd([0, 1, 2], scaledClock(1))
    expect((await join(4)).isClosed()).toBe(true)
    expect(peers.map((peer) => peer.isClosed())).toEqual([false, false, false])
  })
})

describe('ranks of peers', () => {
  it('are random until the address is known, then canonical priorities', () => {
    const address = new ExternalAddress(() => 1, seededRandom(1))
    const ranks = (): number[] => HOSTS.map((host) => address.rankOf({ host, port: 1 }))
    expect(ranks()).not.toEqual(ranks())
    const { version } = address
    address.seen(OURS, 'dht')
    expect(address.version).toBe(version)
    address.seen(OURS, 'gateway')
    expect(address.version).not.toBe(version)
    expect(ranks()).toEqual(HOSTS.map(priority))
    expect(address.priorityOf({ host: '2001:db8::1', port: 1 })).toBeUndefined()
  })
})

// Hole punching (BEP 55) by a real session, in each of the three parts. test/interop/holepunch.test.ts has the gateways.

import { createServer } from 'node:net'

import { createUtpFactory } from '@ccbt/transport'
import type { ByteStream } from '@ccbt/transport'
import { scaledClock } from '@ccbt/testkit'
import { seededRandom } from '@ccbt/primitives'
import { HolepunchError, PexFlag } from '@ccbt/wire-protocol'
import type { HolepunchMessage } from '@ccbt/wire-protocol'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { systemClock } from '../src/index.ts'
import { gossip } from './gossip.ts'
import type { Gossip } from './gossip.ts'
import { BLOCK, fixture, startSession, temporaryFolder } from './support.ts'
import type { TestSession } from './support.ts'

/** Machines may be busy. */
const WAIT_MS = 30_000
const LOCAL = Uint8Array.of(127, 0, 0, 1)
const source = fixture({ lengths: [4 * BLOCK], pieceLength: BLOCK })

async function downloading(parts: Parameters<typeof startSession>[1] = {}): Promise<TestSession> {
  const to = await startSession({}, parts)
  await to.session.add(source.torrent, { directory: temporaryFolder() })
  return to
}

const peer = (to: TestSession, port: number): Promise<Gossip> => gossip(source, to, port, true)
const rendezvous = (port: number, ip = LOCAL): HolepunchMessage => ({ kind: 'rendezvous', ip, port })

/** The next message, which there is none of yet. */
async function next({ punches }: Gossip): Promise<HolepunchMessage | undefined> {
  await vi.waitUntil(() => punches.length > 0, WAIT_MS)
  return punches.shift()
}

describe('as a relay', () => {
  it('tells two peers of each other', async () => {
    const to = await downloading()
    const [one, two] = [await peer(to, 7001), await peer(to, 7002)]
    one.punch(rendezvous(7002))
    expect(await next(one)).toEqual({ kind: 'connect', ip: LOCAL, port: 7002 })
    expect(await next(two)).toEqual({ kind: 'connect', ip: LOCAL, port: 7001 })
  })

  it('says why there is no rendezvous, and tells nobody else', async () => {
    const to = await downloading()
    const one = await peer(to, 7001)
    const cannot = await gossip(source, to, 7002)
    const { notConnected, noSupport, noSuchPeer } = HolepunchError
    const cases = [
      [rendezvous(7003), notConnected],
      [rendezvous(7001), notConnected],
      [rendezvous(7002, Uint8Array.of(192, 0, 2, 1)), notConnected],
      [rendezvous(7002), noSupport],
      [rendezvous(0), noSuchPeer],
    ] as const
    for (const [asked, error] of cases) {
      one.punch(asked)
      expect(await next(one)).toEqual({ ...asked, kind: 'error', error })
    }
    expect(cannot.punches).toEqual([])
  })

  it('does it for one peer a few times, and to one peer a few times', async () => {
    const to = await downloading()
    const target = await peer(to, 7000)
    const others = [await peer(to, 7001), await peer(to, 7002)]
    for (const one of others) {
      for (let n = 0; n < 20; n++) one.punch(rendezvous(7000))
      // An answer behind all others.
      one.send({ added: [], dropped: [] })
    }
    await vi.waitUntil(() => target.punches.length >= 8, WAIT_MS)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(target.punches).toHaveLength(8)
    expect(others.flatMap(({ punches }) => punches)).toHaveLength(8)
  })
})

describe('as the one who is told', () => {
  it('dials over uTP and in no other way', async () => {
    const streams: ByteStream[] = []
    const utp = createUtpFactory({ bind: { v4: '127.0.0.1' }, clock: systemClock, random: seededRandom(1) })
    onTestFinished(() => utp.close())
    let tcp = 0
    const server = createServer((socket) => void socket.destroy(void tcp++))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    await utp.listen(port, (stream) => streams.push(stream))
    const relay = await peer(await downloading(), 7001)
    relay.punch({ kind: 'connect', ip: LOCAL, port })
    await vi.waitUntil(() => streams.length === 1, WAIT_MS)
    expect(tcp).toBe(0)
  })

  it('dials nobody whom a stranger may not name', async () => {
    const to = await downloading()
    const relay = await peer(to, 7001)
    const before = to.session.snapshot().torrents[0]!.knownPeers
    relay.punch({ kind: 'connect', ip: Uint8Array.of(224, 0, 0, 1), port: 7000 })
    relay.punch({ kind: 'connect', ip: Uint8Array.of(127, 0, 0, 1), port: 22 })
    relay.punch({ kind: 'error', ip: LOCAL, port: 7000, error: 2 })
    relay.punch(rendezvous(9999))
    expect(await next(relay)).toMatchObject({ kind: 'error' })
    expect(to.session.snapshot().torrents[0]!.knownPeers).toBe(before)
  })
})

describe('as the one who asks', () => {
  it('asks the peer that knows somebody who cannot be dialled, and nobody else', async () => {
    const to = await downloading({ clock: scaledClock(10) })
    const [relay, other] = [await peer(to, 7001), await peer(to, 7002)]
    const flags = PexFlag.supportsUtp | PexFlag.supportsHolepunch
    relay.send({ added: [{ ip: LOCAL, port: 7005, flags }], dropped: [] })
    other.send({ added: [{ ip: LOCAL, port: 7006, flags: PexFlag.supportsUtp }], dropped: [] })
    expect(await next(relay)).toEqual(rendezvous(7005))
    expect(other.punches).toEqual([])
  })
})

describe('hole punching', () => {
  it('is not offered where addresses are not exchanged, or without uTP', async () => {
    for (const options of [{ pex: false }, { transports: { utp: false } }]) {
      const to = await startSession(options)
      await to.session.add(source.torrent, { directory: temporaryFolder() })
      const { names } = await peer(to, 7001)
      expect(names).toContain('ut_metadata')
      expect(names).not.toContain('ut_holepunch')
    }
  })
})

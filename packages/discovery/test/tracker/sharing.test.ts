// What the torrents of a session share, and which sockets announces use: judged by what servers on loopback see.

import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import { encode } from '@ccbt/bencode'
import type { IpFamily } from '@ccbt/address'
import type { TrackerResponse } from '@ccbt/discovery'
import { scaledClock } from '@ccbt/testkit'

import { client, errorOf, NEVER, request } from './helpers.ts'

/** Sees every connection or datagram with the address that it comes from. */
interface Seen extends AsyncDisposable {
  readonly port: number
  readonly from: string[]
  /** Connections, or connection ids given. */
  readonly opened: string[]
  most: number
}

const ANSWER = encode({ interval: 1800, peers: Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1) })

async function httpTracker(host: string, port = 0, delayMs = 0): Promise<Seen> {
  const sockets = new Set<unknown>()
  const server = createServer((incoming, response) => {
    seen.from.push(incoming.socket.remoteAddress!)
    setTimeout(() => response.end(ANSWER), delayMs)
  })
  server.on('connection', (socket) => {
    seen.opened.push(socket.remoteAddress!)
    sockets.add(socket)
    seen.most = Math.max(seen.most, sockets.size)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const seen: Seen = {
    port: (server.address() as AddressInfo).port,
    from: [],
    opened: [],
    most: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return seen
}

/** `isMute`: it is there, and says nothing. */
async function udpTracker(host: string, port = 0, isMute = false): Promise<Seen> {
  const socket: Socket = host.includes(':') ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4')
  const seen: Seen = {
    port: 0,
    from: [],
    opened: [],
    most: 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
  socket.on('message', (packet: Buffer, from: RemoteInfo) => {
    const isConnect = packet.readUInt32BE(8) === 0
    ;(isConnect ? seen.opened : seen.from).push(from.address)
    if (isMute) return
    const head = packet.subarray(8, 16)
    const body = isConnect ? Buffer.alloc(8, 9) : Buffer.from('000007080000000000000000', 'hex')
    socket.send(Buffer.concat([head, body]), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(port, host, resolve))
  return { ...seen, port: socket.address().port }
}

const TRACKERS = [
  { scheme: 'http', open: httpTracker },
  { scheme: 'udp', open: udpTracker },
] as const

const names = (addresses: readonly string[]) => (): Promise<{ address: string; family: number }[]> =>
  Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))

describe.each(TRACKERS)('address families by $scheme (BEP 7)', ({ scheme, open }) => {
  it('announces from an address of the family that it is told', async () => {
    await using v4 = await open('127.0.0.1')
    await using v6 = await open('::1', v4.port)
    await using tracker = client({ allowLocal: true, resolve: names(['::1', '127.0.0.1']) })
    const url = `${scheme}://tracker.example:${v4.port}/announce`
    // The connections that one leaves open are none for the other.
    for (const family of ['ipv4', 'ipv6', 'ipv4', 'ipv6'] as const)
      await tracker.announce(url, request({ family }), NEVER)
    expect([v4.from, v6.from]).toEqual([
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '::1'],
    ])
  })

  it('says when the tracker has no address of the family', async () => {
    await using tracker = client({ allowLocal: true, resolve: names(['127.0.0.1']) })
    const url = `${scheme}://tracker.example:6969/announce`
    expect(await errorOf(tracker.announce(url, request({ family: 'ipv6' }), NEVER))).toMatchObject({
      code: 'TRACKER_FAMILY_MISSING',
      context: { host: 'tracker.example:6969', family: 'ipv6' },
    })
  })
})

describe.each(TRACKERS)('bound to an address by $scheme (H58)', ({ scheme, open }) => {
  it('sends announces and scrapes from there, to no address of another family', async () => {
    await using v4 = await open('127.0.0.1')
    await using v6 = await open('::1', v4.port)
    await using tracker = client({ allowLocal: true, bind: { v4: '127.0.0.2' }, resolve: names(['::1', '127.0.0.1']) })
    expect(tracker.families).toEqual(['ipv4'])
    const url = `${scheme}://tracker.example:${v4.port}/announce`
    await tracker.announce(url, request(), NEVER)
    await tracker.announce(url, request({ family: 'ipv4' }), NEVER)
    // These trackers answer announces only; what counts is who asked.
    await Promise.allSettled([tracker.scrape(url, [request().infoHash], NEVER)])
    expect(await errorOf(tracker.announce(url, request({ family: 'ipv6' }), NEVER))).toHaveProperty('code')
    expect(new Set([...v4.from, ...v4.opened])).toEqual(new Set(['127.0.0.2']))
    expect(v4.from).toHaveLength(3)
    expect([...v6.from, ...v6.opened]).toEqual([])
  })

  it('goes to the second address of a name from there, too', async () => {
    await using second = await open('127.0.0.9')
    const addresses = ['127.0.0.8', '127.0.0.9']
    const bind = { v4: '127.0.0.2' }
    await using tracker = client({ allowLocal: true, bind, resolve: names(addresses), clock: scaledClock(100) })
    await tracker.announce(`${scheme}://tracker.example:${second.port}/announce`, request(), NEVER)
    expect(second.from).toEqual(['127.0.0.2'])
  })

  it('sends nothing at all when the address is not there', async () => {
    await using other = await open('127.0.0.1')
    await using tracker = client({ bind: { v4: '192.0.2.77' } })
    const url = `${scheme}://127.0.0.1:${other.port}/announce`
    for (const ask of [tracker.announce(url, request(), NEVER), tracker.scrape(url, [request().infoHash], NEVER)])
      expect(await errorOf(ask)).toMatchObject({ code: 'TRACKER_UNREACHABLE', context: { errno: 'EADDRNOTAVAIL' } })
    expect([...other.from, ...other.opened]).toEqual([])
  })
})

describe('many torrents at one tracker', () => {
  const all = (tracker: ReturnType<typeof client>, url: string): Promise<TrackerResponse[]> =>
    Promise.all(
      Array.from({ length: 200 }, (_, n) => tracker.announce(url, request({ event: 'update', port: 1000 + n }), NEVER)),
    )

  it('share four connections by HTTP', async () => {
    await using server = await httpTracker('127.0.0.1', 0, 2)
    await using tracker = client()
    await all(tracker, `http://127.0.0.1:${server.port}/announce`)
    expect(server.from).toHaveLength(200)
    expect(server.most).toBe(4)
    expect(server.opened).toHaveLength(4)
  })

  it('share one connection id by UDP', async () => {
    await using server = await udpTracker('127.0.0.1')
    await using tracker = client()
    await all(tracker, `udp://127.0.0.1:${server.port}/announce`)
    expect(server.from).toHaveLength(200)
    expect(server.opened).toHaveLength(1)
  })

  it('lose one connection id, not the wait for it, with an announce that is given up', async () => {
    await using mute = await udpTracker('127.0.0.1', 0, true)
    await using tracker = client()
    const url = `udp://127.0.0.1:${mute.port}/announce`
    const abort = new AbortController()
    const first = errorOf(tracker.announce(url, request({ event: 'update' }), abort.signal))
    const second = errorOf(tracker.announce(url, request({ event: 'update' }), NEVER))
    await expect.poll(() => mute.opened.length).toBe(1)
    abort.abort()
    expect(await first).toMatchObject({ code: 'ABORTED' })
    // The one that had joined asks for itself now.
    await expect.poll(() => mute.opened.length).toBe(2)
    await tracker[Symbol.asyncDispose]()
    await second
  })

  it('do not each wait for a tracker that is dead', async () => {
    await using mute = await udpTracker('127.0.0.1', 0, true)
    const clock = scaledClock(200)
    await using tracker = client({ clock })
    const url = `udp://127.0.0.1:${mute.port}/announce`
    const failures = Array.from({ length: 500 }, () =>
      errorOf(tracker.announce(url, request({ event: 'update' }), NEVER)),
    )
    const start = clock.now()
    for (const error of await Promise.all(failures)) expect(error).toMatchObject({ code: 'TRACKER_TIMED_OUT' })
    // One timeout of 60 s, where 500 announces at 16 a time take half an hour.
    expect(clock.now() - start).toBeLessThan(180_000)
    expect(mute.from).toEqual([])
  })

  it('leave few connections open, however many trackers there are', async () => {
    const servers = await Promise.all(Array.from({ length: 40 }, () => httpTracker('127.0.0.1')))
    await using tracker = client()
    await Promise.all(
      servers.map(({ port }) => tracker.announce(`http://127.0.0.1:${port}/announce`, request(), NEVER)),
    )
    const connections = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    // Both ends are in this process.
    await expect.poll(connections).toBeLessThanOrEqual(2 * 16)
    for (const server of servers) await server[Symbol.asyncDispose]()
  })
})

describe('an address that leads nowhere', () => {
  it('does not keep HTTP from the next one of the name', async () => {
    await using server = await httpTracker('127.0.0.9')
    await using tracker = client({ allowLocal: true, resolve: names(['127.0.0.8', '127.0.0.9']) })
    const families: (IpFamily | undefined)[] = [undefined, 'ipv4']
    for (const family of families)
      await tracker.announce(
        `http://tracker.example:${server.port}/announce`,
        request(family === undefined ? {} : { family }),
        NEVER,
      )
    expect(server.from).toHaveLength(2)
  })
})

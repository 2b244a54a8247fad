// Real datagrams, multicast on the loopback interface only. Time is virtual where the order of announces is proven.

import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

import { formatEndpoint } from '@ccbt/address'
import { createLsd } from '@ccbt/discovery'
import type { Lsd, LsdOptions } from '@ccbt/discovery'
import { seededRandom, toHex } from '@ccbt/primitives'
import { scaledClock, VirtualClock } from '@ccbt/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const GROUP = '239.192.152.143'
const LOOPBACK = '127.0.0.1'
const MINUTE_MS = 60_000

const resources: AsyncDisposable[] = []
let seed = 0

afterEach(async () => {
  for (const resource of resources.splice(0)) await resource[Symbol.asyncDispose]()
})

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n)
}

interface Node {
  readonly lsd: Lsd
  readonly found: string[]
}

function node(multicastPort: number, changes: Partial<LsdOptions> = {}): Node {
  const found: string[] = []
  const lsd = createLsd({
    clock: scaledClock(),
    random: seededRandom(++seed),
    port: () => 6881,
    sink: (infoHash, peer) => found.push(`${toHex(infoHash).slice(0, 2)} ${formatEndpoint(peer)}`),
    bind: { v4: LOOPBACK },
    multicastPort,
    ...changes,
  })
  resources.push(lsd)
  return { lsd, found }
}

/** A port that nothing else on this machine listens to. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, LOOPBACK)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** A stranger in the group. */
async function stranger(port: number): Promise<{ socket: Socket; heard: string[]; say(text: string): Promise<void> }> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(port)
  await once(socket, 'listening')
  socket.addMembership(GROUP, LOOPBACK)
  socket.setMulticastInterface(LOOPBACK)
  const heard: string[] = []
  socket.on('message', (packet) => heard.push(packet.toString('latin1')))
  resources.push({ [Symbol.asyncDispose]: async () => void (await new Promise<void>((done) => socket.close(done))) })
  return { socket, heard, say: (text) => send(socket, text, port) }
}

async function send(socket: Socket, text: string, port: number): Promise<void> {
  await new Promise<void>((done) => socket.send(text, port, GROUP, () => done()))
}

/** Waits for what comes by itself, in real time. */
async function until(isReached: () => boolean): Promise<void> {
  for (let n = 0; n < 500 && !isReached(); n++) await wait(10)
  expect(isReached()).toBe(true)
}

function announceOf(n: number, port = 7000): string {
  return `BT-SEARCH * HTTP/1.1\r\nHost: ${GROUP}:6771\r\nPort: ${port}\r\nInfohash: ${toHex(hash(n))}\r\n\r\n\r\n`
}

/** First bytes of the info-hashes in a datagram. */
function hashesIn(packet: string): string[] {
  return Array.from(packet.matchAll(/Infohash: (..)/g), (match) => match[1]!)
}

describe('two nodes', () => {
  it('find each other for the torrents that both have', async () => {
    const port = await freePort()
    const first = node(port)
    first.lsd.announce(hash(1))
    first.lsd.announce(hash(3))
    await until(() => first.lsd.stats().sent === 2)
    const second = node(port, { port: () => 6882 })
    second.lsd.announce(hash(1))
    second.lsd.announce(hash(2))
    await until(() => first.lsd.stats().received === 2)
    expect(first.found).toEqual([`01 ${LOOPBACK}:6882`])
    // The first one speaks again when its turn comes; it does not answer.
    expect(second.found).toEqual([])
    first.lsd.announce(hash(2))
    await until(() => second.found.length === 1)
    expect(second.found).toEqual([`02 ${LOOPBACK}:6881`])
  })

  it('do not find themselves', async () => {
    const port = await freePort()
    const other = await stranger(port)
    const { lsd, found } = node(port)
    lsd.announce(hash(1))
    await until(() => other.heard.length === 1)
    await other.say(announceOf(1))
    await until(() => found.length === 1)
    expect(found).toEqual([`01 ${LOOPBACK}:7000`])
    expect(lsd.stats()).toEqual({ sent: 1, received: 1, dropped: 0 })
  })
})

describe('announces', () => {
  it('come at once, once more, and every five minutes after, as long as the torrent is there', async () => {
    const clock = new VirtualClock()
    const port = await freePort()
    const other = await stranger(port)
    const { lsd } = node(port, { clock })
    lsd.announce(hash(1))
    lsd.announce(hash(1))
    await clock.advance(0)
    await until(() => other.heard.length === 1)
    expect(other.heard[0]).toMatch(
      new RegExp(
        String.raw`^BT-SEARCH \* HTTP/1\.1\r\nHost: 239\.192\.152\.143:${port}\r\nPort: 6881\r\nInfohash: (01){20}\r\ncookie: [\da-f]+\r\n\r\n\r\n$`,
      ),
    )
    await clock.advance(6000)
    await until(() => other.heard.length === 2)
    await clock.advance(5 * MINUTE_MS - 1)
    expect(lsd.stats().sent).toBe(2)
    await clock.advance(1)
    await until(() => other.heard.length === 3)
    lsd.remove(hash(1))
    await clock.advance(20 * MINUTE_MS)
    expect(lsd.stats().sent).toBe(3)
    expect(clock.pendingTimers).toBe(0)
  })

  it('of up to five torrents go one by one, a second apart', async () => {
    const clock = new VirtualClock()
    const port = await freePort()
    const other = await stranger(port)
    const { lsd } = node(port, { clock })
    for (let n = 1; n <= 5; n++) lsd.announce(hash(n))
    for (let n = 1; n <= 5; n++) {
      await clock.advance(n === 1 ? 0 : 1000)
      await until(() => other.heard.length === n)
    }
    expect(other.heard.flatMap(hashesIn)).toEqual(['01', '02', '03', '04', '05'])
  })

  it('of many go together, a datagram a second, each torrent every five minutes', async () => {
    const clock = new VirtualClock()
    const port = await freePort()
    const other = await stranger(port)
    const { lsd } = node(port, { clock })
    for (let n = 0; n < 100; n++) lsd.announce(hash(n))
    await clock.advance(999)
    expect(lsd.stats().sent).toBe(1)
    for (const sent of [2, 3, 4, 4]) {
      await clock.advance(1000)
      expect(lsd.stats().sent).toBe(sent)
    }
    await until(() => other.heard.length === 4)
    for (const packet of other.heard) expect(packet.length).toBeLessThanOrEqual(1400)
    expect(new Set(other.heard.flatMap(hashesIn)).size).toBe(100)
    await clock.advance(5 * MINUTE_MS)
    expect(lsd.stats().sent).toBe(8)
  })

  it('are not sent while there is no port, but others are heard', async () => {
    const clock = new VirtualClock()
    const port = await freePort()
    const other = await stranger(port)
    let listening = 0
    const { lsd, found } = node(port, { clock, port: () => listening })
    lsd.announce(hash(1))
    await clock.advance(0)
    await until(() => {
      void other.say(announceOf(1))
      return found.length > 0
    })
    expect(lsd.stats().sent).toBe(0)
    listening = 6881
    await clock.advance(5 * MINUTE_MS)
    expect(lsd.stats().sent).toBe(1)
  })

  it('leave no timers behind', async () => {
    const clock = new VirtualClock()
    const { lsd } = node(await freePort(), { clock })
    lsd.announce(hash(1))
    await clock.advance(0)
    await lsd[Symbol.asyncDispose]()
    lsd.announce(hash(2))
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('what others send', () => {
  it('counts for torrents that are here, as long as they are', async () => {
    const port = await freePort()
    const other = await stranger(port)
    const { lsd, found } = node(port)
    lsd.announce(hash(1))
    await until(() => other.heard.length === 1)
    await other.say(announceOf(2))
    await other.say(announceOf(1))
    await until(() => lsd.stats().received === 2)
    expect(found).toEqual([`01 ${LOOPBACK}:7000`])
    lsd.remove(hash(1))
    await other.say(announceOf(1))
    await until(() => lsd.stats().received === 3)
    expect(found).toHaveLength(1)
  })

  it('does not count when it is garbage', async () => {
    const port = await freePort()
    const other = await stranger(port)
    const { lsd, found } = node(port)
    lsd.announce(hash(1))
    await until(() => other.heard.length === 1)
    await other.say('x'.repeat(60_000))
    await other.say(announceOf(1, 0))
    await other.say(announceOf(1).replaceAll('\r\n', '\n'))
    await until(() => lsd.stats().dropped === 3)
    expect(found).toEqual([])
  })

  it('counts ten times a second, after fifty times', async () => {
    // Time stands still: no more than the first fifty.
    const clock = new VirtualClock()
    const port = await freePort()
    const other = await stranger(port)
    const { lsd, found } = node(port, { clock })
    lsd.announce(hash(1))
    await clock.advance(0)
    await until(() => other.heard.length === 1)
    for (let n = 0; n < 80; n++) await other.say(announceOf(1))
    await until(() => lsd.stats().dropped > 0 && lsd.stats().received + lsd.stats().dropped >= 80)
    expect(found.length).toBeLessThanOrEqual(50)
    await clock.advance(1000)
    const before = found.length
    for (let n = 0; n < 20; n++) await other.say(announceOf(1))
    await until(() => lsd.stats().received + lsd.stats().dropped >= 100)
    expect(found.length - before).toBe(10)
  })
})

describe('without multicast', () => {
  it('does nothing when the bound address is gone, and goes on when it is back', async () => {
    const clock = new VirtualClock()
    const port = await freePort()
    const other = await stranger(port)
    const info = { family: 'IPv4', netmask: '255.0.0.0', mac: '', internal: true } as const
    let address = '127.0.0.9'
    const interfaces: LsdOptions['interfaces'] = () => ({ lo: [{ ...info, address, cidr: `${address}/32` }] })
    const { lsd } = node(port, { clock, interfaces })
    lsd.announce(hash(1))
    await clock.advance(0)
    await wait(50)
    expect(other.heard).toEqual([])
    address = LOOPBACK
    await clock.advance(5 * MINUTE_MS)
    await until(() => other.heard.length === 1)
  })

  it('does not mind an address that cannot be bound', async () => {
    const info = { family: 'IPv4', netmask: '255.255.255.0', mac: '', internal: false } as const
    // TEST-NET-3 (RFC 5737): never an address of this machine.
    const address = '203.0.113.9'
    const { lsd } = node(await freePort(), {
      bind: { v4: address },
      interfaces: () => ({ gone0: [{ ...info, address, cidr: `${address}/24` }] }),
    })
    lsd.announce(hash(1))
    await until(() => lsd.stats().errno !== undefined)
    expect(lsd.stats().errno).toMatch(/^E[A-Z]+$/)
  })

  it('does not mind a port that somebody keeps for himself, and takes it when it is free', async () => {
    const clock = new VirtualClock()
    const port = await freePort()
    const selfish = createSocket('udp4')
    selfish.bind({ port, exclusive: true })
    await once(selfish, 'listening')
    const { lsd, found } = node(port, { clock })
    lsd.announce(hash(1))
    await clock.advance(0)
    await until(() => lsd.stats().errno !== undefined)
    expect(lsd.stats()).toMatchObject({ sent: 1, errno: 'EADDRINUSE' })
    selfish.close()
    await once(selfish, 'close')
    const other = await stranger(port)
    await clock.advance(5 * MINUTE_MS)
    await until(() => {
      void other.say(announceOf(1))
      return found.length > 0
    })
  })

  it('follows the interfaces as they change', async () => {
    const clock = new VirtualClock()
    const port = await freePort()
    const other = await stranger(port)
    const sources: string[] = []
    other.socket.on('message', (_, { address }) => sources.push(address))
    const info = { family: 'IPv4', netmask: '255.0.0.0', mac: '', internal: false } as const
    let address = '127.0.0.9'
    const { lsd } = node(port, {
      clock,
      bind: {},
      interfaces: () => ({ lo: [{ ...info, address, cidr: `${address}/8` }] }),
    })
    lsd.announce(hash(1))
    await clock.advance(0)
    await until(() => sources.length === 1)
    address = '127.0.0.8'
    await clock.advance(5 * MINUTE_MS)
    await until(() => sources.length === 2)
    expect(sources).toEqual(['127.0.0.9', '127.0.0.8'])
  })
})

const canUnshare = spawnSync('unshare', ['-n', 'true']).status === 0
if (!canUnshare) console.warn('lsd.test.ts: no network namespaces here, the test of IPv6 and of strangers is skipped')

describe.skipIf(!canUnshare)('in a network of its own', () => {
  it('finds peers on every interface over both families, at global addresses on the link, and no others', () => {
    const { stdout, stderr, status } = spawnSync(
      'unshare',
      ['-n', 'sh', '-c', SETUP, 'sh', process.execPath, new URL('lsd-scenario.ts', import.meta.url).pathname],
      { encoding: 'utf8', timeout: 20_000 },
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const result: unknown = JSON.parse(stdout)
    expect(result).toEqual({
      peers: ['[2a02:db8:ffff::1]:6882', '[2a02:db8::1]:6882', '10.77.0.1:6882'],
      hasDropped: true,
    })
  })
})

/** Two cables with both ends in this namespace; the second ends stay silent. */
const SETUP = `
  set -e
  ip link set lo up
  ip addr add 198.51.100.9/32 dev lo
  ip link add a0 type veth peer name b0
  echo 1 > /proc/sys/net/ipv6/conf/b0/disable_ipv6
  ip addr add 10.77.0.1/24 dev a0
  ip -6 addr add 2a02:db8::1/64 dev a0 nodad
  ip link set a0 up
  ip link set b0 up
  ip link add c0 type veth peer name d0
  echo 1 > /proc/sys/net/ipv6/conf/d0/disable_ipv6
  ip -6 addr add 2a02:db8:ffff::1/64 dev c0 nodad
  ip link set c0 up
  ip link set d0 up
  exec "$1" --conditions=ccbt-src --disable-warning=ExperimentalWarning "$2"
`

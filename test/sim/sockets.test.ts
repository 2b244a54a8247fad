// The network in memory does what the real one does, and what only it can do.

import { seededRandom } from '@ccbt/primitives'
import { scaledClock, VirtualClock } from '@ccbt/testkit'
import { createSocketFactory, createUtpFactory } from '@ccbt/transport'
import type { ByteStream } from '@ccbt/transport'
import { describe, expect, it } from 'vitest'

import { MemoryNetwork } from './kit/memory-network.ts'
import type { LineOptions } from './kit/memory-network.ts'
import { describeSocketFactory } from './kit/stream-conformance.ts'

describeSocketFactory('TCP', () => {
  const factory = createSocketFactory({ bind: { v4: '127.0.0.1' } })
  return {
    near: factory,
    far: factory,
    farHost: '127.0.0.1',
    moment: () => new Promise((resolve) => setTimeout(resolve, 20)),
    wait: (promise) => promise,
  }
})

describeSocketFactory('uTP', () => {
  const factory = createUtpFactory({ bind: { v4: '127.0.0.1' }, clock: scaledClock(), random: seededRandom(1) })
  return {
    near: factory,
    far: factory,
    farHost: '127.0.0.1',
    isOverUdp: true,
    moment: () => new Promise((resolve) => setTimeout(resolve, 20)),
    wait: (promise) => promise,
  }
})

describeSocketFactory('memory', () => {
  const clock = new VirtualClock()
  const network = new MemoryNetwork(clock)
  return {
    near: network.host('20.0.0.1', { uploadBps: 20_000_000 }),
    far: network.host('20.0.0.2', { downloadBps: 30_000_000 }),
    farHost: '20.0.0.2',
    moment: () => clock.advance(50),
    wait: (promise) => clock.until(promise),
  }
})

interface Flow {
  readonly stream: ByteStream
  readonly other: ByteStream
  readonly received: () => number
  readonly state: () => string
}

class Net {
  readonly clock: VirtualClock = new VirtualClock()
  readonly network: MemoryNetwork = new MemoryNetwork(this.clock)
  #hosts = 0

  host(line: LineOptions = {}): ReturnType<MemoryNetwork['host']> {
    return this.network.host(`20.0.0.${++this.#hosts}`, line)
  }

  /** A connection over which bytes go as fast as they can. */
  async flow(from: ReturnType<Net['host']>, to: ReturnType<Net['host']>): Promise<Flow> {
    const accepted = Promise.withResolvers<ByteStream>()
    const { port } = await to.listen(0, accepted.resolve)
    const options = { timeoutMs: 60_000, signal: new AbortController().signal }
    const stream = await this.clock.until(from.dial({ host: to.ip, port }, options))
    const other = await accepted.promise
    let received = 0
    let state = 'open'
    const part = new Uint8Array(50_000)
    const pump = (): void => {
      while (stream.write(part));
    }
    other.attach({ data: (bytes) => (received += bytes.length), drained: () => {}, closed: () => {} })
    stream.attach({ data: () => {}, drained: pump, closed: (error) => (state = error?.code ?? 'ended') })
    pump()
    return { stream, other, received: () => received, state: () => state }
  }
}

describe('the network in memory', () => {
  it('takes a round trip to connect', async () => {
    const net = new Net()
    await net.flow(net.host({ latencyMs: 30 }), net.host({ latencyMs: 12 }))
    expect(net.clock.now()).toBe(84)
  })

  it('shares a line among its streams in equal parts, and uses all of it', async () => {
    const net = new Net()
    const from = net.host({ uploadBps: 100_000 })
    const flows = await Promise.all(Array.from({ length: 4 }, () => net.flow(from, net.host())))
    const start = net.clock.now()
    const before = flows.map((flow) => flow.received())
    await net.clock.advance(20_000)
    const bytes = flows.map((flow, i) => flow.received() - before[i]!)
    const sum = bytes.reduce((a, b) => a + b, 0)
    expect(sum).toBeGreaterThan(0.98 * 2_000_000)
    expect(sum).toBeLessThanOrEqual(1.02 * 2_000_000)
    expect(Math.max(...bytes) - Math.min(...bytes)).toBeLessThan(20_000)
    expect(net.clock.now() - start).toBe(20_000)
  })

  it('is as fast as the slower of two lines', async () => {
    const net = new Net()
    const slow = await net.flow(net.host({ uploadBps: 1_000_000 }), net.host({ downloadBps: 50_000 }))
    await net.clock.advance(10_000)
    expect(slow.received() / 10).toBeGreaterThan(48_000)
    expect(slow.received() / 10).toBeLessThanOrEqual(50_100)
  })

  it('bounds what is under way to a reader that does not read', async () => {
    const net = new Net()
    const from = net.host()
    const flow = await net.flow(from, net.host())
    flow.other.pause()
    await net.clock.advance(5000)
    const sent = from.sentBytes
    await net.clock.advance(60_000)
    expect(from.sentBytes).toBe(sent)
    expect(sent - flow.received()).toBeLessThanOrEqual(262_144)
  })

  it('lets a dial time out at a host that is gone, and connections to it just stand still', async () => {
    const net = new Net()
    const gone = net.host()
    const flow = await net.flow(net.host(), gone)
    gone.vanish()
    const dialled = net
      .host()
      .dial({ host: gone.ip, port: 6881 }, { timeoutMs: 3000, signal: new AbortController().signal })
    await expect(net.clock.until(dialled)).rejects.toMatchObject({ context: { errno: 'timed out' } })
    const { received } = flow
    const before = received()
    await net.clock.advance(60_000)
    expect([received() - before, flow.state()]).toEqual([0, 'open'])
  })

  it('tells the other ends of a host that resets its connections', async () => {
    const net = new Net()
    const host = net.host()
    const flow = await net.flow(net.host(), host)
    host.resetAll()
    expect(flow.state()).toBe('open')
    await net.clock.advance(100)
    expect(flow.state()).toBe('TRANSPORT_CONNECTION_LOST')
    expect(host.openStreams).toBe(0)
  })

  it('leaves nothing behind', async () => {
    const net = new Net()
    const from = net.host()
    const to = net.host()
    const flow = await net.flow(from, to)
    await net.clock.advance(1000)
    flow.stream.close()
    await net.clock.advance(100)
    expect([from.openStreams, to.openStreams, net.clock.pendingTimers]).toEqual([0, 0, 0])
  })
})

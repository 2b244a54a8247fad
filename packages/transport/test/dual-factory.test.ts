// TCP and uTP behind one factory: one port for both, and a race that one of them wins.

import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

import type { BindAddresses } from '@ccbt/address'
import { seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'
import { afterEach, describe, expect, it } from 'vitest'

import { createDualFactory, createSocketFactory, createUtpFactory } from '../src/index.ts'
import type { ByteStream, DialOptions, SocketFactory, UtpFactory } from '../src/index.ts'
import { dialStaggered } from '../src/staggered-dial.ts'

const HOST = '127.0.0.1'
const never = new AbortController().signal
const open: { close(): unknown }[] = []
let seeds = 0

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

function parts(bind: BindAddresses = { v4: HOST }): { tcp: SocketFactory; utp: UtpFactory } {
  const utp = createUtpFactory({ bind, clock: scaledClock(), random: seededRandom(++seeds) })
  open.push(utp)
  return { tcp: createSocketFactory({ bind }), utp }
}

async function listen(factory: SocketFactory, port = 0): Promise<{ port: number; accepted: ByteStream[] }> {
  const accepted: ByteStream[] = []
  const listener = await factory.listen(port, (stream) => {
    accepted.push(stream)
    open.push(stream)
  })
  open.push(listener)
  return { port: listener.port, accepted }
}

async function dial(factory: SocketFactory, port: number, options: Partial<DialOptions> = {}): Promise<ByteStream> {
  const stream = await factory.dial({ host: HOST, port }, { timeoutMs: 5000, signal: never, ...options })
  open.push(stream)
  return stream
}

describe('TCP and uTP together', () => {
  it('listen on one port, and tell which of them brought a stream', async () => {
    const { port, accepted } = await listen(createDualFactory(parts()))
    const { tcp, utp } = parts()
    await dial(tcp, port)
    const packets = await dial(utp, port)
    packets.attach({ data: () => {}, drained: () => {}, closed: () => {} })
    await expect.poll(() => accepted.map(({ transport }) => transport).sort()).toEqual(['tcp', 'utp'])
  })

  it('prefer TCP', async () => {
    const { port } = await listen(createDualFactory(parts()))
    expect((await dial(createDualFactory(parts()), port)).transport).toBe('tcp')
  })

  it('use uTP as soon as TCP is refused', async () => {
    const { port } = await listen(parts().utp)
    expect((await dial(createDualFactory(parts()), port)).transport).toBe('utp')
  })

  it('tell why TCP failed when both do', async () => {
    const dialled = dial(createDualFactory(parts()), 1, { timeoutMs: 1000 })
    await expect(dialled).rejects.toMatchObject({
      code: 'TRANSPORT_CONNECT_FAILED',
      context: { errno: 'ECONNREFUSED' },
    })
  })

  it('give up a port of which one protocol has not the other half', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind({ address: HOST, port: 0, exclusive: true }, resolve))
    open.push(socket)
    const { port } = socket.address()
    const taken = { code: 'TRANSPORT_LISTEN_FAILED', context: { errno: 'EADDRINUSE' } }
    await expect(createDualFactory(parts()).listen(port, () => {})).rejects.toMatchObject(taken)
    // Nothing is left open.
    const server = createServer()
    open.push(server)
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, HOST, resolve))
  })

  it('try another port when any will do', async () => {
    const { tcp, utp } = parts()
    let tries = 0
    const unlucky: SocketFactory = {
      ...utp,
      listen: async (port, accept) => {
        if (tries++ > 0) return utp.listen(port, accept)
        const blocker = createSocket('udp4')
        open.push(blocker)
        await new Promise<void>((resolve) => blocker.bind({ address: HOST, port, exclusive: true }, resolve))
        return utp.listen(port, accept)
      },
    }
    const { port } = await listen(createDualFactory({ tcp, utp: unlucky }))
    expect(tries).toBe(2)
    expect((await dial(parts().tcp, port)).transport).toBe('tcp')
  })
})

describe('a listener in both families', () => {
  it.each(['tcp', 'utp'] as const)('has one port: %s', async (name) => {
    const bind = { v4: HOST, v6: '::1' }
    const { port } = await listen(parts(bind)[name])
    const near = parts(bind)[name]
    for (const host of [HOST, '::1']) {
      const stream = await near.dial({ host, port }, { timeoutMs: 5000, signal: never })
      open.push(stream)
      expect(stream.remote).toEqual({ host, port })
    }
  })

  it('is reached by a name, from the address of the right family', async () => {
    const bind = { v4: '127.0.0.9', v6: '::1' }
    const { port, accepted } = await listen(createSocketFactory({ bind: { v4: HOST } }))
    const near = createSocketFactory({ bind })
    open.push(await near.dial({ host: 'localhost', port }, { timeoutMs: 5000, signal: never }))
    await expect.poll(() => accepted.map(({ remote }) => remote.host)).toEqual(['127.0.0.9'])
  })
})

describe('a staggered dial', () => {
  const nothing = (): void => {}
  const stream = (name: string, closed: string[]): ByteStream => ({
    transport: 'tcp',
    isEncrypted: false,
    remote: { host: name, port: 1 },
    local: { host: HOST, port: 1 },
    attach: nothing,
    write: () => true,
    cork: nothing,
    uncork: nothing,
    writtenBytes: 0,
    queuedBytes: 0,
    pause: nothing,
    resume: nothing,
    close: () => closed.push(name),
  })

  it('closes what connects too late', async () => {
    const closed: string[] = []
    const late = Promise.withResolvers<ByteStream>()
    const attempts = [() => late.promise, async () => stream('fast', closed)]
    const won = await dialStaggered(attempts, { headStartMs: 1, signal: never })
    late.resolve(stream('late', closed))
    await late.promise
    expect([won.remote.host, closed]).toEqual(['fast', ['late']])
  })

  it('aborts what is slower', async () => {
    const aborted = Promise.withResolvers<string>()
    const slow = (signal: AbortSignal): Promise<ByteStream> =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          aborted.resolve('aborted')
          reject(new Error('aborted'))
        }),
      )
    await dialStaggered([slow, async () => stream('fast', [])], { headStartMs: 1, signal: never })
    expect(await aborted.promise).toBe('aborted')
  })

  it('does not begin what is not needed', async () => {
    let begun = 0
    const attempt = async (): Promise<ByteStream> => stream(String(++begun), [])
    await dialStaggered([attempt, attempt], { headStartMs: 1, signal: never })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(begun).toBe(1)
  })
})

describe('a lane beside uTP', () => {
  it('gets what begins with d, and sends from the same port; uTP goes on', async () => {
    const { utp } = parts()
    const { port } = await listen(utp)
    const heard: string[] = []
    const lane = utp.openLane('ipv4', (bytes, from) => heard.push(`${Buffer.from(bytes).toString()} ${from.port}`))
    expect(lane?.port).toBe(port)
    expect(utp.openLane('ipv4', () => {})).toBeUndefined()
    expect(utp.openLane('ipv6', () => {})).toBeUndefined()
    const node = createSocket('udp4')
    open.push(node)
    const answers: number[] = []
    node.on('message', (_, from) => answers.push(from.port))
    await new Promise<void>((resolve) => node.bind(0, HOST, resolve))
    for (const text of ['d1:ye', 'x', '!no']) node.send(text, port, HOST)
    await expect.poll(() => heard).toEqual([`d1:ye ${node.address().port}`])
    lane?.send(Buffer.from('d1:re'), { host: HOST, port: node.address().port })
    await expect.poll(() => answers).toEqual([port])
    expect((await dial(parts().utp, port)).transport).toBe('utp')
  })

  it('keeps the port open until it is closed', async () => {
    const { utp } = parts()
    const listener = await utp.listen(0, () => {})
    const lane = utp.openLane('ipv4', () => {})
    await listener.close()
    const isFree = async (): Promise<boolean> => {
      const server = createSocket('udp4')
      const { promise, resolve } = Promise.withResolvers<boolean>()
      server.once('error', () => resolve(false))
      server.bind({ address: HOST, port: listener.port, exclusive: true }, () => resolve(true))
      const result = await promise
      server.close()
      return result
    }
    expect(await isFree()).toBe(false)
    await lane?.[Symbol.asyncDispose]()
    await expect.poll(isFree).toBe(true)
  })

  it('says nothing on a port that was closed under it', async () => {
    const { utp } = parts()
    await listen(utp)
    const lane = utp.openLane('ipv4', () => {})
    utp.close()
    lane?.send(Buffer.from('d1:re'), { host: HOST, port: 9 })
    await lane?.[Symbol.asyncDispose]()
  })
})

describe('closing uTP', () => {
  it('says goodbye to those who are connected', async () => {
    const near = parts().utp
    const { port, accepted } = await listen(parts().utp)
    const stream = await dial(near, port)
    stream.attach({ data: () => {}, drained: () => {}, closed: () => {} })
    await expect.poll(() => accepted.length).toBe(1)
    const ended = new Promise((resolve) => accepted[0]!.attach({ data: () => {}, drained: () => {}, closed: resolve }))
    stream.close()
    near.close()
    expect(await ended).toBeUndefined()
  })
})

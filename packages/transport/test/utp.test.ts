// uTP streams over real sockets: what the suite for all socket factories (test/sim) does not ask.

import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'

import { seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'
import { afterEach, describe, expect, it } from 'vitest'

import { createUtpFactory } from '../src/index.ts'
import type { ByteStream, SocketFactory } from '../src/index.ts'

const never = new AbortController().signal
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

function factory(bind?: string, port?: number): SocketFactory {
  const random = seededRandom(Math.trunc(performance.now() * 1000))
  const where = {
    ...(bind === undefined ? {} : { bind: bind.includes(':') ? { v6: bind } : { v4: bind } }),
    ...(port === undefined ? {} : { port }),
  }
  return createUtpFactory({ ...where, clock: scaledClock(), random })
}

async function pair(near: SocketFactory, far: SocketFactory, host: string): Promise<[ByteStream, ByteStream]> {
  const accepted = Promise.withResolvers<ByteStream>()
  const listener = await far.listen(0, accepted.resolve)
  const stream = await near.dial({ host, port: listener.port }, { timeoutMs: 5000, signal: never })
  const other = await accepted.promise
  open.push(stream, other, listener)
  return [stream, other]
}

/** Sends bytes one way and gives what arrived. */
async function carry(from: ByteStream, to: ByteStream, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = []
  to.attach({ data: (part) => parts.push(Buffer.from(part)), drained: () => {}, closed: () => {} })
  from.attach({ data: () => {}, drained: () => {}, closed: () => {} })
  from.write(bytes)
  await expect.poll(() => Buffer.concat(parts).length).toBe(bytes.length)
  return Buffer.concat(parts)
}

/** Whether a UDP port can be bound. */
async function isFree(host: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const { promise, resolve } = Promise.withResolvers<boolean>()
  socket.once('error', () => resolve(false))
  socket.bind({ address: host, port, exclusive: true }, () => resolve(true))
  const result = await promise
  socket.close()
  return result
}

describe('uTP between two factories', () => {
  it.each(['127.0.0.1', '::1'])('carries bytes over %s', async (host) => {
    const [near, far] = await pair(factory(host), factory(host), host)
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 7 + (i >> 9)) & 0xff))
    expect((await carry(near, far, bytes)).equals(bytes)).toBe(true)
    expect(far.remote).toEqual(near.local)
  })

  it.each(['127.0.0.1', '::1'])('listens on every address when bound to none: %s', async (host) => {
    const [near, far] = await pair(factory(), factory(), host)
    expect((await carry(far, near, Buffer.from('hello'))).toString()).toBe('hello')
    expect(far.remote.host).toBe(host)
  })

  it('has a host name looked up', async () => {
    const [near] = await pair(factory('127.0.0.1'), factory('127.0.0.1'), 'localhost')
    expect(near.remote.host).toBe('127.0.0.1')
  })

  it('keeps many streams on one port apart', async () => {
    const far = factory('127.0.0.1')
    const near = factory('127.0.0.1')
    const echo = await far.listen(0, (stream) => {
      stream.attach({ data: (bytes) => void stream.write(bytes.slice()), drained: () => {}, closed: () => {} })
    })
    open.push(echo)
    const to = { host: '127.0.0.1', port: echo.port }
    const texts = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const stream = await near.dial(to, { timeoutMs: 5000, signal: never })
        open.push(stream)
        let text = ''
        stream.attach({ data: (bytes) => (text += Buffer.from(bytes).toString()), drained: () => {}, closed: () => {} })
        stream.write(Buffer.from(`stream ${i} `.repeat(500)))
        await expect.poll(() => text.length).toBe(`stream ${i} `.length * 500)
        return text
      }),
    )
    expect(texts.map((text) => new Set(text.trim().split(/(?<=\d) /)).size)).toEqual(texts.map(() => 1))
  })
})

describe('the UDP port', () => {
  it('is the given one for dials too', async () => {
    const probe = await factory('127.0.0.1').listen(0, () => {})
    await probe.close()
    const [near] = await pair(factory('127.0.0.1', probe.port), factory('127.0.0.1'), '127.0.0.1')
    expect(near.local.port).toBe(probe.port)
  })

  it('is closed when nobody uses it any more, and opened again when somebody does', async () => {
    const sockets = factory('127.0.0.1')
    const listener = await sockets.listen(0, () => {})
    expect(await isFree('127.0.0.1', listener.port)).toBe(false)
    await listener.close()
    await expect.poll(() => isFree('127.0.0.1', listener.port)).toBe(true)
    const again = await sockets.listen(listener.port, () => {})
    expect(again.port).toBe(listener.port)
    await again.close()
  })

  it('that is taken is said to be', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind({ address: '127.0.0.1', port: 0, exclusive: true }, resolve))
    open.push(socket)
    const sockets = factory('127.0.0.1')
    const taken = { code: 'TRANSPORT_LISTEN_FAILED', context: { errno: 'EADDRINUSE' } }
    await expect(sockets.listen(socket.address().port, () => {})).rejects.toMatchObject(taken)
    const listener = await sockets.listen(0, () => {})
    await listener.close()
  })

  it('takes datagrams that are no uTP, and goes on', async () => {
    const sockets = factory('127.0.0.1')
    const accepted = Promise.withResolvers<ByteStream>()
    const listener = await sockets.listen(0, accepted.resolve)
    const stranger = createSocket('udp4')
    open.push(listener, stranger)
    for (const length of [0, 1, 19, 20, 1500, 40_000])
      stranger.send(Buffer.alloc(length, 0x21), listener.port, '127.0.0.1')
    await sleep(20)
    const near = await factory('127.0.0.1').dial(
      { host: '127.0.0.1', port: listener.port },
      { timeoutMs: 5000, signal: never },
    )
    open.push(near, await accepted.promise)
    expect(near.remote.port).toBe(listener.port)
  })
})

describe('a dial', () => {
  it('to the other address family fails at once', async () => {
    const dialled = factory('127.0.0.1').dial({ host: '::1', port: 9 }, { timeoutMs: 5000, signal: never })
    await expect(dialled).rejects.toThrow(/bound address/)
  })

  it('that the system cannot send fails with its reason, and only that one', async () => {
    const sockets = factory('127.0.0.1')
    const listener = await sockets.listen(0, () => {})
    open.push(listener)
    const options = { timeoutMs: 20_000, signal: never }
    const refused = sockets.dial({ host: '255.255.255.255', port: 9 }, options)
    const fine = sockets.dial({ host: '127.0.0.1', port: listener.port }, options)
    await expect(refused).rejects.toMatchObject({ context: { errno: expect.stringMatching(/^E[A-Z]+$/) } })
    open.push(await fine)
  })

  it('that is given up leaves the port closed', async () => {
    const probe = await factory('127.0.0.1').listen(0, () => {})
    await probe.close()
    const sockets = factory('127.0.0.1', probe.port)
    const to = { host: '127.0.0.1', port: 1 }
    const timedOut = { context: { errno: 'timed out' } }
    await expect(sockets.dial(to, { timeoutMs: 30, signal: never })).rejects.toMatchObject(timedOut)
    const abort = new AbortController()
    const dialled = sockets.dial(to, { timeoutMs: 5000, signal: abort.signal })
    await sleep(20)
    expect(await isFree('127.0.0.1', probe.port)).toBe(false)
    abort.abort()
    await expect(dialled).rejects.toMatchObject({ code: 'TRANSPORT_CONNECT_FAILED' })
    await expect.poll(() => isFree('127.0.0.1', probe.port)).toBe(true)
  })

  it('is not in the way of the end of its streams: sockets go with them', async () => {
    const [near, far] = await pair(factory('127.0.0.1'), factory('127.0.0.1'), '127.0.0.1')
    await carry(near, far, Buffer.alloc(100_000))
    near.close()
    await expect.poll(() => isFree('127.0.0.1', near.local.port)).toBe(true)
  })
})

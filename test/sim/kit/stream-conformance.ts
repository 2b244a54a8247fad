// What every socket factory has to do, whatever is below it: one suite for all of them.

import type { Endpoint } from '@ccbt/address'
import type { ByteStream, Listener, SocketFactory } from '@ccbt/transport'
import { afterEach, describe, expect, it } from 'vitest'

/** A factory under test, and how its time passes. */
export interface FactoryUnderTest {
  /** Makes connections. */
  readonly near: SocketFactory
  /** Takes them. */
  readonly far: SocketFactory
  /** The address that `far` listens on. */
  readonly farHost: string
  /** All connections are on one UDP port, and closed ports do not answer. */
  readonly isOverUdp?: boolean
  /** Lets a moment pass: long enough for what was sent to arrive. */
  readonly moment: () => Promise<void>
  /** Lets time pass while a promise is pending. */
  readonly wait: <T>(promise: Promise<T>) => Promise<T>
}

interface Pair {
  readonly near: ByteStream
  readonly far: ByteStream
  readonly listener: Listener
}

interface Log {
  readonly bytes: () => Buffer
  readonly drains: () => number
  /** `open`, or how it ended, joined when told more than once. */
  readonly state: () => string
}

const never = new AbortController().signal

/** Runs the suite over factories that `make` gives. */
export function describeSocketFactory(name: string, make: () => FactoryUnderTest): void {
  describe(`${name}: streams`, () => streams(make))
  describe(`${name}: dialling and listening`, () => dialling(make))
}

function streams(make: () => FactoryUnderTest): void {
  const pair = pairs()

  it('carry bytes in both directions, also those sent before the other side attached', async () => {
    const net = make()
    const { near, far } = await pair(net)
    const sent = pattern(3_000_000)
    near.write(sent)
    far.write(Buffer.from('hello'))
    await net.moment()
    const atFar = log(far)
    const atNear = log(near)
    await until(net, () => atFar.bytes().length === sent.length && atNear.bytes().length === 5)
    expect(atFar.bytes().equals(sent)).toBe(true)
    expect(atNear.bytes().toString()).toBe('hello')
  })

  it('name both ends the same way', async () => {
    const { near, far } = await pair(make())
    expect(near.remote).toEqual(far.local)
    expect(far.remote).toEqual(near.local)
  })

  it('hold the sender back while the reader is paused, and tell it when all is gone', async () => {
    const net = make()
    const { near, far } = await pair(net)
    const atFar = log(far)
    const atNear = log(near)
    far.pause()
    const part = Buffer.alloc(1_000_000)
    let isFull = false
    for (let i = 0; i < 30; i++) isFull = !near.write(part)
    await net.moment()
    await net.moment()
    expect(isFull).toBe(true)
    expect(atFar.bytes().length).toBeLessThanOrEqual(262_144)
    expect(near.queuedBytes).toBeGreaterThan(0)
    expect(near.writtenBytes).toBe(30_000_000)
    expect(atNear.drains()).toBe(0)
    far.resume()
    await until(net, () => atFar.bytes().length === 30_000_000)
    expect(near.queuedBytes).toBe(0)
    expect(atNear.drains()).toBeGreaterThan(0)
  })

  it('leave alone what they say is no longer looked at', async () => {
    const net = make()
    const { near, far } = await pair(net)
    const buffer = pattern(4_000_000)
    const expected = Buffer.from(buffer)
    const atFar = log(far)
    near.write(buffer)
    await net.moment()
    buffer.fill(0, 0, near.writtenBytes - near.queuedBytes)
    await until(net, () => atFar.bytes().length === buffer.length)
    expect(atFar.bytes().equals(expected)).toBe(true)
  })

  it('send what was corked', async () => {
    const net = make()
    const { near, far } = await pair(net)
    const atFar = log(far)
    near.cork()
    for (const word of ['one ', 'two ', 'three']) near.write(Buffer.from(word))
    near.uncork()
    await until(net, () => atFar.bytes().length === 13)
    expect(atFar.bytes().toString()).toBe('one two three')
  })

  it('end at both sides once, without an error, and what was sent arrives before', async () => {
    const net = make()
    const { near, far } = await pair(net)
    const atFar = log(far)
    const atNear = log(near)
    near.write(Buffer.from('last words'))
    await net.moment()
    near.close()
    near.close()
    expect(atNear.state()).toBe('open')
    expect(near.write(Buffer.from('too late'))).toBe(false)
    await until(net, () => atFar.state() !== 'open' && atNear.state() !== 'open')
    await net.moment()
    expect([atNear.state(), atFar.state()]).toEqual(['ended', 'ended'])
    expect(atFar.bytes().toString()).toBe('last words')
  })

  it('tell a handler that attaches after the end', async () => {
    const net = make()
    const { near, far } = await pair(net)
    near.close()
    await net.moment()
    far.close()
    await net.moment()
    const late = log(far)
    await until(net, () => late.state() !== 'open')
    expect(late.state()).toBe('ended')
  })

  it('can be handed to another handler between two reads', async () => {
    const net = make()
    const { near, far } = await pair(net)
    const first = log(far)
    near.write(Buffer.from('one'))
    await until(net, () => first.bytes().length === 3)
    const second = log(far)
    near.write(Buffer.from('two'))
    await until(net, () => second.bytes().length === 3)
    near.close()
    await until(net, () => second.state() !== 'open')
    expect([first.bytes().toString(), first.state()]).toEqual(['one', 'open'])
  })

  it('live on when their listener closes', async () => {
    const net = make()
    const { near, far, listener } = await pair(net)
    await net.wait(listener.close())
    const atFar = log(far)
    near.write(Buffer.from('still here'))
    await until(net, () => atFar.bytes().length === 10)
    expect(atFar.state()).toBe('open')
  })
}

function dialling(make: () => FactoryUnderTest): void {
  const pair = pairs()
  const dial = (net: FactoryUnderTest, port: number, signal = never): Promise<ByteStream> =>
    net.wait(net.near.dial({ host: net.farHost, port }, { timeoutMs: 5000, signal }))

  it('rejects a refused connection with its reason', async () => {
    const net = make()
    const errno = net.isOverUdp === true ? 'timed out' : 'ECONNREFUSED'
    const refused = { code: 'TRANSPORT_CONNECT_FAILED', context: { errno } }
    await expect(dial(net, 1)).rejects.toMatchObject(refused)
  })

  it('rejects when nobody listens any more', async () => {
    const net = make()
    const { listener, near, far } = await pair(net)
    near.close()
    far.close()
    await net.wait(listener.close())
    await expect(dial(net, listener.port)).rejects.toMatchObject({ code: 'TRANSPORT_CONNECT_FAILED' })
  })

  it('stops at an abort, before and during the attempt', async () => {
    const net = make()
    const { listener } = await pair(net)
    const abort = new AbortController()
    const attempt = dial(net, listener.port, abort.signal)
    abort.abort()
    await expect(attempt).rejects.toMatchObject({ code: 'TRANSPORT_CONNECT_FAILED' })
    await expect(dial(net, listener.port, abort.signal)).rejects.toMatchObject({ code: 'TRANSPORT_CONNECT_FAILED' })
  })

  it('says that a port is in use', async () => {
    const net = make()
    const { listener } = await pair(net)
    const taken = net.far.listen(listener.port, () => {})
    await expect(taken).rejects.toMatchObject({ code: 'TRANSPORT_LISTEN_FAILED', context: { errno: 'EADDRINUSE' } })
  })

  it('gives several connections ports of their own, or one to all', async () => {
    const net = make()
    const { near, listener } = await pair(net)
    const other = await dial(net, listener.port)
    expect(other.local.port === near.local.port).toBe(net.isOverUdp === true)
    other.close()
  })
}

/** Opens connections that are closed after the test. */
function pairs(): (net: FactoryUnderTest) => Promise<Pair> {
  const open: { net: FactoryUnderTest; close: () => unknown }[] = []
  afterEach(async () => {
    for (const { net, close } of open.splice(0)) await net.wait(Promise.resolve(close()))
  })
  return async (net) => {
    const accepted = Promise.withResolvers<ByteStream>()
    const listener = await net.wait(net.far.listen(0, accepted.resolve))
    const to: Endpoint = { host: net.farHost, port: listener.port }
    const near = await net.wait(net.near.dial(to, { timeoutMs: 5000, signal: never }))
    const far = await net.wait(accepted.promise)
    for (const each of [near, far, listener]) open.push({ net, close: () => each.close() })
    return { near, far, listener }
  }
}

function log(stream: ByteStream): Log {
  const parts: Buffer[] = []
  const ends: string[] = []
  let drains = 0
  stream.attach({
    data: (bytes) => parts.push(Buffer.from(bytes)),
    drained: () => drains++,
    closed: (error) => ends.push(error?.code ?? 'ended'),
  })
  return {
    bytes: () => Buffer.concat(parts),
    drains: () => drains,
    state: () => (ends.length === 0 ? 'open' : ends.join()),
  }
}

async function until(net: FactoryUnderTest, isTrue: () => boolean): Promise<void> {
  for (let moments = 0; !isTrue(); moments++) {
    if (moments > 500) expect.unreachable('it does not happen')
    await net.moment()
  }
}

/** Bytes of which no two near ones are the same. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >>> 8)) & 0xff
  return bytes
}

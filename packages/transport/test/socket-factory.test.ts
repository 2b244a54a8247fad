import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { afterEach, describe, expect, it } from 'vitest'

import { createSocketFactory } from '../src/index.ts'
import type { ByteStream, Listener } from '../src/index.ts'

const never = new AbortController().signal
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function pair(): Promise<{ near: ByteStream; far: ByteStream; listener: Listener }> {
  const factory = createSocketFactory({ bind: { v4: '127.0.0.1' } })
  const { promise, resolve } = Promise.withResolvers<ByteStream>()
  const listener = await factory.listen(0, resolve)
  const near = await factory.dial({ host: '127.0.0.1', port: listener.port }, { timeoutMs: 5000, signal: never })
  const far = await promise
  open.push(near, far, listener)
  return { near, far, listener }
}

function collect(stream: ByteStream): { bytes: () => Buffer; closed: Promise<string> } {
  const parts: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<string>()
  stream.attach({
    data: (bytes) => parts.push(Buffer.from(bytes)),
    drained: () => {},
    closed: (error) => resolve(error?.code ?? 'ended'),
  })
  return { bytes: () => Buffer.concat(parts), closed: promise }
}

describe('TCP streams', () => {
  it('carry bytes in both directions, also those sent before the other side attached', async () => {
    const { near, far } = await pair()
    const sent = Buffer.alloc(3_000_000, 'near to far ')
    near.write(sent)
    far.write(Buffer.from('hello'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const atFar = collect(far)
    const atNear = collect(near)
    await expect.poll(() => atFar.bytes().length).toBe(sent.length)
    expect(atFar.bytes().equals(sent)).toBe(true)
    await expect.poll(() => atNear.bytes().toString()).toBe('hello')
  })

  it('stop the sender while paused and go on when resumed', async () => {
    const { near, far } = await pair()
    let received = 0
    far.attach({ data: (bytes) => (received += bytes.length), drained: () => {}, closed: () => {} })
    far.pause()
    const part = Buffer.alloc(1_000_000)
    for (let i = 0; i < 30; i++) near.write(part)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(near.queuedBytes).toBeGreaterThan(0)
    expect(received).toBeLessThanOrEqual(262_144)
    far.resume()
    await expect.poll(() => received).toBe(30_000_000)
  })

  it('tell the handler once that they are closed, with the reason', async () => {
    const { near, far } = await pair()
    const atFar = collect(far)
    collect(near)
    near.close()
    expect(await atFar.closed).toBe('ended')
  })

  it('tell a handler that attaches after the end', async () => {
    const { near, far } = await pair()
    near.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    far.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await collect(far).closed).toBe('ended')
  })

  it('let the listener close while accepted streams live on', async () => {
    const { near, far, listener } = await pair()
    await listener.close()
    const atFar = collect(far)
    near.write(Buffer.from('still here'))
    await expect.poll(() => atFar.bytes().toString()).toBe('still here')
  })

  it('use the bound address', async () => {
    const server = createServer((socket) => socket.end(socket.remoteAddress ?? ''))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push(server)
    const factory = createSocketFactory({ bind: { v4: '127.0.0.9' } })
    const { port } = server.address() as AddressInfo
    const stream = await factory.dial({ host: '127.0.0.1', port }, { timeoutMs: 5000, signal: never })
    const got = collect(stream)
    await got.closed
    expect(got.bytes().toString()).toBe('127.0.0.9')
  })
})

describe('dialling', () => {
  it('rejects a refused connection with its reason', async () => {
    const factory = createSocketFactory()
    const refused = factory.dial({ host: '127.0.0.1', port: 1 }, { timeoutMs: 5000, signal: never })
    await expect(refused).rejects.toMatchObject({
      code: 'TRANSPORT_CONNECT_FAILED',
      context: { errno: 'ECONNREFUSED' },
    })
  })

  it('stops at an abort', async () => {
    const abort = new AbortController()
    abort.abort()
    const dialled = createSocketFactory().dial(
      { host: '127.0.0.1', port: 1 },
      { timeoutMs: 5000, signal: abort.signal },
    )
    await expect(dialled).rejects.toMatchObject({ code: 'TRANSPORT_CONNECT_FAILED' })
  })

  it('refuses the other address family when bound', async () => {
    const factory = createSocketFactory({ bind: { v4: '127.0.0.1' } })
    await expect(factory.dial({ host: '::1', port: 9 }, { timeoutMs: 5000, signal: never })).rejects.toThrow(
      /bound address/,
    )
  })
})

describe('listening', () => {
  it('says that the port is in use', async () => {
    const factory = createSocketFactory({ bind: { v4: '127.0.0.1' } })
    const listener = await factory.listen(0, () => {})
    open.push(listener)
    await expect(factory.listen(listener.port, () => {})).rejects.toThrow(/the port is in use/)
  })

  it('takes IPv4 connections without a bound address', async () => {
    const factory = createSocketFactory()
    const { promise, resolve } = Promise.withResolvers<ByteStream>()
    const listener = await factory.listen(0, resolve)
    const socket = connect(listener.port, '127.0.0.1')
    const stream = await promise
    open.push(listener, stream, { close: () => socket.destroy() })
    expect(stream.remote.host).toBe('127.0.0.1')
  })
})

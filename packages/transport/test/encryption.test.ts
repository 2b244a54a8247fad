import { connect } from 'node:net'
import type { Socket } from 'node:net'

import { seededRandom } from '@ccbt/primitives'
import { scaledClock, VirtualClock } from '@ccbt/testkit'
import { afterEach, describe, expect, it } from 'vitest'

import { describeSocketFactory } from '../../../test/sim/kit/stream-conformance.ts'
import { createEncryption, createSocketFactory } from '../src/index.ts'
import type { ByteStream, EncryptionMode, IncomingResult, OutgoingOptions, SocketFactory } from '../src/index.ts'

const infoHash = Buffer.alloc(20, 0xab)
const firstBytes = Buffer.from('first')
const random = seededRandom(1)
const sockets = createSocketFactory({ bind: { v4: '127.0.0.1' } })
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

type Clock = Parameters<typeof createEncryption>[0]

/** A port that serves one torrent. */
async function serve(
  mode: EncryptionMode,
  clock: Clock = scaledClock(),
): Promise<{ port: number; results: IncomingResult[] }> {
  const encryption = createEncryption(clock, random)
  const results: IncomingResult[] = []
  const findTorrent = (key: string): Uint8Array | undefined =>
    key === encryption.torrentKey(infoHash) ? infoHash : undefined
  const listener = await sockets.listen(0, (stream) => {
    open.push(stream)
    encryption.acceptMaybeEncrypted(stream, { mode, findTorrent, onResult: (result) => results.push(result) })
  })
  open.push(listener)
  return { port: listener.port, results }
}

async function dialPlain(port: number): Promise<ByteStream> {
  const options = { timeoutMs: 5000, signal: new AbortController().signal }
  const stream = await sockets.dial({ host: '127.0.0.1', port }, options)
  open.push(stream)
  return stream
}

async function dial(port: number, wish: Partial<OutgoingOptions> = {}): Promise<ByteStream> {
  const encryption = createEncryption(scaledClock(), random)
  return encryption.encryptOutgoing(await dialPlain(port), { infoHash, mode: 'required', firstBytes, ...wish })
}

/** A socket without any protocol, which sends these bytes. */
function raw(port: number, bytes: Uint8Array): { socket: Socket; ended: Promise<void> } {
  const socket = connect(port, '127.0.0.1', () => void socket.write(bytes))
  open.push({ close: () => socket.destroy() })
  socket.resume()
  // An end by reset is one too.
  socket.on('error', () => {})
  return { socket, ended: new Promise((resolve) => socket.on('close', () => resolve())) }
}

function collect(stream: ByteStream): () => string {
  const parts: Buffer[] = []
  stream.attach({ data: (bytes) => parts.push(Buffer.from(bytes)), drained: () => {}, closed: () => {} })
  return () => Buffer.concat(parts).toString('latin1')
}

async function first(results: IncomingResult[]): Promise<IncomingResult> {
  await expect.poll(() => results.length).toBe(1)
  return results[0]!
}

async function firstStream(results: IncomingResult[]): Promise<ByteStream> {
  const result = await first(results)
  if (result.kind === 'failed') throw new Error(result.reason)
  return result.stream
}

const METHODS: readonly (readonly [EncryptionMode, EncryptionMode, string])[] = [
  ['required', 'required', 'rc4'],
  ['required', 'preferred', 'rc4'],
  ['required', 'allowed', 'rc4'],
  ['preferred', 'required', 'rc4'],
  ['preferred', 'preferred', 'rc4'],
  ['allowed', 'preferred', 'rc4'],
  ['preferred', 'allowed', 'plaintext'],
  ['allowed', 'allowed', 'plaintext'],
]

describe('encrypted connections', () => {
  it.each(METHODS)('dialled as %s and accepted as %s carry %s', async (dialled, accepted, method) => {
    const { port, results } = await serve(accepted)
    const near = await dial(port, { mode: dialled })
    const result = await first(results)
    expect(result).toMatchObject({ kind: 'encrypted', method, infoHash })
    const far = await firstStream(results)
    const [atFar, atNear] = [collect(far), collect(near)]
    near.write(Buffer.from(' and more'))
    far.write(Buffer.from('hello'))
    await expect.poll(atFar).toBe('first and more')
    await expect.poll(atNear).toBe('hello')
    expect([near.writtenBytes, far.writtenBytes]).toEqual([9, 5])
  })

  it('show nothing of the payload on the wire', async () => {
    const seen: Buffer[] = []
    const { port, results } = await serve('required')
    const tap = await sockets.listen(0, (stream) => {
      const far = connect(port, '127.0.0.1')
      open.push(stream, { close: () => far.destroy() })
      far.on('data', (bytes) => {
        seen.push(bytes)
        stream.write(bytes)
      })
      const data = (bytes: Uint8Array): void => {
        seen.push(Buffer.from(bytes))
        far.write(Buffer.from(bytes))
      }
      stream.attach({ data, drained: () => {}, closed: () => far.destroy() })
    })
    open.push(tap)
    const text = Buffer.alloc(3000, 'the quick brown fox ')
    const near = await dial(tap.port, { firstBytes: text })
    const far = await firstStream(results)
    const [atFar, atNear] = [collect(far), collect(near)]
    far.write(text)
    await expect.poll(() => [atFar().length, atNear().length]).toEqual([3000, 3000])
    const onWire = Buffer.concat(seen)
    expect(onWire.length).toBeGreaterThan(6000)
    for (const word of ['quick', 'BitTorrent', infoHash.subarray(0, 5)]) expect(onWire.includes(word)).toBe(false)
  })

  it('hold the sender back until somebody attaches', async () => {
    const { port, results } = await serve('required')
    const near = await dial(port, { firstBytes: new Uint8Array(0) })
    const far = await firstStream(results)
    near.write(Buffer.alloc(30_000_000))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(near.queuedBytes).toBeGreaterThan(10_000_000)
    let received = 0
    far.attach({ data: (bytes) => void (received += bytes.length), drained: () => {}, closed: () => {} })
    await expect.poll(() => received).toBe(30_000_000)
  })

  it('may overwrite what they have written at once', async () => {
    const { port, results } = await serve('required')
    const near = await dial(port, { firstBytes: new Uint8Array(0) })
    const far = await firstStream(results)
    const atFar = collect(far)
    far.pause()
    const bytes = Buffer.alloc(100_000)
    let expected = ''
    for (let i = 0; i < 80; i++) {
      near.write(bytes.fill(97 + (i % 26)))
      expected += bytes.toString('latin1')
    }
    bytes.fill(0)
    expect(near.queuedBytes).toBeGreaterThan(0)
    expect(near.writtenBytes).toBe(8_000_000)
    far.resume()
    await expect.poll(() => atFar().length).toBe(expected.length)
    expect(atFar() === expected).toBe(true)
  })
})

describe('the accepting side', () => {
  const plain = Buffer.concat([Buffer.from('\x13BitTorrent protocol', 'latin1'), Buffer.alloc(48, 'x')])

  it('passes plain connections on with all they have sent', async () => {
    const { port, results } = await serve('preferred')
    const { socket } = raw(port, plain)
    const stream = await firstStream(results)
    expect(results[0]!.kind).toBe('plain')
    const received = collect(stream)
    socket.write('more')
    await expect.poll(received).toBe(`${plain.toString('latin1')}more`)
  })

  it('closes plain connections when encryption is required', async () => {
    const { port, results } = await serve('required')
    await raw(port, plain).ended
    expect(await first(results)).toEqual({ kind: 'failed', reason: 'plain-refused' })
  })

  it('closes connections for torrents that it does not have', async () => {
    const { port, results } = await serve('preferred')
    const dialled = dial(port, { infoHash: Buffer.alloc(20, 1) })
    await expect(dialled).rejects.toMatchObject({
      code: 'TRANSPORT_ENCRYPTION_FAILED',
      context: { reason: 'connection lost' },
    })
    expect(await first(results)).toEqual({ kind: 'failed', reason: 'unknown-torrent' })
  })

  it('gives a silent, or endless, handshake ten seconds', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('\x13BitT'), Buffer.alloc(200, 5)]) {
      const clock = new VirtualClock()
      const { port, results } = await serve('preferred', clock)
      const { ended } = raw(port, bytes)
      await expect.poll(() => clock.pendingTimers).toBe(1)
      await clock.advance(9999)
      expect(results).toEqual([])
      await clock.advance(1)
      await ended
      expect(results).toEqual([{ kind: 'failed', reason: 'timed out' }])
      expect(clock.pendingTimers).toBe(0)
    }
  })

  it('closes those that ask for too many key exchanges, and takes others later', async () => {
    const clock = new VirtualClock()
    const { port, results } = await serve('preferred', clock)
    const ask = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) raw(port, Buffer.alloc(96, 5))
      await expect.poll(() => clock.pendingTimers).toBe(200)
    }
    await ask(201)
    await expect.poll(() => results).toEqual([{ kind: 'failed', reason: 'busy' }])
    const { socket } = raw(port, plain)
    await expect.poll(() => results.at(-1)?.kind).toBe('plain')
    socket.destroy()
    await clock.advance(10_000)
    expect(results.length).toBe(202)
    await ask(200)
    expect(results.length).toBe(202)
  })

  it('leaves no timer behind', async () => {
    const clock = new VirtualClock()
    const { port, results } = await serve('preferred', clock)
    await dial(port)
    await first(results)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('the dialling side', () => {
  it('rejects, and closes the stream, when the other side answers in plain', async () => {
    const listener = await sockets.listen(0, (stream) => {
      open.push(stream)
      stream.write(Buffer.alloc(1000, 'plain'))
    })
    open.push(listener)
    await expect(dial(listener.port)).rejects.toMatchObject({ context: { reason: 'no-proof' } })
  })

  it('rejects at once when its stream is closed', async () => {
    const listener = await sockets.listen(0, (stream) => open.push(stream))
    open.push(listener)
    const stream = await dialPlain(listener.port)
    const encryption = createEncryption(new VirtualClock(), random)
    const dialled = encryption.encryptOutgoing(stream, { infoHash, mode: 'required', firstBytes })
    stream.close()
    await expect(dialled).rejects.toMatchObject({ context: { reason: 'connection lost' } })
  })
})

/** The factory below with every connection encrypted. */
function encryptedFactory(): SocketFactory {
  const encryption = createEncryption(scaledClock(), random)
  const options = { infoHash, mode: 'required', firstBytes: new Uint8Array(0) } as const
  return {
    dial: async (endpoint, how) => encryption.encryptOutgoing(await sockets.dial(endpoint, how), options),
    listen: (port, accept) =>
      sockets.listen(port, (stream) => {
        const onResult = (result: IncomingResult): void => {
          if (result.kind === 'encrypted') accept(result.stream)
        }
        encryption.acceptMaybeEncrypted(stream, { mode: 'required', findTorrent: () => infoHash, onResult })
      }),
  }
}

describeSocketFactory('encrypted TCP', () => {
  const factory = encryptedFactory()
  return {
    near: factory,
    far: factory,
    farHost: '127.0.0.1',
    moment: () => new Promise((resolve) => setTimeout(resolve, 20)),
    wait: (promise) => promise,
  }
})

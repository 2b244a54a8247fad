import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'

import { describe, expect, it } from 'vitest'

import type { Clock } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'

import { client, errorOf, NEVER, request } from './helpers.ts'

const MAGIC = 0x41727101980n
const ID = 0x0102_0304_0506_0708n

interface Question {
  readonly packet: Buffer
  readonly from: RemoteInfo
  readonly socket: Socket
}

type Handler = (question: Question) => void

/** A UDP tracker that gives connection ids and leaves announces to `announce`. */
class Lab implements AsyncDisposable {
  readonly connects: Buffer[] = []
  readonly announces: Buffer[] = []
  readonly socket: Socket
  connect: Handler = ({ packet, from, socket }) => {
    socket.send(u32(0, packet.readUInt32BE(12), ID), from.port, from.address)
  }
  announce: Handler

  private constructor(family: 4 | 6, announce: Handler) {
    this.announce = announce
    this.socket = createSocket(family === 4 ? 'udp4' : 'udp6')
    this.socket.on('message', (packet, from) => {
      const isConnect = packet.readUInt32BE(8) === 0
      ;(isConnect ? this.connects : this.announces).push(packet)
      const handle = isConnect ? this.connect : this.announce
      handle({ packet, from, socket: this.socket })
    })
  }

  static async start(announce: Handler, family: 4 | 6 = 4): Promise<Lab> {
    const lab = new Lab(family, announce)
    await new Promise<void>((resolve) => lab.socket.bind(0, family === 4 ? '127.0.0.1' : '::1', resolve))
    return lab
  }

  get url(): string {
    const { address, port } = this.socket.address()
    return `udp://${address.includes(':') ? `[${address}]` : address}:${port}/announce`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(() => resolve()))
  }
}

/** Big-endian integers, bigints as 64 bits, then bytes as they are. */
function u32(...parts: readonly (number | bigint | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (part instanceof Uint8Array) return part
      const out = Buffer.alloc(typeof part === 'bigint' ? 8 : 4)
      if (typeof part === 'bigint') out.writeBigUInt64BE(part)
      else out.writeUInt32BE(part)
      return out
    }),
  )
}

const PEERS = Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1)

const answering =
  (peers: Uint8Array = PEERS): Handler =>
  ({ packet, from, socket }) => {
    socket.send(u32(1, packet.readUInt32BE(12), 1800, 7, 5, peers), from.port, from.address)
  }

const FAST = (): Clock => scaledClock(100)

describe('UDP announce: question (BEP 15)', () => {
  it('connects, then announces every field', async () => {
    await using lab = await Lab.start(answering())
    await using tracker = client()
    const sent = request({ stats: { uploaded: 2 ** 40, downloaded: 2 ** 41, left: 2 ** 42 } })
    expect(await tracker.announce(lab.url, sent, NEVER)).toEqual({
      intervalS: 1800,
      leechers: 7,
      seeders: 5,
      peers: [{ host: '192.0.2.1', port: 6881 }],
    })
    const [connect] = lab.connects
    expect(connect).toEqual(u32(MAGIC, 0, connect!.readUInt32BE(12)))
    const [announce] = lab.announces
    const transaction = announce!.readUInt32BE(12)
    expect(transaction).not.toBe(connect!.readUInt32BE(12))
    const fields = [
      ID,
      1,
      transaction,
      sent.infoHash,
      sent.peerId,
      2n ** 41n,
      2n ** 42n,
      2n ** 40n,
      2,
      0,
      0xdead_beef,
      50,
    ]
    expect(announce!.subarray(0, 98)).toEqual(u32(...fields, Uint8Array.of(0x1a, 0xe1)))
    // BEP 41: the path of the URL.
    expect(announce!.subarray(98)).toEqual(Buffer.from('\x02\x09/announce', 'latin1'))
  })

  it('numbers the events, and asks for no peers at the end', async () => {
    await using lab = await Lab.start(answering())
    await using tracker = client()
    for (const event of ['update', 'completed', 'started', 'stopped'] as const)
      await tracker.announce(lab.url, request({ event, numWant: 1000 }), NEVER)
    expect(lab.announces.map((packet) => packet.readUInt32BE(80))).toEqual([0, 1, 2, 3])
    expect(lab.announces.map((packet) => packet.readUInt32BE(92))).toEqual([200, 200, 200, 0])
  })

  it('cuts a long path into options, and leaves out one that is too long or empty', async () => {
    await using lab = await Lab.start(answering())
    await using tracker = client()
    const path = `/announce?key=${'k'.repeat(400)}`
    await tracker.announce(lab.url.replace('/announce', path), request(), NEVER)
    await tracker.announce(lab.url.replace('/announce', `/${'x'.repeat(3000)}`), request(), NEVER)
    await tracker.announce(lab.url.replace('/announce', ''), request(), NEVER)
    const options = lab.announces.map((packet) => packet.subarray(98))
    expect(options[0]!.subarray(0, 2)).toEqual(Buffer.of(2, 255))
    expect(options[0]!.subarray(257, 259)).toEqual(Buffer.of(2, path.length - 255))
    expect(Buffer.concat([options[0]!.subarray(2, 257), options[0]!.subarray(259)]).toString()).toBe(path)
    expect(options.slice(1).map(({ length }) => length)).toEqual([0, 0])
  })

  it('uses a connection id for a minute, not longer (H56)', async () => {
    await using lab = await Lab.start(answering())
    let now = 0
    const real = scaledClock()
    await using tracker = client({ clock: { now: () => now, after: (ms, fn) => real.after(ms, fn) } })
    for (const at of [0, 30_000, 59_999, 60_000, 119_000, 120_001]) {
      now = at
      await tracker.announce(lab.url, request(), NEVER)
    }
    expect(lab.announces).toHaveLength(6)
    expect(lab.connects).toHaveLength(3)
  })

  it('sends from the bound address', async () => {
    let from = ''
    await using lab = await Lab.start((question) => {
      from = question.from.address
      answering()(question)
    })
    await using tracker = client({ bind: { v4: '127.0.0.3' } })
    await tracker.announce(lab.url, request(), NEVER)
    expect(from).toBe('127.0.0.3')
  })

  it('says so when the bound address is not there', async () => {
    await using lab = await Lab.start(answering())
    await using tracker = client({ bind: { v4: '203.0.113.77' } })
    expect(await errorOf(tracker.announce(lab.url, request(), NEVER))).toMatchObject({
      code: 'TRACKER_UNREACHABLE',
      context: { errno: 'EADDRNOTAVAIL' },
    })
    expect(lab.connects).toHaveLength(0)
  })

  it('keeps many announces apart', async () => {
    await using lab = await Lab.start(({ packet, from, socket }) => {
      const port = packet.subarray(96, 98)
      const peers = Buffer.concat([Buffer.of(192, 0, 2, 1), port])
      socket.send(u32(1, packet.readUInt32BE(12), 1800, 0, 0, peers), from.port, from.address)
    })
    await using tracker = client()
    const ports = Array.from({ length: 50 }, (_, i) => 1000 + i)
    const answers = await Promise.all(ports.map((port) => tracker.announce(lab.url, request({ port }), NEVER)))
    expect(answers.map(({ peers }) => peers[0]!.port)).toEqual(ports)
  })
})

describe('UDP announce: hostile answers (H53, H56)', () => {
  /** Sends `noise` first, then the right answer. */
  const after = (noise: (question: Question, transaction: number) => void): Handler => {
    const good = answering()
    return (question) => {
      noise(question, question.packet.readUInt32BE(12))
      good(question)
    }
  }
  const send = ({ socket, from }: Question, packet: Uint8Array): void => socket.send(packet, from.port, from.address)

  it.each<[string, (question: Question, transaction: number) => void]>([
    ['another transaction', (q, t) => send(q, u32(1, (t ^ 1) >>> 0, 60, 0, 0, Buffer.of(9, 9, 9, 9, 9, 9)))],
    ['another action', (q, t) => send(q, u32(2, t, 60, 0, 0))],
    ['an unknown action', (q, t) => send(q, u32(77, t, 60, 0, 0))],
    ['an answer to connect', (q, t) => send(q, u32(0, t, 77n))],
    ['eight bytes', (q, t) => send(q, u32(1, t))],
    ['19 bytes', (q, t) => send(q, u32(1, t, 60, 0, 0).subarray(0, 19))],
    ['three bytes', (q) => send(q, Buffer.of(1, 2, 3))],
    ['nothing', (q) => send(q, Buffer.alloc(0))],
    ['64 KiB', (q) => send(q, Buffer.alloc(65_000, 1))],
  ])('ignores %s', async (_, noise) => {
    await using lab = await Lab.start(after(noise))
    await using tracker = client()
    const { peers, intervalS } = await tracker.announce(lab.url, request(), NEVER)
    expect([peers, intervalS]).toEqual([[{ host: '192.0.2.1', port: 6881 }], 1800])
  })

  it('ignores an answer from another address or port', async () => {
    await using lab = await Lab.start(() => {})
    const forger = createSocket('udp4')
    await new Promise<void>((resolve) => forger.bind(0, '127.0.0.1', resolve))
    lab.announce = (question) => {
      const forged = u32(1, question.packet.readUInt32BE(12), 60, 0, 0, Buffer.of(9, 9, 9, 9, 9, 9))
      forger.send(forged, question.from.port, question.from.address, () => answering()(question))
    }
    await using tracker = client()
    expect((await tracker.announce(lab.url, request(), NEVER)).peers[0]!.host).toBe('192.0.2.1')
    await new Promise<void>((resolve) => forger.close(() => resolve()))
  })

  it('ignores an answer to a question that was given up', async () => {
    await using lab = await Lab.start(() => {})
    let late: (() => void) | undefined
    lab.announce = (question) => {
      if (late === undefined) late = () => answering(Uint8Array.of(9, 9, 9, 9, 0, 9))(question)
      else {
        late()
        answering()(question)
      }
    }
    await using tracker = client({ clock: FAST() })
    expect((await tracker.announce(lab.url, request(), NEVER)).peers).toEqual([{ host: '192.0.2.1', port: 6881 }])
  })

  it('passes an error on, without control characters, and forgets the connection id', async () => {
    await using lab = await Lab.start(({ packet, from, socket }) => {
      const text = Buffer.from(`\x1b[31mno\0${'!'.repeat(2000)}`)
      socket.send(u32(3, packet.readUInt32BE(12), text), from.port, from.address)
    })
    await using tracker = client()
    const error = (await errorOf(tracker.announce(lab.url, request(), NEVER))) as { context: { reason: string } }
    expect(error).toMatchObject({ code: 'TRACKER_REFUSED', blame: 'remote' })
    expect(error.context.reason).toMatch(/^\[31mno !+$/)
    expect(error.context.reason).toHaveLength(512)
    lab.announce = answering()
    await tracker.announce(lab.url, request(), NEVER)
    expect(lab.connects).toHaveLength(2)
  })

  it('passes an error to the connect on', async () => {
    await using lab = await Lab.start(answering())
    lab.connect = ({ packet, from, socket }) =>
      socket.send(u32(3, packet.readUInt32BE(12), Buffer.from('full')), from.port, from.address)
    await using tracker = client()
    expect(await errorOf(tracker.announce(lab.url, request(), NEVER))).toMatchObject({ context: { reason: 'full' } })
  })

  it('drops what is no peer, and takes 2000 at most', async () => {
    const many = new Uint8Array(6 * 9000)
    for (let i = 0; i < 9000; i++) many.set([1 + (i % 9), 0, i >> 8, i & 255, 0x1a, 0xe1], 6 * i)
    await using lab = await Lab.start(answering(many))
    await using tracker = client()
    expect((await tracker.announce(lab.url, request(), NEVER)).peers).toHaveLength(2000)
    lab.announce = answering(Uint8Array.of(192, 0, 2, 1, 0, 0, 192, 0, 2, 2, 0, 1, 9, 9))
    expect((await tracker.announce(lab.url, request(), NEVER)).peers).toEqual([{ host: '192.0.2.2', port: 1 }])
  })

  it.each([
    [0, 60],
    [1, 60],
    [120, 120],
    [2 ** 31, 86_400],
    [2 ** 32 - 1, 86_400],
  ])('takes an interval of %i as %i s (H52)', async (interval, intervalS) => {
    await using lab = await Lab.start(({ packet, from, socket }) => {
      const answer = u32(1, packet.readUInt32BE(12), interval, 0, 2 ** 32 - 1)
      socket.send(answer, from.port, from.address)
    })
    const resolve = (): Promise<{ address: string; family: number }[]> =>
      Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    await using tracker = client({ allowLocal: true, resolve })
    const url = `udp://tracker.example:${lab.socket.address().port}/announce`
    expect(await tracker.announce(url, request(), NEVER)).toEqual({
      intervalS,
      peers: [],
      leechers: 0,
      seeders: 2 ** 32 - 1,
    })
  })

  it('asks no more often than BEP 15 says, whatever errors it gets', async () => {
    await using lab = await Lab.start(({ packet, from, socket }) => {
      socket.send(u32(3, packet.readUInt32BE(12)), from.port, from.address)
    })
    await using tracker = client()
    const { context } = (await errorOf(tracker.announce(lab.url, request(), NEVER))) as { context: { reason: string } }
    expect(context.reason).toBe('')
    expect([lab.connects.length, lab.announces.length]).toEqual([1, 1])
  })

  it('reads entries of 18 bytes over IPv6', async ({ skip }) => {
    let lab: Lab
    try {
      lab = await Lab.start(answering(Uint8Array.from({ length: 18 }, (_, i) => [0x20, 1, 0xd, 0xb8][i] ?? i)), 6)
    } catch {
      skip('needs IPv6 on this machine')
    }
    await using running = lab!
    await using tracker = client()
    expect((await tracker.announce(running.url, request(), NEVER)).peers).toEqual([
      { host: '2001:db8:405:607:809:a0b:c0d:e0f', port: 0x1011 },
    ])
  })
})

describe('UDP announce: silence', () => {
  it('asks again after 15 s and 30 s, and ends after a minute', async () => {
    const clock = FAST()
    const times: number[] = []
    await using lab = await Lab.start(answering())
    lab.connect = () => times.push(clock.now())
    await using tracker = client({ clock })
    const start = clock.now()
    expect(await errorOf(tracker.announce(lab.url, request(), NEVER))).toMatchObject({
      code: 'TRACKER_TIMED_OUT',
      context: { afterMs: 60_000 },
    })
    expect(clock.now() - start).toBeGreaterThanOrEqual(59_000)
    expect(times).toHaveLength(3)
    // A hundred times real time: 5 s are 50 ms of a busy machine.
    expect(times[1]! - times[0]!).toBeGreaterThan(10_000)
    expect(times[2]! - times[1]!).toBeGreaterThan(25_000)
  })

  it('asks for a new connection id when an old one gets no answer', async () => {
    await using lab = await Lab.start(answering())
    await using tracker = client({ clock: FAST() })
    await tracker.announce(lab.url, request(), NEVER)
    // The tracker was restarted: ids from before are ignored.
    const id = 0x99n
    lab.connect = ({ packet, from, socket }) =>
      socket.send(u32(0, packet.readUInt32BE(12), id), from.port, from.address)
    lab.announce = (question) => {
      if (question.packet.readBigUInt64BE(0) === id) answering()(question)
    }
    expect((await tracker.announce(lab.url, request(), NEVER)).peers).toHaveLength(1)
    expect(lab.connects).toHaveLength(2)
  })

  it('asks at the next address of the name', async () => {
    await using lab = await Lab.start(answering())
    const addresses = ['127.0.0.99', '127.0.0.1'].map((address) => ({ address, family: 4 }))
    await using tracker = client({ clock: FAST(), allowLocal: true, resolve: () => Promise.resolve(addresses) })
    const url = `udp://tracker.example:${lab.socket.address().port}`
    expect((await tracker.announce(url, request(), NEVER)).peers).toHaveLength(1)
  })

  it('ends what is under way when it is told to, and takes nothing after its end', async () => {
    await using lab = await Lab.start(() => {})
    const tracker = client()
    const abort = new AbortController()
    const aborted = errorOf(tracker.announce(lab.url, request(), abort.signal))
    const hanging = errorOf(tracker.announce(lab.url, request(), NEVER))
    abort.abort()
    expect(await aborted).toMatchObject({ code: 'ABORTED' })
    await tracker[Symbol.asyncDispose]()
    expect(await hanging).toMatchObject({ code: 'ABORTED' })
    expect(await errorOf(tracker.announce(lab.url, request(), NEVER))).toMatchObject({ code: 'ABORTED' })
  })
})

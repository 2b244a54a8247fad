import { createServer } from 'node:net'

import { scaledClock, VirtualClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { createWebSeed } from '@ccbt/web-seed'

import {
  content,
  fetchRange,
  http,
  layOut,
  NEVER,
  outcomeOf,
  raw,
  running,
  seedOf,
  serveFile,
  until,
} from './support.ts'
import type { Fetched } from './support.ts'

const DATA = content(300_000)
const RANGE = 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 50-149/1000\r\n'
const BODY = 'x'.repeat(100)

describe('fetch from a server of files (BEP 19)', () => {
  it('brings exactly the range, on one connection', async () => {
    await using server = await http((incoming, response) => serveFile(incoming, response, DATA))
    using seed = seedOf(`${server.url}dir/`, DATA)
    for (const [offset, length] of [
      [0, 1],
      [5, 100_000],
      [299_999, 1],
      [0, 300_000],
    ] as const) {
      const { outcome, bytes } = await fetchRange(seed, offset, length)
      expect(outcome).toEqual({ kind: 'done' })
      expect(Buffer.from(bytes).equals(DATA.subarray(offset, offset + length))).toBe(true)
    }
    expect(server.connections()).toBe(1)
    expect(server.requests[1]).toMatchObject({
      url: '/dir/file.bin',
      method: 'GET',
      headers: {
        host: `127.0.0.1:${server.port}`,
        range: 'bytes=5-100004',
        'accept-encoding': 'identity',
        'user-agent': 'ccbt/test',
      },
    })
    expect(seed.state).toEqual({
      host: `127.0.0.1:${server.port}`,
      bytes: 400_002,
      running: 0,
      failures: 0,
      isGone: false,
      missingFiles: 0,
    })
  })

  it('spans files, with zeros for padding', async () => {
    const files = layOut([
      { path: ['a'], length: 1000 },
      { path: ['.pad', '200000'], length: 200_000, isPad: true },
      { path: ['empty'], length: 0 },
      { path: ['sub dir', 'ü'], length: 50_000 },
      { path: ['z'], length: 10 },
    ])
    const served = new Map([
      ['/T/a', content(1000, 1)],
      ['/T/sub%20dir/%C3%BC', content(50_000, 2)],
      ['/T/z', content(10, 3)],
    ])
    const all = Buffer.concat([content(1000, 1), new Uint8Array(200_000), content(50_000, 2), content(10, 3)])
    await using server = await http((incoming, response) => serveFile(incoming, response, served.get(incoming.url!)!))
    using seed = seedOf(server.url, all, { name: 'T', isMultiFile: true, files })
    const { outcome, bytes } = await fetchRange(seed, 500, all.length - 505)
    expect(outcome).toEqual({ kind: 'done' })
    expect(all.subarray(500, all.length - 5).equals(bytes)).toBe(true)
    expect(server.requests.map(({ url }) => url)).toEqual([...served.keys()])
    expect(server.connections()).toBe(1)
    expect(seed.state.bytes).toBe(500 + 50_000 + 5)
  })

  it('runs four fetches at once, each on a connection of its own; more wait', async () => {
    let running = 0
    let most = 0
    await using server = await http((incoming, response) => {
      most = Math.max(most, ++running)
      response.on('finish', () => running--)
      setTimeout(() => serveFile(incoming, response, DATA), 20)
    })
    using seed = seedOf(server.url, DATA)
    const all = await Promise.all(Array.from({ length: 12 }, (_, i) => fetchRange(seed, i * 1000, 1000)))
    expect(all.map(({ outcome }) => outcome.kind)).toEqual(Array.from({ length: 12 }, () => 'done'))
    all.forEach(({ bytes }, i) => expect(bytes).toEqual(DATA.slice(i * 1000, i * 1000 + 1000)))
    expect(most).toBe(4)
    expect(server.connections()).toBe(4)
  })

  it.each([
    ['200 for a whole file', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'],
    ['200 up to the end of the connection', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['206 of an unknown whole', 'HTTP/1.1 206 x\r\nContent-Range: bytes 0-99/*\r\nContent-Length: 100\r\n\r\n'],
    ['206 without a length', 'HTTP/1.1 206 x\r\nContent-Range: bytes 0-99/100\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 206 x\r\nContent-Range: bytes 0-99/100\r\n\r\n'],
  ])('takes %s', async (_, head) => {
    await using server = await raw(head + BODY)
    using seed = seedOf(server.url, new Uint8Array(100))
    expect(await fetchRange(seed, 0, 100)).toEqual({
      outcome: { kind: 'done' },
      bytes: new Uint8Array(Buffer.from(BODY)),
    })
  })

  it('takes sections', async () => {
    await using server = await http((_, response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 50-149/1000' })
      for (let i = 0; i < 10; i++) response.write('x'.repeat(10))
      response.end()
    })
    using seed = seedOf(server.url, new Uint8Array(1000))
    for (let i = 0; i < 3; i++) expect((await fetchRange(seed, 50, 100)).outcome).toEqual({ kind: 'done' })
    expect(server.connections()).toBe(1)
  })

  it('does not wait for the end of the connection when all bytes are there', async () => {
    await using server = await raw(`${RANGE}\r\n${BODY}`, true)
    using seed = seedOf(server.url, new Uint8Array(1000))
    expect((await fetchRange(seed, 50, 100)).outcome).toEqual({ kind: 'done' })
  })

  it('takes another connection when the server has closed a kept one, with or without a word', async () => {
    const answer = `${RANGE}Content-Length: 100\r\n\r\n${BODY}`
    await using silent = await running(
      createServer((socket) => {
        socket.once('data', () => {
          socket.write(answer)
          socket.once('data', () => socket.destroy())
        })
      }),
    )
    await using closing = await raw(answer)
    for (const server of [silent, closing]) {
      using seed = seedOf(server.url, new Uint8Array(1000))
      for (let i = 0; i < 3; i++) expect((await fetchRange(seed, 50, 100)).outcome).toEqual({ kind: 'done' })
      expect(server.connections()).toBe(3)
      expect(seed.state.failures).toBe(0)
    }
  })

  it.each([
    ['says that it will close', 'Connection: close\r\n', ''],
    ['sends more than it announced', '', 'garbage'],
  ])('uses no connection again of a server that %s', async (_, field, more) => {
    await using server = await raw(`${RANGE}${field}Content-Length: 100\r\n\r\n${BODY}${more}`, true)
    using seed = seedOf(server.url, new Uint8Array(1000))
    for (let i = 0; i < 3; i++) expect((await fetchRange(seed, 50, 100)).outcome).toEqual({ kind: 'done' })
    expect(server.connections()).toBe(3)
  })

  it('uses no connection again on which something came unasked', async () => {
    let speak = (): void => {}
    await using server = await running(
      createServer((socket) => {
        socket.on('data', () => socket.write(`${RANGE}Content-Length: 100\r\n\r\n${BODY}`))
        speak = () => socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
      }),
    )
    using seed = seedOf(server.url, new Uint8Array(1000))
    expect((await fetchRange(seed, 50, 100)).outcome).toEqual({ kind: 'done' })
    speak()
    await until(() => server.open() === 0)
    expect((await fetchRange(seed, 50, 100)).outcome).toEqual({ kind: 'done' })
    expect(server.connections()).toBe(2)
  })

  it('gives user name and password to the server only, and shows them nowhere', async () => {
    await using other = await http((incoming, response) => serveFile(incoming, response, DATA))
    await using server = await http((incoming, response) =>
      incoming.url === '/moved.bin'
        ? response.writeHead(302, { Location: `${other.url}x` }).end()
        : response.writeHead(302, { Location: '/moved.bin' }).end(),
    )
    using seed = seedOf(server.url.replace('//', '//us%40er:s%C3%A9cret@'), DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toEqual({ kind: 'done' })
    const sent = server.requests.map(({ headers }) => headers.authorization?.replace('Basic ', ''))
    expect(sent.map((text) => Buffer.from(text ?? '', 'base64').toString())).toEqual(['us@er:sécret', 'us@er:sécret'])
    expect(other.requests[0]!.headers.authorization).toBeUndefined()
    await server[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    const { outcome } = await fetchRange(seed, 0, 10)
    expect(outcome).toMatchObject({ kind: 'failed', isPermanent: false })
    expect(JSON.stringify([outcome, seed.state])).not.toMatch(/cret|us@er|file\.bin/)
  })
})

describe('answers that are not what was asked for (H60)', () => {
  const permanent = { kind: 'failed', isPermanent: true }

  it.each([
    ['the right answer, to be sure', `${RANGE}Content-Length: 100\r\n\r\n${BODY}`, { kind: 'done' }],
    ['200 instead of 206', `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`, permanent],
    ['200 with just the length', `HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${BODY}`, permanent],
    ['206 without a range', `HTTP/1.1 206 x\r\nContent-Length: 100\r\n\r\n${BODY}`, permanent],
    ['another start', `${RANGE.replace('50-', '51-')}Content-Length: 100\r\n\r\n${BODY}`, permanent],
    ['another end', `${RANGE.replace('-149', '-148')}Content-Length: 99\r\n\r\n${BODY}`, permanent],
    ['another end, the right length', `${RANGE.replace('-149', '-148')}Content-Length: 100\r\n\r\n${BODY}`, permanent],
    ['200 without a length', `HTTP/1.1 200 OK\r\n\r\n${BODY}`, permanent],
    ['more', `${RANGE.replace('-149', '-999')}Content-Length: 950\r\n\r\n${'x'.repeat(950)}`, permanent],
    ['another file', `${RANGE.replace('/1000', '/1001')}Content-Length: 100\r\n\r\n${BODY}`, permanent],
    ['another unit', `${RANGE.replace('bytes', 'pages')}Content-Length: 100\r\n\r\n${BODY}`, permanent],
    ['several ranges', `${RANGE.replace('50-149', '50-60,70-149')}Content-Length: 100\r\n\r\n${BODY}`, permanent],
    [
      'a multipart body',
      'HTTP/1.1 206 x\r\nContent-Type: multipart/byteranges; boundary=b\r\nContent-Length: 100\r\n\r\n',
      permanent,
    ],
    ['a longer length', `${RANGE}Content-Length: 101\r\n\r\n${BODY}y`, permanent],
    ['a shorter length', `${RANGE}Content-Length: 99\r\n\r\n${BODY}`, permanent],
    ['a body of 1 GB (H49)', `${RANGE}Content-Length: 1000000000\r\n\r\n`, permanent],
    ['an endless body (H49)', `${RANGE}\r\n${'x'.repeat(1000)}`, permanent],
    ['too many sections', `${RANGE}Transfer-Encoding: chunked\r\n\r\n65\r\n${BODY}y\r\n0\r\n\r\n`, permanent],
    ['too few sections', `${RANGE}Transfer-Encoding: chunked\r\n\r\n3\r\nxxx\r\n0\r\n\r\n`, permanent],
    ['a compressed body (H49)', `${RANGE}Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n${BODY}`, permanent],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', permanent],
    ['the beginning only', `${RANGE}Content-Length: 100\r\n\r\nxxx`, { kind: 'failed', isPermanent: false }],
    ['the beginning only, without a length', `${RANGE}\r\nxxx`, { kind: 'failed', isPermanent: false }],
    ['nothing', '', { kind: 'failed', isPermanent: false }],
    ['half a head', 'HTTP/1.1 206 Part', { kind: 'failed', isPermanent: false }],
  ])('%s', async (_, answer, expected) => {
    expect(await outcomeOf(answer)).toMatchObject(expected)
  })

  it('a header of 1 MB ends the connection before it is read (H49)', async () => {
    await using server = await raw(`${RANGE}A: ${'x'.repeat(1_000_000)}`, true)
    using seed = seedOf(server.url, new Uint8Array(1000))
    expect((await fetchRange(seed, 50, 100)).outcome).toMatchObject({ ...permanent, reason: /header too long/ })
  })

  it('is not asked again after that', async () => {
    await using server = await raw('nonsense\r\n')
    using seed = seedOf(server.url, new Uint8Array(1000))
    const { outcome } = await fetchRange(seed, 50, 100)
    expect((await fetchRange(seed, 0, 10)).outcome).toEqual(outcome)
    expect(server.connections()).toBe(1)
    expect(seed.state).toMatchObject({ isGone: true, reason: expect.stringContaining('127.0.0.1') as string })
  })

  it('an incomplete answer leaves its bytes, in order', async () => {
    await using server = await raw(`${RANGE}Content-Length: 100\r\n\r\nabc`)
    using seed = seedOf(server.url, new Uint8Array(1000))
    const { outcome, bytes } = await fetchRange(seed, 50, 100)
    expect([outcome.kind, Buffer.from(bytes).toString()]).toEqual(['failed', 'abc'])
  })
})

describe('statuses', () => {
  it('503 with Retry-After: no request until then', async () => {
    const clock = new VirtualClock()
    let isBusy = true
    await using server = await http((incoming, response) => {
      if (isBusy) response.writeHead(503, { 'Retry-After': '120' }).end('busy')
      else serveFile(incoming, response, DATA)
    })
    using seed = seedOf(server.url, DATA, { clock })
    const busy = { kind: 'failed', isPermanent: false, retryAfterMs: 120_000 }
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject(busy)
    expect(seed.state).toMatchObject({
      nextTryInMs: 120_000,
      failures: 1,
      reason: expect.stringContaining('503') as string,
    })
    await clock.advance(119_999)
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject({ ...busy, retryAfterMs: 1 })
    expect(server.requests).toHaveLength(1)
    isBusy = false
    await clock.advance(1)
    expect((await fetchRange(seed, 0, 10)).outcome).toEqual({ kind: 'done' })
    expect(seed.state.reason).toBeUndefined()
  })

  it('a server that takes two connections only gets two', async () => {
    let open = 0
    let refused = 0
    await using server = await http((incoming, response) => {
      if (open === 2) {
        refused++
        response.writeHead(503).end()
        return
      }
      open++
      response.on('finish', () => open--)
      setTimeout(() => serveFile(incoming, response, DATA), 20)
    })
    using seed = seedOf(server.url, DATA)
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => fetchRange(seed, i, 100)))
    expect(all.every(({ outcome }) => outcome.kind === 'done')).toBe(true)
    all.forEach(({ bytes }, i) => expect(bytes).toEqual(DATA.slice(i, i + 100)))
    expect(refused).toBe(2)
    expect(seed.state.failures).toBe(0)
  })

  it('a server that refused all gets as many connections as before when it is back', async () => {
    const clock = new VirtualClock()
    let isDown = true
    let running = 0
    let most = 0
    await using server = await http((incoming, response) => {
      if (isDown) {
        response.writeHead(503).end()
        return
      }
      most = Math.max(most, ++running)
      response.on('finish', () => running--)
      setTimeout(() => serveFile(incoming, response, DATA), 20)
    })
    using seed = seedOf(server.url, DATA, { clock })
    const fetchAll = (): Promise<Fetched[]> => Promise.all(Array.from({ length: 8 }, (_, i) => fetchRange(seed, i, 9)))
    expect((await fetchAll()).map(({ outcome }) => outcome.kind)).toEqual(Array.from({ length: 8 }, () => 'failed'))
    expect(seed.state).toMatchObject({ failures: 1, nextTryInMs: 5000 })
    isDown = false
    await clock.advance(5000)
    expect((await fetchAll()).every(({ outcome }) => outcome.kind === 'done')).toBe(true)
    expect(most).toBe(4)
  })

  it('a file that is missing costs that file', async () => {
    const files = layOut([
      { path: ['a'], length: 100 },
      { path: ['b'], length: 100 },
      { path: ['..'], length: 100 },
      { path: ['d'], length: 100 },
    ])
    await using server = await http((incoming, response) => {
      if (incoming.url === '/T/a') serveFile(incoming, response, DATA.subarray(0, 100))
      else if (incoming.url === '/T/d') serveFile(incoming, response, DATA.subarray(0, 99))
      else response.writeHead(404).end('x'.repeat(10_000))
    })
    using seed = seedOf(server.url, new Uint8Array(400), { name: 'T', isMultiFile: true, files })
    for (const fileIndex of [1, 2, 3]) {
      const missing = { kind: 'failed', isPermanent: true, fileIndex }
      expect((await fetchRange(seed, fileIndex * 100, 50)).outcome).toMatchObject(missing)
    }
    expect(server.requests).toHaveLength(2)
    expect(await fetchRange(seed, 50, 100)).toMatchObject({ outcome: { fileIndex: 1 }, bytes: { length: 0 } })
    expect((await fetchRange(seed, 0, 100)).outcome).toEqual({ kind: 'done' })
    // An answer of the wrong length costs its connection, a refusal does not.
    expect(server.connections()).toBe(2)
    expect(server.requests).toHaveLength(3)
    expect(seed.state).toMatchObject({ missingFiles: 3, isGone: false })
  })

  it.each([
    [400, true],
    [401, true],
    [403, true],
    [404, true],
    [410, true],
    [416, true],
    [429, false],
    [500, false],
    [501, true],
    [502, false],
    [204, true],
    [304, true],
    [300, true],
  ])('%d is permanent: %s', async (status, isPermanent) => {
    const outcome = await outcomeOf(`HTTP/1.1 ${status} x\r\nContent-Length: 0\r\n\r\n`)
    expect(outcome).toMatchObject({
      kind: 'failed',
      isPermanent,
      reason: expect.stringContaining(`${status}`) as string,
    })
  })

  it('the body of a refusal is not read beyond 16 KiB', async () => {
    await using server = await running(
      createServer((socket) => {
        socket.on('data', () => {
          socket.write('HTTP/1.1 500 x\r\n\r\n')
          const more = (): void => void (socket.destroyed || socket.write('x'.repeat(10_000), more))
          more()
        })
      }),
    )
    using seed = seedOf(server.url, DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject({ isPermanent: false, reason: /500/ })
  })
})

describe('redirects', () => {
  it('are followed and remembered for the file', async () => {
    await using mirror = await http((incoming, response) => serveFile(incoming, response, DATA))
    await using server = await http((_, response) =>
      response.writeHead(302, { Location: Buffer.from(`${mirror.url}m/ü%20x`).toString('latin1') }).end(),
    )
    using seed = seedOf(server.url, DATA)
    for (let i = 0; i < 3; i++) expect((await fetchRange(seed, i, 10)).outcome).toEqual({ kind: 'done' })
    expect(server.requests).toHaveLength(1)
    expect(mirror.requests.map(({ url }) => url)).toEqual(Array.from({ length: 3 }, () => '/m/%C3%BC%20x'))
  })

  it('are asked for anew when the remembered place refuses', async () => {
    let token = 0
    await using server = await http((incoming, response) => {
      if (incoming.url === `/t${token}`) serveFile(incoming, response, DATA)
      else if (incoming.url === '/file.bin') response.writeHead(307, { Location: `t${token}` }).end()
      else response.writeHead(403).end()
    })
    using seed = seedOf(server.url, DATA)
    for (; token < 3; token++) expect((await fetchRange(seed, 0, 10)).outcome).toEqual({ kind: 'done' })
    expect(server.requests.map(({ url }) => url)).toEqual(
      ['file.bin', 't0', 't0', 'file.bin', 't1', 't1', 'file.bin', 't2'].map((name) => `/${name}`),
    )
  })

  it('are forgotten when they have become useless', async () => {
    let isMoved = true
    await using mirror = await http((incoming, response) => {
      if (isMoved) serveFile(incoming, response, DATA)
      else response.writeHead(410).end()
    })
    await using server = await http((incoming, response) => {
      if (isMoved) response.writeHead(302, { Location: mirror.url }).end()
      else serveFile(incoming, response, DATA)
    })
    using seed = seedOf(server.url, DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toEqual({ kind: 'done' })
    isMoved = false
    for (let i = 0; i < 3; i++) expect((await fetchRange(seed, 0, 10)).outcome).toEqual({ kind: 'done' })
    expect([server.requests.length, mirror.requests.length]).toEqual([4, 2])
  })

  it('are not asked for anew in the middle of an answer: no byte comes twice', async () => {
    let isBroken = false
    await using mirror = await http((incoming, response) => {
      if (!isBroken) return serveFile(incoming, response, DATA)
      response.writeHead(206, { 'Content-Range': 'bytes 0-9/300000', 'Content-Length': 10 })
      response.write(DATA.subarray(0, 3), () => response.destroy())
    })
    await using server = await http((_, response) => response.writeHead(302, { Location: mirror.url }).end())
    using seed = seedOf(server.url, DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toEqual({ kind: 'done' })
    isBroken = true
    expect(await fetchRange(seed, 0, 10)).toMatchObject({
      outcome: { kind: 'failed', isPermanent: false },
      bytes: DATA.slice(0, 3),
    })
  })

  it('leave no more connections open than may be used', async () => {
    await using mirror = await http((incoming, response) => serveFile(incoming, response, DATA))
    await using server = await http((_, response) => response.writeHead(302, { Location: mirror.url }).end())
    using seed = seedOf(server.url, DATA, { maxConnections: 1 })
    expect((await fetchRange(seed, 0, 10)).outcome).toEqual({ kind: 'done' })
    await until(() => server.open() === 0)
    expect(mirror.open()).toBe(1)
  })

  it('end after five (H49)', async () => {
    await using server = await http((incoming, response) =>
      response.writeHead(301, { Location: `/${Number(incoming.url!.slice(1)) + 1}` }).end(),
    )
    using seed = seedOf(`${server.url}0`, DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject({
      isPermanent: true,
      reason: /more than 5 redirects/,
    })
    expect(server.requests).toHaveLength(6)
  })

  it.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'http://', 'javascript:alert(1)', 'http://127.0.0.1:0/'])(
    'do not lead to %s',
    async (location) => {
      const answer = `HTTP/1.1 302 x\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`
      expect(await outcomeOf(answer)).toMatchObject({ kind: 'failed', isPermanent: true, reason: /not contacted/ })
    },
  )

  it('without a place are refusals', async () => {
    const answer = 'HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n'
    expect(await outcomeOf(answer)).toMatchObject({ isPermanent: true, reason: /302/ })
  })
})

describe('pause and abort', () => {
  it('a paused fetch stops the server, and goes on where it was', async () => {
    const data = content(8_000_000)
    await using server = await http((incoming, response) => serveFile(incoming, response, data))
    using seed = seedOf(server.url, data)
    const parts: Uint8Array[] = []
    let length = 0
    const sink = {
      data(bytes: Uint8Array): void {
        parts.push(bytes.slice())
        length += bytes.length
        if (parts.length === 1) fetch.pause()
      },
    }
    const fetch = seed.fetch({ offset: 0, length: data.length }, sink, NEVER)
    await until(() => parts.length > 0)
    const before = length
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(length).toBeLessThanOrEqual(before + 131_072)
    fetch.resume()
    expect(await fetch.result).toEqual({ kind: 'done' })
    expect(Buffer.concat(parts).equals(data)).toBe(true)
  })

  it('nothing is asked while paused, and zeros wait as well', async () => {
    await using server = await http((incoming, response) => serveFile(incoming, response, DATA))
    const files = layOut([
      { path: ['pad'], length: 200_000, isPad: true },
      { path: ['a'], length: DATA.length },
    ])
    using seed = seedOf(server.url, new Uint8Array(500_000), { isMultiFile: true, files })
    let length = 0
    const fetch = seed.fetch({ offset: 0, length: 500_000 }, { data: (bytes) => (length += bytes.length) }, NEVER)
    fetch.pause()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([length, server.requests.length]).toEqual([0, 0])
    fetch.resume()
    await until(() => length > 0)
    fetch.pause()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(length).toBeLessThan(200_000)
    expect(server.requests).toHaveLength(0)
    fetch.resume()
    expect((await fetch.result).kind).toBe('done')
    expect(length).toBe(500_000)
  })

  it('a pause while connecting holds as well', async () => {
    await using server = await http((incoming, response) => serveFile(incoming, response, DATA))
    const resolve = (): Promise<{ address: string }[]> => {
      fetch.pause()
      return Promise.resolve([{ address: '127.0.0.1' }])
    }
    using seed = seedOf(server.url.replace('127.0.0.1', 'x.example'), DATA, { resolve, allowLocal: true })
    let length = 0
    const fetch = seed.fetch({ offset: 0, length: DATA.length }, { data: (bytes) => (length += bytes.length) }, NEVER)
    await until(() => server.requests.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    // One more read at most.
    expect(length).toBeLessThanOrEqual(131_072)
    fetch.resume()
    expect(await fetch.result).toEqual({ kind: 'done' })
    expect(length).toBe(DATA.length)
  })

  it('a pause is not held against the server', async () => {
    const clock = new VirtualClock()
    const data = content(4_000_000)
    await using server = await http((incoming, response) => serveFile(incoming, response, data))
    using seed = seedOf(server.url, data, { clock })
    let length = 0
    const fetch = seed.fetch({ offset: 0, length: data.length }, { data: (bytes) => (length += bytes.length) }, NEVER)
    await until(() => length > 0)
    fetch.pause()
    await clock.advance(600_000)
    fetch.resume()
    expect(await fetch.result).toEqual({ kind: 'done' })
  })

  it('an abort ends the fetch at once, whatever it waits for', async () => {
    await using server = await raw(`${RANGE}Content-Length: 100\r\n\r\nabc`, true)
    using seed = seedOf(server.url, new Uint8Array(1000))
    const controller = new AbortController()
    const sink = { data: (): void => {} }
    const fetches = Array.from({ length: 6 }, () => seed.fetch({ offset: 50, length: 100 }, sink, controller.signal))
    const paused = seed.fetch({ offset: 50, length: 100 }, sink, controller.signal)
    paused.pause()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(seed.state.running).toBe(4)
    controller.abort()
    expect(await Promise.all([...fetches, paused].map(({ result }) => result))).toEqual(
      Array.from({ length: 7 }, () => ({ kind: 'aborted' })),
    )
    expect(seed.state).toMatchObject({ running: 0, failures: 0 })
    expect((await fetchRange(seed, 50, 100, controller.signal)).outcome).toEqual({ kind: 'aborted' })
  })

  it('an abort ends a fetch that waits for a name', async () => {
    const controller = new AbortController()
    using resolving = seedOf('http://x.example/', DATA, { resolve: () => new Promise(() => {}) })
    const { outcome } = await Promise.race([
      fetchRange(resolving, 0, 10, controller.signal),
      new Promise<never>((_, reject) => setTimeout(reject, 10_000)),
      new Promise<never>(() => setTimeout(() => controller.abort(), 20)),
    ])
    expect(outcome).toEqual({ kind: 'aborted' })
  })

  it('disposing ends fetches and closes connections, and leaves no timer', async () => {
    const clock = new VirtualClock()
    await using server = await raw(`${RANGE}Content-Length: 100\r\n\r\n${BODY}`, true)
    await using stuck = await raw('', true)
    const seed = seedOf(server.url, new Uint8Array(1000), { clock })
    expect((await fetchRange(seed, 50, 100)).outcome.kind).toBe('done')
    const other = seedOf(stuck.url, new Uint8Array(1000), { clock })
    const fetch = fetchRange(other, 50, 100)
    await until(() => stuck.connections() > 0)
    seed[Symbol.dispose]()
    other[Symbol.dispose]()
    expect((await fetch).outcome).toEqual({ kind: 'aborted' })
    expect((await fetchRange(seed, 50, 100)).outcome).toEqual({ kind: 'aborted' })
    expect(clock.pendingTimers).toBe(0)
  })

  it("an error of the sink is the caller's, and costs the connection only", async () => {
    await using server = await http((incoming, response) => serveFile(incoming, response, DATA))
    using seed = seedOf(server.url, DATA)
    const sink = {
      data(): void {
        throw new RangeError('no place')
      },
    }
    await expect(seed.fetch({ offset: 0, length: 10 }, sink, NEVER).result).rejects.toThrow('no place')
    expect((await fetchRange(seed, 0, 10)).outcome.kind).toBe('done')
  })
})

describe('servers that stall', () => {
  it.each([
    ['say nothing', '', /did not answer/],
    ['stop after the head', `${RANGE}Content-Length: 100\r\n\r\n`, /did not answer/],
    ['stop in the body', `${RANGE}Content-Length: 100\r\n\r\nxxx`, /did not answer/],
  ])('that %s', async (_, answer, reason) => {
    await using server = await raw(answer, true)
    using seed = seedOf(server.url, new Uint8Array(1000), { clock: scaledClock(50) })
    const { outcome } = await fetchRange(seed, 50, 100)
    expect(outcome).toMatchObject({ kind: 'failed', isPermanent: false, reason })
  })

  it('that drip (H60)', async () => {
    await using server = await running(
      createServer((socket) => {
        let timer: NodeJS.Timeout | undefined
        socket.once('data', () => {
          socket.write(`${RANGE.replace('50-149/1000', '0-999999/1000000')}Content-Length: 1000000\r\n\r\n`)
          timer = setInterval(() => socket.write('x'), 5)
        })
        socket.on('close', () => clearInterval(timer))
      }),
    )
    using seed = seedOf(server.url, new Uint8Array(1_000_000), { clock: scaledClock(50) })
    const { outcome } = await fetchRange(seed, 0, 1_000_000)
    expect(outcome).toMatchObject({ kind: 'failed', isPermanent: false, reason: /less than 1024 bytes/ })
  })

  it('names that do not resolve in time, or not at all', async () => {
    const clock = scaledClock(50)
    using slow = seedOf('http://x.example/', DATA, { clock, resolve: () => new Promise(() => {}) })
    expect((await fetchRange(slow, 0, 10)).outcome).toMatchObject({ isPermanent: false, reason: /10 s/ })
    const failing = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    using unknown = seedOf('http://x.example/', DATA, { clock, resolve: failing })
    expect((await fetchRange(unknown, 0, 10)).outcome).toMatchObject({ isPermanent: false, reason: /ENOTFOUND/ })
  })
})

describe('scripts that know pieces (BEP 17)', () => {
  const script = { style: 'httpseeds' } as const

  it('are asked for each piece', async () => {
    await using server = await http((incoming, response) => {
      const { searchParams } = new URL(incoming.url!, 'http://x')
      const start = Number(searchParams.get('piece')) * 16_384
      const [from = 0, to = 16_383] = searchParams.get('ranges')?.split('-').map(Number) ?? []
      response.end(DATA.subarray(start + from, Math.min(start + to + 1, DATA.length)))
    })
    using seed = seedOf(`${server.url}seed.php`, DATA, script)
    const { outcome, bytes } = await fetchRange(seed, 10_000, 290_000)
    expect(outcome).toEqual({ kind: 'done' })
    expect(Buffer.from(bytes).equals(DATA.subarray(10_000))).toBe(true)
    expect(server.requests).toHaveLength(19)
    expect(server.connections()).toBe(1)
    expect(server.requests[0]!.headers.range).toBeUndefined()
  })

  it('say in the body when they want to be asked again', async () => {
    const answer = (text: string): string => `HTTP/1.1 503 x\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    expect(await outcomeOf(answer('45'), script)).toMatchObject({ retryAfterMs: 45_000 })
    expect(await outcomeOf(answer('retry in 5 seconds'), script)).toMatchObject({ retryAfterMs: 5000 })
    expect(await outcomeOf(answer('99999999'), script)).toMatchObject({ retryAfterMs: 3_600_000 })
  })

  it.each([
    ['too much', 'HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n'],
    ['too little', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n'],
    ['an unknown torrent', 'HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n'],
  ])('are given up after %s', async (_, head) => {
    expect(await outcomeOf(head + BODY, script)).toMatchObject({ kind: 'failed', isPermanent: true })
  })
})

describe('mistakes of the caller', () => {
  it.each(['', 'x', 'ftp://x/', 'http://', 'http://x:0/', 'magnet:?xt=1'])('the URL %j', (url) => {
    expect(() => seedOf(url, DATA)).toThrow(expect.objectContaining({ code: 'WEB_SEED_URL_UNSUPPORTED' }) as Error)
  })

  it.each([
    [-1, 10],
    [0, 0],
    [0.5, 1],
    [0, Number.NaN],
    [DATA.length, 1],
    [0, DATA.length + 1],
  ])('the range %d+%d', (offset, length) => {
    using seed = seedOf('http://127.0.0.1:1/', DATA)
    expect(() => seed.fetch({ offset, length }, { data: () => {} }, NEVER)).toThrow('range outside the torrent')
  })

  it('exports the factory', () => {
    expect(createWebSeed).toBeTypeOf('function')
  })
})

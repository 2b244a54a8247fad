import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { encode } from '@ccbt/bencode'
import { scaledClock } from '@ccbt/testkit'

import { createAddressGuard } from '../../src/address-guard.ts'
import { HttpFetcher } from '../../src/tracker/http-fetch.ts'
import { HttpTracker } from '../../src/tracker/http-tracker.ts'
import { parseTrackerUrl } from '../../src/tracker/tracker-url.ts'
import { client, errorOf, NEVER, request } from './helpers.ts'

const OK = encode({ interval: 1800, peers: Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1) })

interface Running extends AsyncDisposable {
  readonly port: number
  /** Local URL of the announce. */
  readonly url: string
  readonly requests: IncomingMessage[]
}

async function running(
  server: Server | HttpServer,
  scheme = 'http',
  requests: IncomingMessage[] = [],
): Promise<Running> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}/announce`,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** A tracker that handles each request with `listener`. */
function http(listener: RequestListener): Promise<Running> {
  const requests: IncomingMessage[] = []
  const server = createHttpServer((incoming, response) => {
    requests.push(incoming)
    listener(incoming, response)
  })
  return running(server, 'http', requests)
}

const answering = (body: Uint8Array | string, headers: Record<string, string> = {}, status = 200): Promise<Running> =>
  http((_, response) => response.writeHead(status, headers).end(body))

/** A server that sends `bytes` to whoever sends anything, then keeps the connection. */
const raw = (send: (socket: Socket) => void): Promise<Running> =>
  running(createServer((socket) => socket.once('data', () => send(socket))))

/** Announces to a tracker that answers with `body`, named by a public name when `isPublic`. */
async function answerTo(body: Parameters<typeof encode>[0], isPublic = false): Promise<unknown> {
  await using server = await answering(encode(body))
  await using tracker = client({
    allowLocal: true,
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  })
  const url = isPublic ? `http://tracker.example:${server.port}/announce` : server.url
  return await tracker.announce(url, request(), NEVER)
}

async function failureOf(url: string, speed = 1): Promise<unknown> {
  await using tracker = client({ clock: scaledClock(speed) })
  return await errorOf(tracker.announce(url, request(), NEVER))
}

describe('HTTP announce: question', () => {
  it('sends what BEP 3, 7 and 23 say, keeping the query of the URL', async () => {
    await using server = await answering(OK)
    await using tracker = client()
    await tracker.announce(`${server.url}?passkey=1`, request(), NEVER)
    const { url, method, headers } = server.requests[0]!
    expect(method).toBe('GET')
    expect(url).toBe(
      '/announce?passkey=1&info_hash=%00%25Jo%94%B9%DE%03%28Mr%97%BC%E1%06%2BPu%9A%BF' +
        '&peer_id=-CC0001-abcdefghijkl&port=6881&uploaded=1&downloaded=2&left=3&compact=1&numwant=50&key=DEADBEEF' +
        '&event=started',
    )
    expect(headers).toMatchObject({ 'user-agent': 'ccbt/test', 'accept-encoding': 'gzip' })
  })

  it('asks for at most 200 peers, for none at the end, and names no event in between', async () => {
    await using server = await answering(OK)
    await using tracker = client()
    await tracker.announce(server.url, request({ numWant: 1e6, event: 'update' }), NEVER)
    await tracker.announce(server.url, request({ event: 'stopped' }), NEVER)
    await tracker.announce(server.url, request({ event: 'completed', trackerId: Uint8Array.of(0, 0x41, 0xff) }), NEVER)
    const [update, stopped, completed] = server.requests.map(({ url }) => new URL(url!, server.url).searchParams)
    expect([update!.get('numwant'), update!.get('event')]).toEqual(['200', null])
    expect([stopped!.get('numwant'), stopped!.get('event')]).toEqual(['0', 'stopped'])
    expect(completed!.get('event')).toBe('completed')
    expect(server.requests[2]!.url).toContain('&trackerid=%00A%FF')
  })

  it('uses one connection for many announces, and a new one when the tracker closed it', async () => {
    await using server = await answering(OK)
    await using tracker = client()
    const ports = new Set<number | undefined>()
    for (let i = 0; i < 3; i++) {
      await tracker.announce(server.url, request(), NEVER)
      ports.add(server.requests.at(-1)!.socket.remotePort)
    }
    expect(ports.size).toBe(1)
    const closed = new Promise((resolve) => server.requests.at(-1)!.socket.once('close', resolve))
    server.requests.at(-1)!.socket.destroy()
    await closed
    expect((await tracker.announce(server.url, request(), NEVER)).intervalS).toBe(1800)
  })

  it('tries again when a kept connection dies with the question on it', async () => {
    let count = 0
    await using server = await http((incoming, response) => {
      count++
      if (count === 2) incoming.socket.destroy()
      else response.end(OK)
    })
    await using tracker = client()
    await tracker.announce(server.url, request(), NEVER)
    expect((await tracker.announce(server.url, request(), NEVER)).intervalS).toBe(1800)
    expect(count).toBe(3)
  })

  it('gets its answer when all kept connections are dead', async () => {
    const open = new Set<Socket>()
    await using server = await raw((socket) => {
      open.add(socket)
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${OK.length}\r\n\r\n`)
      socket.write(OK)
      // The second question on a connection ends it.
      socket.once('data', () => socket.resetAndDestroy())
    })
    await using tracker = client()
    const ask = (port: number): Promise<unknown> =>
      tracker.announce(server.url, request({ event: 'update', port }), NEVER)
    await Promise.all([1, 2, 3, 4].map(ask))
    // One question alone meets one dead connection after the other.
    for (const port of [5, 6, 7]) await ask(port)
    expect(open.size).toBeGreaterThan(4)
  })

  it('connects from the bound address, and to no other family', async () => {
    await using server = await answering(OK)
    await using tracker = client({ bind: { v4: '127.0.0.2' } })
    await tracker.announce(server.url, request(), NEVER)
    expect(server.requests[0]!.socket.remoteAddress).toBe('127.0.0.2')
    expect(await errorOf(tracker.announce(`http://[::1]:${server.port}/announce`, request(), NEVER))).toMatchObject({
      code: 'TRACKER_ADDRESS_REFUSED',
    })
  })

  it('sends the user and password of a URL, percent signs and all', async () => {
    await using server = await answering(OK)
    await using tracker = client()
    await tracker.announce(server.url.replace('//', '//us%41er:p%zz@'), request(), NEVER)
    expect(server.requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from('usAer:p%zz').toString('base64')}`)
  })
})

describe('HTTP announce: answer', () => {
  it('reads all of it', async () => {
    const answer = {
      interval: 120,
      'min interval': 90,
      complete: 5,
      incomplete: 6,
      downloaded: 7,
      'tracker id': 'abc',
      'warning message': 'be\x1b[31mware\n',
      'external ip': Uint8Array.of(198, 51, 100, 9),
      peers: Uint8Array.of(10, 0, 0, 1, 0, 80, 127, 0, 0, 1, 1, 0),
      peers6: Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x1a, 0xe1),
    }
    expect(await answerTo(answer)).toEqual({
      intervalS: 120,
      minIntervalS: 90,
      seeders: 5,
      leechers: 6,
      downloaded: 7,
      warning: 'be [31mware',
      trackerId: new TextEncoder().encode('abc'),
      externalIp: '198.51.100.9',
      peers: [
        { host: '10.0.0.1', port: 80 },
        { host: '127.0.0.1', port: 256 },
        { host: '2001:db8::1', port: 6881 },
      ],
    })
  })

  it('reads peers as dictionaries, without those it cannot use', async () => {
    const peerId = new TextEncoder().encode('-XX0001-abcdefghijkl')
    const answer = await answerTo({
      interval: 1,
      peers: [
        { ip: '192.0.2.1', port: 1, 'peer id': peerId },
        { ip: '2001:DB8:0:0::1', port: 65_535, 'peer id': 'short' },
        { ip: 'host.example', port: 1 },
        { ip: '192.0.2.2', port: 0 },
        { ip: '192.0.2.2', port: 65_536 },
        { ip: '192.0.2.2', port: 'x' },
        { ip: '0.0.0.0', port: 1 },
        { port: 1 },
        'x',
        { ip: '::ffff:192.0.2.3', port: 3 },
      ],
    })
    expect(answer).toMatchObject({
      peers: [
        { host: '192.0.2.1', port: 1, peerId },
        { host: '2001:db8::1', port: 65_535 },
        { host: '192.0.2.3', port: 3 },
      ],
    })
  })

  it('unpacks gzip, and lets a line break pass behind the answer', async () => {
    await using server = await answering(gzipSync(Buffer.concat([OK, Buffer.from('\r\n')])), {
      'Content-Encoding': 'gzip',
    })
    await using tracker = client()
    expect((await tracker.announce(server.url, request(), NEVER)).peers).toHaveLength(1)
  })

  it.each([
    ['HTML', '<html>404</html>'],
    ['nothing', ''],
    ['a list', 'le'],
    ['a cut dictionary', 'd8:intervali1800e'],
    ['a dictionary of other things', 'd3:foo3:bare'],
    ['nested lists', `d5:peers${'l'.repeat(500_000)}${'e'.repeat(500_000)}e`],
    ['a million tokens', `d5:peersl${'le'.repeat(400_000)}ee`],
  ])('refuses %s', async (_, body) => {
    await using server = await answering(body)
    expect(await failureOf(server.url)).toMatchObject({ code: 'TRACKER_RESPONSE_INVALID', blame: 'remote' })
  })
})

describe('HTTP announce: size and time (H49)', () => {
  it('stops an endless body', async () => {
    await using server = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const block = Buffer.alloc(65_536, 0x78)
      const more = (): void => {
        while (!socket.destroyed && socket.write(block));
      }
      socket.on('drain', more)
      more()
    })
    expect(await failureOf(server.url)).toMatchObject({
      code: 'TRACKER_RESPONSE_TOO_LONG',
      context: { limitBytes: 1_048_576 },
    })
  })

  it('does not wait for a gigabyte that is announced', async () => {
    await using server = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nd'))
    expect(await failureOf(server.url)).toMatchObject({ code: 'TRACKER_RESPONSE_TOO_LONG' })
  })

  it('stops a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    expect(bomb.length).toBeLessThan(1_048_576)
    await using server = await answering(bomb, { 'Content-Encoding': 'gzip' })
    const before = process.memoryUsage().rss
    expect(await failureOf(server.url)).toMatchObject({ code: 'TRACKER_RESPONSE_TOO_LONG' })
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  it.each([
    ['broken gzip', 'RESPONSE_INVALID', 'Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello'],
    ['an unknown encoding', 'RESPONSE_INVALID', 'Content-Encoding: br\r\nContent-Length: 5\r\n\r\nhello'],
    // Within the parser's bounds, so it is a body that does not end.
    ['a chunk of 2^63 bytes', 'TIMED_OUT', 'Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\nx'],
    // The parser breaks the connection off in the middle of the body.
    ['a chunk of 2^64 bytes', 'UNREACHABLE', 'Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nx'],
    ['a megabyte of headers', 'RESPONSE_INVALID', `X: ${'y'.repeat(1_000_000)}\r\n\r\n`],
    ['two lengths', 'RESPONSE_INVALID', 'Content-Length: 1\r\nContent-Length: 2\r\n\r\nd'],
    ['no header', 'RESPONSE_INVALID', '\x13BitTorrent protocol\r\n\r\n'],
  ])('refuses %s', async (_, problem, bytes) => {
    await using server = await raw((socket) => socket.write(`HTTP/1.1 200 OK\r\n${bytes}`))
    expect(await failureOf(server.url, 50)).toMatchObject({ code: `TRACKER_${problem}` })
  })

  it('gives up after 30 s on an answer that does not come or does not end', async () => {
    await using mute = await raw(() => {})
    await using slow = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nd')
      const drip = setInterval(() => socket.write('1'), 5)
      socket.on('close', () => clearInterval(drip))
    })
    for (const url of [mute.url, slow.url])
      expect(await failureOf(url, 100)).toMatchObject({ code: 'TRACKER_TIMED_OUT', context: { afterMs: 30_000 } })
  })

  it('gives up after 10 s on a connection that is not made', async () => {
    // The TLS handshake, which this server does not answer, belongs to connecting.
    await using mute = await raw(() => {})
    expect(await failureOf(`https://127.0.0.1:${mute.port}/announce`, 100)).toMatchObject({
      code: 'TRACKER_TIMED_OUT',
      context: { afterMs: 10_000 },
    })
  })

  it('says when nobody listens', async () => {
    const server = await raw(() => {})
    await server[Symbol.asyncDispose]()
    expect(await failureOf(server.url)).toMatchObject({
      code: 'TRACKER_UNREACHABLE',
      context: { host: `127.0.0.1:${server.port}`, errno: 'ECONNREFUSED' },
    })
  })

  it('ends what is under way when it is told to, and takes nothing after its end', async () => {
    await using mute = await raw(() => {})
    await using good = await answering(OK)
    const tracker = client()
    await tracker.announce(good.url, request(), NEVER)
    const hanging = errorOf(tracker.announce(mute.url, request(), NEVER))
    const abort = new AbortController()
    const aborted = errorOf(tracker.announce(mute.url, request(), abort.signal))
    abort.abort()
    expect(await aborted).toMatchObject({ code: 'ABORTED' })
    await tracker[Symbol.asyncDispose]()
    expect(await hanging).toMatchObject({ code: 'ABORTED' })
    expect(await errorOf(tracker.announce(good.url, request(), NEVER))).toMatchObject({ code: 'ABORTED' })
  })
})

describe('HTTP announce: redirects (H49, H50)', () => {
  const redirecting = (location: (server: { port: number }) => string, status = 302): Promise<Running> =>
    http((incoming, response) => {
      const port = incoming.socket.localPort!
      if (incoming.url!.startsWith('/target')) response.end(OK)
      else response.writeHead(status, { Location: location({ port }) }).end('moved')
    })

  it.each([301, 302, 303, 307, 308])('follows status %i and asks the same there', async (status) => {
    await using server = await redirecting(() => '/target/announce', status)
    await using tracker = client()
    expect((await tracker.announce(server.url, request(), NEVER)).peers).toHaveLength(1)
    expect(server.requests[1]!.url).toContain('/target/announce?info_hash=%00')
  })

  it('does not add the question to a redirect that has it', async () => {
    await using server = await redirecting(() => '/target/announce?info_hash=x&k=v')
    await using tracker = client()
    await tracker.announce(server.url, request(), NEVER)
    expect(server.requests[1]!.url).toBe('/target/announce?info_hash=x&k=v')
  })

  it('ends a loop after five', async () => {
    await using server = await redirecting(() => '/announce')
    expect(await failureOf(server.url)).toMatchObject({ code: 'TRACKER_RESPONSE_INVALID' })
    expect(server.requests).toHaveLength(6)
  })

  it.each([
    ['a control port', '/transmission/rpc'],
    ['a metadata service', 'http://169.254.169.254/latest/meta-data/'],
    ['a name for a local address', 'http://evil.example/announce'],
    ['this machine, oddly written', 'http://0.0.0.0/announce'],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', 'gopher://127.0.0.1/announce'],
    ['nothing', 'http://'],
    ['port zero', 'http://127.0.0.1:0/announce'],
  ])('refuses one to %s', async (_, location) => {
    await using server = await redirecting(() => location)
    await using tracker = client({ resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) })
    expect(await errorOf(tracker.announce(server.url, request(), NEVER))).toMatchObject({
      code: 'TRACKER_ADDRESS_REFUSED',
      context: { host: `127.0.0.1:${server.port}` },
    })
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '[::1]',
    '[fe80::1]',
    '[fd00::1]',
    '2130706433',
    '[::ffff:127.0.0.1]',
    'localhost',
  ])('refuses one from the internet to %s', async (host) => {
    await using server = await redirecting(({ port }) => `http://${host}:${port}/target/announce`)
    const guard = createAddressGuard({
      allowsLocal: false,
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    })
    const clock = scaledClock()
    using fetcher = new HttpFetcher({ userAgent: 'x', clock })
    const tracker = new HttpTracker({
      clock,
      fetcher,
      // The tracker's own name stands for a public address, whose part the test's server plays.
      guard: {
        resolve: (target, origin) =>
          target === origin ? Promise.resolve([{ address: '127.0.0.1', family: 4 }]) : guard.resolve(target, origin),
      },
    })
    const url = parseTrackerUrl(`http://tracker.example:${server.port}/announce`)
    expect(await errorOf(tracker.announce(url, request(), NEVER))).toMatchObject({ code: 'TRACKER_ADDRESS_REFUSED' })
    expect(server.requests).toHaveLength(1)
  })
})

describe('HTTP announce: certificates (H51)', () => {
  const file = (name: string): Buffer => readFileSync(new URL(`certificates/${name}.pem`, import.meta.url))
  setDefaultCACertificates([...getCACertificates('default'), file('ca').toString()])

  const https = (name: string, listener: RequestListener): Promise<Running> =>
    running(createHttpsServer({ cert: file(name), key: file('key') }, listener), 'https')

  it('accepts one that is right', async () => {
    await using server = await https('good', (_, response) => response.end(OK))
    await using tracker = client()
    for (const host of ['127.0.0.1', 'localhost']) {
      const { peers } = await tracker.announce(server.url.replace('127.0.0.1', host), request(), NEVER)
      expect(peers).toHaveLength(1)
    }
  })

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('refuses one that is %s', async (name, errno) => {
    let isAsked = false
    await using server = await https(name, () => {
      isAsked = true
    })
    expect(await failureOf(server.url)).toMatchObject({ code: 'TRACKER_UNREACHABLE', context: { errno } })
    expect(isAsked).toBe(false)
  })

  it('does not follow a redirect from https to http (H50)', async () => {
    await using plain = await answering(OK)
    await using server = await https('good', (_, response) => response.writeHead(302, { Location: plain.url }).end())
    expect(await failureOf(server.url)).toMatchObject({ code: 'TRACKER_ADDRESS_REFUSED' })
    expect(plain.requests).toHaveLength(0)
  })
})

describe('HTTP announce: numbers (H52, H53)', () => {
  it.each([
    [0, 60, 1],
    [1, 60, 1],
    [5, 60, 5],
    [-1, 60, 1],
    [2 ** 31, 86_400, 86_400],
    [2n ** 62n, 1800, 1800],
    ['soon', 1800, 1800],
  ])('bounds an interval of %s', async (interval, publicS, localS) => {
    const peers = new Uint8Array()
    expect(await answerTo({ interval, peers }, true)).toMatchObject({ intervalS: publicS })
    expect(await answerTo({ interval, peers }, false)).toMatchObject({ intervalS: localS })
  })

  it('lets no minimum be above the interval or below the bound', async () => {
    expect(await answerTo({ interval: 100, 'min interval': 900 }, true)).toMatchObject({
      intervalS: 100,
      minIntervalS: 100,
    })
    expect(await answerTo({ interval: 100, 'min interval': -900 }, true)).toMatchObject({ minIntervalS: 60 })
  })

  it('drops the rest of a list that is no peer', async () => {
    const peers = Uint8Array.of(192, 0, 2, 1, 0, 80, 192, 0, 2, 2, 0, 81, 9)
    expect(await answerTo({ interval: 60, peers, peers6: new Uint8Array(19) })).toMatchObject({
      peers: [
        { host: '192.0.2.1', port: 80 },
        { host: '192.0.2.2', port: 81 },
      ],
    })
  })

  it('takes 2000 of 170,000 peers, and none of the internet that are inside', async () => {
    const peers = new Uint8Array(6 * 170_000)
    for (let i = 0; i < 170_000; i++) peers.set([1 + (i % 9), i >> 16, (i >> 8) & 255, i & 255, 0x1a, 0xe1], 6 * i)
    const isInside = await answerTo(
      { interval: 60, peers: Uint8Array.of(10, 0, 0, 1, 0, 80, 127, 0, 0, 1, 0, 80) },
      true,
    )
    expect(isInside).toMatchObject({ peers: [] })
    expect(((await answerTo({ interval: 60, peers })) as { peers: unknown[] }).peers).toHaveLength(2000)
  })
})

describe('HTTP announce: refusals (H54, H55)', () => {
  const PASSKEY = '0123456789abcdef0123456789abcdef'

  async function refusal(answer: Parameters<typeof encode>[0], status = 200): Promise<unknown> {
    await using server = await answering(encode(answer), {}, status)
    return await failureOf(server.url.replace('/announce', `/${PASSKEY}/announce?user=${PASSKEY}x`))
  }

  it('keeps a short, clean reason without the passkey', async () => {
    const hostile = `<b>\x1b]0;x\x07\u202Eevil\n${PASSKEY}x ${PASSKEY} ${'long '.repeat(200_000)}`
    const error = (await refusal({ 'failure reason': hostile })) as { message: string; context: { reason: string } }
    expect(error).toMatchObject({ code: 'TRACKER_REFUSED', blame: 'remote' })
    expect(error.context.reason).toMatch(/^<b> \]0;x evil \*\*\* \*\*\* long/)
    expect(error.context.reason.length).toBeLessThanOrEqual(512)
    expect(error.message).not.toContain(PASSKEY)
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it('reads when to come back, and never (BEP 31)', async () => {
    expect(await refusal({ 'failure reason': 'busy', 'retry in': 5 })).toMatchObject({ context: { retryInS: 300 } })
    expect(await refusal({ 'failure reason': 'busy', 'retry in': '7' })).toMatchObject({ context: { retryInS: 420 } })
    expect(await refusal({ 'failure reason': 'busy', 'retry in': 1e9 })).toMatchObject({
      context: { retryInS: 604_800 },
    })
    for (const odd of [0, -5, 'soon', []])
      expect(await refusal({ 'failure reason': 'busy', 'retry in': odd })).not.toHaveProperty('context.retryInS')
    expect(await refusal({ 'failure reason': 'go', 'retry in': 'never' })).toMatchObject({ code: 'TRACKER_GONE' })
  })

  it('takes the reason from an answer with an error status too', async () => {
    expect(await refusal({ 'failure reason': 'no' }, 403)).toMatchObject({ code: 'TRACKER_REFUSED' })
    expect(await refusal({ peers: '' }, 500)).toMatchObject({ code: 'TRACKER_HTTP_STATUS', context: { status: 500 } })
    expect(await refusal({}, 410)).toMatchObject({ code: 'TRACKER_GONE' })
  })

  it('never shows a path or query in any error', async () => {
    const path = `/${PASSKEY}/announce?key=${PASSKEY}`
    const bodies: [string, number][] = [
      ['x', 200],
      ['x', 500],
      ['x', 410],
      ['d14:failure reason3:bade', 200],
    ]
    const errors: unknown[] = []
    for (const [body, status] of bodies) {
      await using server = await answering(body, {}, status)
      errors.push(await failureOf(server.url.replace('/announce', path)))
    }
    errors.push(await failureOf(`http://127.0.0.1:1${path}`), await failureOf(`http://[::g]${path}`))
    errors.push(await failureOf(`wss://tracker.example${path}`), await failureOf(PASSKEY))
    for (const error of errors) {
      const { stack = '', message } = error as Error
      expect([message, stack, JSON.stringify(error)].join('\n')).not.toContain(PASSKEY)
    }
  })
})

describe('announce: names and addresses (H57)', () => {
  const resolving = (...addresses: string[]): { resolve: () => Promise<{ address: string; family: number }[]> } => ({
    resolve: () => Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
  })

  it.each(['http', 'udp'])(
    'does not connect by %s to a public name that stands for a local address',
    async (scheme) => {
      await using server = await answering(OK)
      for (const address of [
        '127.0.0.1',
        '10.1.2.3',
        '192.168.0.1',
        '172.16.0.1',
        '::1',
        'fd00::1',
        '::ffff:127.0.0.1',
        '0.0.0.0',
        'fe80::1%lo',
      ]) {
        await using tracker = client(resolving(address))
        const url = `${scheme}://tracker.example:${server.port}/announce`
        expect(await errorOf(tracker.announce(url, request(), NEVER))).toMatchObject({
          code: 'TRACKER_ADDRESS_REFUSED',
          blame: 'remote',
        })
      }
      expect(server.requests).toHaveLength(0)
    },
  )

  it('judges each address of a name', async () => {
    const guard = createAddressGuard({
      allowsLocal: false,
      ...resolving('127.0.0.1', '192.0.2.7', '10.0.0.1', '2001:db8::7'),
    })
    const url = parseTrackerUrl('http://tracker.example/announce')
    expect(await guard.resolve(url, url)).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '2001:db8::7', family: 6 },
    ])
  })

  it('connects to the addresses that were judged, not to the name', async () => {
    await using server = await answering(OK)
    let lookups = 0
    await using tracker = client({
      allowLocal: true,
      resolve: () => {
        lookups++
        return Promise.resolve([{ address: '127.0.0.1', family: 4 }])
      },
    })
    await tracker.announce(`http://tracker.example:${server.port}/announce`, request(), NEVER)
    expect(lookups).toBe(1)
    expect(server.requests[0]!.headers.host).toBe(`tracker.example:${server.port}`)
  })

  it('asks local addresses that the URL names, on a path of a tracker only', async () => {
    await using server = await answering(OK)
    await using tracker = client()
    for (const host of ['127.0.0.1', 'localhost', '2130706433']) {
      const { peers } = await tracker.announce(`http://${host}:${server.port}/x/announce.php?a=/b`, request(), NEVER)
      expect(peers).toHaveLength(1)
    }
    for (const path of ['/', '/transmission/rpc', '/rpc?/announce', '/announce/x'])
      expect(await errorOf(tracker.announce(`http://127.0.0.1:${server.port}${path}`, request(), NEVER))).toMatchObject(
        {
          code: 'TRACKER_ADDRESS_REFUSED',
        },
      )
    expect(server.requests).toHaveLength(3)
  })

  it('says when a name cannot be found', async () => {
    await using tracker = client({
      resolve: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
    })
    expect(await errorOf(tracker.announce('udp://tracker.example/announce', request(), NEVER))).toMatchObject({
      code: 'TRACKER_UNREACHABLE',
      context: { host: 'tracker.example', errno: 'ENOTFOUND' },
    })
  })

  it('does not wait for a resolver longer than it is told', async () => {
    await using tracker = client({ resolve: () => new Promise(() => {}), clock: scaledClock(200) })
    for (const scheme of ['http', 'udp'])
      expect(await errorOf(tracker.announce(`${scheme}://tracker.example/announce`, request(), NEVER))).toMatchObject({
        code: 'TRACKER_TIMED_OUT',
      })
  })
})

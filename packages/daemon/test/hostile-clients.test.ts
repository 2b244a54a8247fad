// What strangers and broken programs do to remote control, over real sockets. After each of them the daemon still answers its
// owner.

import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingHttpHeaders, RequestOptions } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createHttpClient, createHttpControl } from '@ccbt/rpc-client'
import { buildTorrent } from '@ccbt/metainfo'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { AccessTable, hashPassword, openDatabase, startDaemon } from '../src/index.ts'
import type { Daemon } from '../src/index.ts'

const PASSWORD = 'the right one'
const AUTHORIZATION = `Basic ${Buffer.from(`ccbt:${PASSWORD}`).toString('base64')}`

let folder: string
let daemon: Daemon
let port: number
const tokens = { read: '', control: '' }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ccbt-daemon-'))
  const stateDir = join(folder, 'state')
  const database = openDatabase(stateDir)
  const access = new AccessTable(database)
  access.setPasswordHash(await hashPassword(PASSWORD))
  tokens.read = access.createToken('r', 'read')
  tokens.control = access.createToken('c', 'control')
  database.close()
  daemon = await startDaemon({
    version: '0',
    session: { stateDir, bind: { v4: '127.0.0.1' } },
    downloadDirectory: join(folder, 'downloads'),
    remote: {
      addresses: [{ host: '127.0.0.1', port: 0 }],
      hostNames: ['Box.example'],
      basePath: '/torrents/',
      // Each test is another client, so that none has to wait for another one's wrong passwords.
      trustedProxies: ['127.0.0.1'],
    },
  })
  port = daemon.httpPorts[0]!
})

afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  await using owner = createHttpControl({ socketPath: daemon.socketPath })
  expect((await owner.info()).pid).toBe(process.pid)
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

type AskOptions = Omit<RequestOptions, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

let client = 0

/** A request of a client of its own that knows the password, unless `options` say otherwise. */
function ask(options: AskOptions, body: string | Buffer = ''): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const from = `192.0.2.${client++ % 250}`
  const headers = { authorization: AUTHORIZATION, 'x-forwarded-for': from, ...options.headers }
  const sent = request({ host: '127.0.0.1', port, agent: false, ...options, headers }, (response) => {
    const parts: Buffer[] = []
    response.on('data', (part: Buffer) => parts.push(part))
    response.on('error', reject)
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: Buffer.concat(parts).toString(),
      }),
    )
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}

function rpc(method: string, params: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const json = { 'content-type': 'application/json', ...headers }
  return ask({ method: 'POST', path: '/ccbt/rpc', headers: json }, JSON.stringify({ method, params }))
}

function open(): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ host: '127.0.0.1', port }, () => resolve(socket))
  socket.on('error', reject)
  return promise
}

/** Everything that comes until the other side closes. */
function rest(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  socket.on('data', (part) => (text += part.toString('latin1')))
  socket.on('error', () => {})
  socket.on('close', () => resolve(text))
  return promise
}

describe('browsers of others', () => {
  it.each([
    [{ host: 'evil.example' }, 403],
    [{ host: 'evil.example:9091' }, 403],
    [{ host: 'box.example' }, 200],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, 403],
    [{ origin: 'https://box.example' }, 200],
  ])('a request with %j gets %i', async (headers, status) => {
    expect((await rpc('ccbt-state', {}, headers)).status).toBe(status)
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'cannot send a form of type %j that does something',
    async (type) => {
      const { status } = await rpc('ccbt-stop', {}, { 'content-type': type })
      expect(status).toBe(415)
    },
  )

  it('are told to frame, sniff and load nothing', async () => {
    const { headers } = await rpc('ccbt-state', {})
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(/^default-src 'self';(?!.*unsafe)/),
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it('get no session id of Transmission without the password', async () => {
    const denied = await ask({ path: '/transmission/rpc', headers: { authorization: 'Basic eDp5' } })
    expect(denied).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.stringContaining('Basic') } })
    expect(denied.headers['x-transmission-session-id']).toBeUndefined()
    expect((await ask({ path: '/transmission/rpc' })).status).toBe(409)
  })
})

describe('scopes', () => {
  const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })

  it.each([
    ['read', 'ccbt-state', 200],
    ['read', 'ccbt-act', 403],
    ['read', 'ccbt-add', 403],
    ['read', 'ccbt-stop', 403],
    ['control', 'ccbt-act', 200],
    ['read', 'ccbt-limit-label', 403],
    // It may, but has to name one.
    ['control', 'ccbt-limit-label', 422],
    ['control', 'ccbt-limit', 403],
    ['control', 'ccbt-reload', 403],
  ] as const)('a token to %s asking for %s gets %i', async (scope, method, status) => {
    const params = { ids: [], action: { type: 'start' } }
    expect((await rpc(method, params, bearer(tokens[scope]))).status).toBe(status)
  })

  it('count in the protocol of Transmission as well', async () => {
    const call = async (token: string, method: string): Promise<unknown> => {
      const { headers } = await ask({ path: '/transmission/rpc', headers: bearer(token) })
      const id = String(headers['x-transmission-session-id'])
      const options = {
        path: '/transmission/rpc',
        method: 'POST',
        headers: { ...bearer(token), 'x-transmission-session-id': id },
      }
      return JSON.parse((await ask(options, JSON.stringify({ method, arguments: { ids: [] } }))).text) as unknown
    }
    const refused = { result: expect.stringContaining('scope') }
    expect(await call(tokens.read, 'torrent-get')).not.toMatchObject(refused)
    expect(await call(tokens.read, 'torrent-stop')).toMatchObject(refused)
    expect(await call(tokens.control, 'torrent-stop')).not.toMatchObject(refused)
    expect(await call(tokens.control, 'session-set')).toMatchObject(refused)
  })
})

describe('guessing', () => {
  it('is stopped for the address that does it, and for no other', async () => {
    const from = { 'x-forwarded-for': '203.0.113.7' }
    const wrong = { ...from, authorization: 'Bearer ccbt_wrong' }
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await rpc('ccbt-state', {}, wrong)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
    const right = await rpc('ccbt-state', {}, from)
    expect(right).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } })
    expect((await rpc('ccbt-state', {})).status).toBe(200)
  })
})

describe('paths', () => {
  it.each([
    ['/torrents/ccbt/events?interval=x', 200],
    ['/nowhere/../ccbt/rpc', 415],
    ['/ccbt/rpc%00', 400],
    ['/ccbt%2frpc', 400],
    ['/..%5c..%5cetc/passwd', 400],
    ['/../../../../etc/passwd', 404],
    ['/%2e%2e/%2e%2e/etc/passwd', 404],
    ['//evil.example/ccbt/rpc', 404],
    ['/__proto__', 404],
    ['/torrents/nowhere', 404],
  ])('%s gets %i', async (path, status) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const headers = { authorization: AUTHORIZATION }
    const sent = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.on('error', () => {})
      resolve(response.statusCode ?? 0)
      sent.destroy()
    })
    sent.on('error', reject)
    sent.end()
    expect(await promise).toBe(status)
  })

  it('of the base are the same as those without', async () => {
    const address = { host: '127.0.0.1', port, password: PASSWORD, basePath: '/torrents' }
    await using other = createHttpClient(address)
    expect((await other.state()).torrents).toEqual([])
  })
})

describe('folders', () => {
  const source = buildTorrent({
    name: 'x',
    pieceLength: 16_384,
    files: [{ path: ['x'], length: 1 }],
    isMultiFile: false,
    pieceHashes: new Uint8Array(20),
    trackers: [],
  })
  const torrentFile = Buffer.from(source).toString('base64')

  it.each(['/etc/cron.d', '/', '../..', 'relative', `/tmp/a\0b`])(
    '%j is refused over the network',
    async (directory) => {
      const { status, text } = await rpc('ccbt-add', { torrentFile, directory, isPaused: true })
      expect([status, text]).toEqual([422, expect.stringContaining('daemon.roots')])
    },
  )
})

describe('what is too much', () => {
  it('a body of 1 GB is refused before it is sent', async () => {
    const socket = await open()
    const answer = rest(socket)
    socket.write(
      `POST /ccbt/rpc HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${AUTHORIZATION}\r\nContent-Length: 1000000000\r\n\r\n{`,
    )
    expect(await answer).toMatch(/^HTTP\/1.1 413 /)
  })

  it('a body without a length is refused when it gets too long', async () => {
    const part = Buffer.alloc(1_048_576, 0x20)
    const { promise, resolve } = Promise.withResolvers<number>()
    const headers = { authorization: AUTHORIZATION, 'content-type': 'application/json' }
    const sent = request({ host: '127.0.0.1', port, path: '/ccbt/rpc', method: 'POST', headers }, (response) => {
      response.resume()
      response.on('error', () => {})
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', () => resolve(413)) // it may close before we have read why
    for (let i = 0; i < 40 && !sent.destroyed; i++) sent.write(part)
    sent.end()
    expect(await promise).toBe(413)
  })

  it('a body is not even read of who has no password', async () => {
    const socket = await open()
    const answer = rest(socket)
    socket.write('POST /ccbt/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{')
    expect(await answer).toMatch(/^HTTP\/1.1 401 [^]*connection: close/i)
  })

  it.each([
    ['headers of 1 MB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`, 431],
    ['what is no HTTP', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 hello\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['an old version without a host', 'GET / HTTP/1.0\r\n\r\n', 403],
  ])('%s', async (_, text, status) => {
    const socket = await open()
    const answer = rest(socket)
    socket.write(text, 'latin1')
    expect(await answer).toMatch(new RegExp(`^HTTP/1\\.[01] ${status} `))
  })

  it('requests that come before the answers are answered in their order', async () => {
    const socket = await open()
    const answer = rest(socket)
    const one = (path: string, last = ''): string =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${AUTHORIZATION}\r\n${last}\r\n`
    const many = Array.from({ length: 200 }, (_, i) => one(i % 2 === 0 ? '/nowhere' : '/transmission/rpc'))
    socket.write(many.join('') + one('/nowhere', 'Connection: close\r\n'))
    const statuses = Array.from((await answer).matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status))
    expect(statuses).toEqual([...many.map((_, i) => (i % 2 === 0 ? 404 : 409)), 404])
  })

  it('JSON that is deep, long or of the wrong kind is an error of that request', async () => {
    const deep = `{"method":"ccbt-act","params":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    const json = { 'content-type': 'application/json' }
    expect((await ask({ method: 'POST', path: '/ccbt/rpc', headers: json }, deep)).status).toBe(400)
    const ids = Array.from({ length: 1_000_000 }, (_, i) => i)
    expect((await rpc('ccbt-act', { ids, action: { type: 'start' } })).status).toBe(422)
    for (const method of ['__proto__', 'constructor', 'toString', '']) expect((await rpc(method, {})).status).toBe(400)
    for (const body of ['', 'null', '[]', '{"method":1}', '{"method":"ccbt-state","params":[]}', '\xff\xfe']) {
      expect((await ask({ method: 'POST', path: '/ccbt/rpc', headers: json }, body)).status).toBe(400)
    }
  })

  it('a client that sends its headers drop by drop is cut off', async () => {
    const socket = await open()
    const answer = rest(socket)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n')
    const drip = setInterval(() => socket.write('X: y\r\n'), 500)
    expect(await answer).toMatch(/^(HTTP\/1.1 408 |$)/)
    clearInterval(drip)
  })

  it('a stream ends for who has gone', async () => {
    const socket = await open()
    socket.write(`GET /ccbt/events?interval=250 HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${AUTHORIZATION}\r\n\r\n`)
    const closed = rest(socket)
    socket.end()
    expect(await closed).toContain('text/event-stream')
  })
})

describe('addresses', () => {
  const start = (addresses: readonly { host: string; port: number }[], isOpen = false): Promise<Daemon> =>
    startDaemon({
      version: '0',
      session: { stateDir: mkdtempSync(join(folder, 'other-')), bind: { v4: '127.0.0.1' } },
      downloadDirectory: folder,
      remote: { addresses, isOpen },
    })

  it('one computer cannot take all connections', async () => {
    await using other = await start([{ host: '127.0.0.1', port: 0 }])
    const sockets = await Promise.all(
      Array.from({ length: 130 }, async () => {
        const { promise, resolve } = Promise.withResolvers<Socket>()
        const socket = connect({ host: '127.0.0.1', port: other.httpPorts[0]! }, () => resolve(socket))
        socket.on('error', () => resolve(socket))
        return promise
      }),
    )
    await expect
      .poll(() => sockets.filter((socket) => socket.closed || socket.readableEnded).length)
      .toBeGreaterThan(29)
    for (const socket of sockets) socket.destroy()
  })

  it.each(['0.0.0.0', '192.0.2.1', '::', 'box.example'])('%s is not possible without a password', async (host) => {
    await expect(start([{ host, port: 0 }], true)).rejects.toMatchObject({ code: 'DAEMON_REQUEST_INVALID' })
  })

  it('on loopback are, when the user wants that', async () => {
    await using other = await start([{ host: '127.0.0.1', port: 0 }], true)
    await using guest = createHttpClient({ host: '127.0.0.1', port: other.httpPorts[0]! })
    expect((await guest.state()).torrents).toEqual([])
  })

  it('that are taken are said to be', async () => {
    await expect(start([{ host: '127.0.0.1', port }])).rejects.toMatchObject({ code: 'DAEMON_LISTEN_FAILED' })
  })
})

import { createSocket } from 'node:dgram'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'

import { describe, expect, it } from 'vitest'

import { createTrackerServer } from '@ccbt/discovery'
import type { TrackerRequest } from '@ccbt/discovery'

import { client, errorOf, NEVER, request } from './helpers.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))

const peer = (n: number, changes: Partial<TrackerRequest> = {}): TrackerRequest =>
  request({ port: 7000 + n, peerId: new TextEncoder().encode(`-CC0001-peer0000000${n}`), ...changes })

/** The status of a plain HTTP request. */
function statusOf(port: number, path: string, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject).end()
  })
}

/** Sends raw bytes by TCP and waits for the end of the connection. */
function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('data', (data) => {
      received += data.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(received))
  })
}

const FACES = [
  ['http', '127.0.0.1'],
  ['udp', '127.0.0.1'],
  ['http', '::1'],
  ['udp', '::1'],
] as const

describe('tracker server with our client', () => {
  it.each(FACES.filter(([, host]) => hasIpv6 || host !== '::1'))('introduces peers by %s on %s', async (face, host) => {
    await using server = await createTrackerServer({ port: 0, host, intervalMs: 7000 })
    await using tracker = client()
    const url = server.announceUrls.find((each) => each.startsWith(face))!

    const first = await tracker.announce(url, peer(1), NEVER)
    expect(first.intervalS).toBe(7)
    const second = await tracker.announce(url, peer(2, { stats: { uploaded: 0, downloaded: 0, left: 0 } }), NEVER)
    expect(second.peers).toContainEqual({ host, port: 7001 })
    expect([second.seeders, second.leechers]).toEqual([1, 1])

    const completed = await tracker.announce(
      url,
      peer(1, { event: 'completed', stats: { uploaded: 0, downloaded: 3, left: 0 } }),
      NEVER,
    )
    expect([completed.seeders, completed.leechers]).toEqual([2, 0])
    await tracker.announce(url, peer(1, { event: 'stopped' }), NEVER)
    const last = await tracker.announce(
      url,
      peer(2, { event: 'update', stats: { uploaded: 0, downloaded: 0, left: 0 } }),
      NEVER,
    )
    expect(last.peers).toEqual([{ host, port: 7002 }])
    expect([last.seeders, last.leechers]).toEqual([1, 0])
  })

  it('keeps the swarms of HTTP and UDP together', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    await using tracker = client()
    const [http, udp] = server.announceUrls
    await tracker.announce(http!, peer(1), NEVER)
    expect((await tracker.announce(udp!, peer(2), NEVER)).peers).toContainEqual({ host: '127.0.0.1', port: 7001 })
  })

  it('serves only what the filter lets through', async () => {
    await using server = await createTrackerServer({
      port: 0,
      host: '127.0.0.1',
      filter: (hash) => hash.startsWith('ff'),
    })
    await using tracker = client()
    for (const url of server.announceUrls) {
      expect(await errorOf(tracker.announce(url, peer(1), NEVER))).toMatchObject({
        code: 'TRACKER_REFUSED',
        context: { reason: 'torrent not served here' },
      })
      const served = request({ infoHash: new Uint8Array(20).fill(0xff) })
      expect((await tracker.announce(url, served, NEVER)).intervalS).toBe(600)
    }
  })

  it('forgets the torrent that was asked for longest ago', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1', maxTorrents: 2 })
    await using tracker = client()
    const url = server.announceUrls[0]!
    const announce = (n: number, port: number): Promise<unknown> =>
      tracker.announce(url, request({ infoHash: new Uint8Array(20).fill(n), port }), NEVER)
    await announce(1, 7001)
    await announce(2, 7002)
    await announce(1, 7003)
    await announce(3, 7004)
    expect(await announce(1, 7005)).toMatchObject({ leechers: 3 })
    expect(await announce(2, 7006)).toMatchObject({ leechers: 1 })
  })

  it('listens on all interfaces without a host, and tells an address of the network', async () => {
    await using server = await createTrackerServer({ port: 0 })
    await using tracker = client()
    for (const host of hasIpv6 ? ['127.0.0.1', '[::1]'] : ['127.0.0.1']) {
      for (const scheme of ['http', 'udp']) {
        const url = `${scheme}://${host}:${server.port}/announce`
        expect((await tracker.announce(url, peer(1), NEVER)).leechers).toBe(1)
        await tracker.announce(url, peer(1, { event: 'stopped' }), NEVER)
      }
    }
    expect(server.announceUrls.every((url) => !url.includes('0.0.0.0') && !url.includes('[::]'))).toBe(true)
  })

  it('names the port that is in use', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    for (const faces of [{ http: true }, { http: false }]) {
      expect(await errorOf(createTrackerServer({ port: server.port, host: '127.0.0.1', ...faces }))).toMatchObject({
        code: 'TRACKER_LISTEN_FAILED',
        blame: 'input',
        context: { errno: 'EADDRINUSE' },
      })
    }
  })
})

describe('tracker server under hostile input', () => {
  const HASH = '%01'.repeat(20)
  const PEER = `peer_id=${'a'.repeat(20)}`

  it('answers nothing but announces and named scrapes', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    for (const path of ['/', '/stats', '/stats.json', '/scrape', '/scrape?x=1', '/announce/../stats']) {
      expect([path, await statusOf(server.port, path)]).toEqual([path, 404])
    }
    expect(await statusOf(server.port, '/announce', 'POST')).toBe(405)
    expect(await statusOf(server.port, `/scrape?info_hash=${HASH}`)).toBe(200)
  })

  it('survives odd HTTP requests', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    const good = `info_hash=${HASH}&${PEER}&port=1&left=0`
    const queries = [
      '',
      good,
      `${good}&compact=2`,
      `${good}&compact=1e400&numwant=-5`,
      `${good}&numwant=1e400`,
      `${good}&event=__proto__`,
      `${good}&event=constructor`,
      `${good}&event=error`,
      `${good}&event=started&event=stopped`,
      `${good}&info_hash=${HASH}`,
      `${good}&left=${'9'.repeat(400)}`,
      `__proto__=1&constructor=2&${good}`,
      'info_hash=%FF%zz',
      `info_hash=__proto__&${PEER}&port=1`,
    ]
    for (const query of queries) expect(await statusOf(server.port, `/announce?${query}`)).toBeLessThan(500)
    for (const query of [`info_hash=${HASH}`.repeat(3), `info_hash=${HASH}&`.repeat(200), 'info_hash=__proto__'])
      expect(await statusOf(server.port, `/scrape?${query}`)).toBeLessThan(500)
    await using tracker = client()
    expect((await tracker.announce(server.announceUrls[0]!, peer(1), NEVER)).leechers).toBe(1)
  })

  it('answers an odd wish for a format in the compact one', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    const answer = await sendRaw(
      server.port,
      `GET /announce?info_hash=${HASH}&${PEER}&port=258&compact=2 HTTP/1.1\r\nHost: x\r\n\r\n`,
    )
    expect(answer).toContain('5:peers6:\x7f\0\0\x01\x01\x02')
  })

  it('survives what is no HTTP at all', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    const garbage = [
      '\x00\xff\x00\xff\r\n\r\n',
      'GET /announce HTTP/9.9\r\n\r\n',
      `GET /announce?${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
      `GET /announce HTTP/1.1\r\n${'X: y\r\n'.repeat(20_000)}\r\n`,
      `POST /announce HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n`,
      'GET /announce HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n',
      '\x13BitTorrent protocol',
    ]
    for (const bytes of garbage) expect(await sendRaw(server.port, bytes)).not.toContain('interval')
    await using tracker = client()
    expect((await tracker.announce(server.announceUrls[0]!, peer(1), NEVER)).leechers).toBe(1)
  })

  it('gives garbage datagrams, and those without an id of ours, no answer', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    const socket = createSocket('udp4')
    let answers = 0
    socket.on('message', () => answers++)
    const magic = Buffer.from('0000041727101980', 'hex')
    const announce = Buffer.alloc(98)
    magic.copy(announce)
    announce.writeUInt32BE(1, 8)
    const packets: Buffer[] = [
      Buffer.alloc(0),
      Buffer.alloc(15),
      magic,
      announce,
      Buffer.alloc(16, 0xff),
      Buffer.alloc(1400, 1),
    ]
    for (let length = 0; length < 120; length += 7) packets.push(Buffer.from(magic), Buffer.alloc(length, length))
    for (const packet of packets) socket.send(packet, server.port, '127.0.0.1')
    // An announce behind them all has been answered: so have those, had they been.
    await using tracker = client()
    expect((await tracker.announce(server.announceUrls[1]!, peer(1), NEVER)).leechers).toBe(1)
    expect(answers).toBe(0)
    await new Promise<void>((resolve) => socket.close(() => resolve()))
  })

  it('takes the address of a UDP client from its datagram, not from its claim', async () => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    const socket = createSocket('udp4')
    const ask = (packet: Buffer): Promise<Buffer> =>
      new Promise((resolve) => {
        socket.once('message', resolve)
        socket.send(packet, server.port, '127.0.0.1')
      })
    const id = (await ask(Buffer.from('00000417271019800000000000000001', 'hex'))).subarray(8, 16)
    const announce = Buffer.alloc(98)
    id.copy(announce)
    announce.writeUInt32BE(1, 8)
    announce.writeUInt32BE(2, 12)
    announce.fill(9, 16, 56)
    announce.writeUInt32BE(2, 80)
    announce.writeUInt32BE(0x08_08_08_08, 84)
    announce.writeUInt16BE(9999, 96)
    const answer = await ask(announce)
    expect(answer.subarray(20).toString('hex')).toBe('7f000001270f')
    await new Promise<void>((resolve) => socket.close(() => resolve()))
  })
})

// Scrapes (BEP 48 and BEP 15) against servers of the test's own making and against the tracker server.

import { createSocket } from 'node:dgram'
import type { RemoteInfo } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { encode, keyOf } from '@ccbt/bencode'
import { createTrackerServer } from '@ccbt/discovery'

import { scrapeBatches } from '../../src/tracker/scrape-batches.ts'
import { parseTrackerUrl } from '../../src/tracker/tracker-url.ts'
import { client, errorOf, NEVER, request } from './helpers.ts'

/** The n-th of many hashes, with bytes of every kind. */
const hash = (n: number): Uint8Array => Uint8Array.from({ length: 20 }, (_, i) => (n * 31 + i * 67) & 0xff)
const hashes = (count: number): Uint8Array[] => Array.from({ length: count }, (_, n) => hash(n))

interface Web extends AsyncDisposable {
  readonly url: string
  readonly paths: string[]
}

/** Answers every request with what `answer` makes of its path. */
async function web(answer: (path: string) => Uint8Array | string, path = '/announce'): Promise<Web> {
  const paths: string[] = []
  const server = createServer((incoming, response) => {
    paths.push(incoming.url!)
    response.end(answer(incoming.url!))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const file = (n: number): { complete: number; incomplete: number; downloaded: number } => ({
  complete: n,
  incomplete: 2 * n,
  downloaded: 3 * n,
})

describe('HTTP scrape (BEP 48)', () => {
  it('asks where the announce URL says, and reads the counts in the order of the question', async () => {
    const known = Object.fromEntries([3, 1].map((n) => [keyOf(hash(n)), file(n)]))
    await using server = await web(() => encode({ files: keyed(known) }), '/x/announce.php?passkey=secret')
    await using tracker = client()
    expect(await tracker.scrape(server.url, [hash(1), hash(2), hash(3)], NEVER)).toEqual([
      { seeders: 1, leechers: 2, downloaded: 3 },
      undefined,
      { seeders: 3, leechers: 6, downloaded: 9 },
    ])
    expect(server.paths).toHaveLength(1)
    expect(server.paths[0]).toMatch(
      /^\/x\/scrape\.php\?passkey=secret&info_hash=[^&]+&info_hash=[^&]+&info_hash=[^&]+$/,
    )
  })

  it('asks about hundreds in URLs of a length that every server takes', async () => {
    await using server = await web(() => encode({ files: {} }))
    await using tracker = client()
    expect(await tracker.scrape(server.url, hashes(300), NEVER)).toHaveLength(300)
    expect(server.paths.length).toBeLessThan(15)
    for (const path of server.paths) expect(path.length).toBeLessThanOrEqual(2000)
    expect(server.paths.flatMap((path) => path.match(/info_hash=/g) ?? [])).toHaveLength(300)
    expect(await tracker.scrape(server.url, [], NEVER)).toEqual([])
  })

  it.each<[string, Parameters<typeof encode>[0] | string, string]>([
    ['no list', { flags: {} }, 'TRACKER_RESPONSE_INVALID'],
    ['a list of something else', { files: ['x'] }, 'TRACKER_RESPONSE_INVALID'],
    ['HTML', '<html>', 'TRACKER_RESPONSE_INVALID'],
    ['a refusal', { 'failure reason': 'no' }, 'TRACKER_REFUSED'],
  ])('refuses %s', async (_, answer, code) => {
    await using server = await web(() => (typeof answer === 'string' ? answer : encode(answer)))
    await using tracker = client()
    expect(await errorOf(tracker.scrape(server.url, [hash(1)], NEVER))).toMatchObject({ code })
  })

  it('takes odd counts as none', async () => {
    const odd = { complete: -1, incomplete: 'x', downloaded: 2 ** 40 }
    await using server = await web(() => encode({ files: keyed({ [keyOf(hash(1))]: odd }) }))
    await using tracker = client()
    expect(await tracker.scrape(server.url, [hash(1)], NEVER)).toEqual([{ seeders: 0, leechers: 0, downloaded: 0 }])
  })

  it.each(['/a', '/announce/x', '/x?y=/announce'])('asks nothing when the path is %s', async (path) => {
    await using tracker = client()
    const url = `http://tracker.example${path}`
    expect(await errorOf(tracker.scrape(url, [hash(1)], NEVER))).toMatchObject({ code: 'TRACKER_SCRAPE_UNSUPPORTED' })
  })
})

/** A dictionary with keys of bytes: `encode` takes them as text, so they are put in behind it. */
function keyed(entries: Record<string, Parameters<typeof encode>[0]>): Map<Uint8Array, Parameters<typeof encode>[0]> {
  return new Map(Object.entries(entries).map(([key, value]) => [Buffer.from(key, 'latin1'), value]))
}

interface UdpLab extends AsyncDisposable {
  readonly url: string
  /** Hashes in each scrape. */
  readonly sizes: number[]
}

/** A UDP tracker whose n-th torrent has n seeders; `cut` shortens its answers. */
async function udpLab(cut = (answer: Buffer): Buffer => answer): Promise<UdpLab> {
  const sizes: number[] = []
  const socket = createSocket('udp4')
  socket.on('message', (packet: Buffer, from: RemoteInfo) => {
    const reply = (answer: Buffer): void => socket.send(answer, from.port, from.address)
    const head = Buffer.concat([packet.subarray(8, 12), packet.subarray(12, 16)])
    if (packet.readUInt32BE(8) === 0) return reply(Buffer.concat([head, Buffer.alloc(8, 7)]))
    const count = (packet.length - 16) / 20
    const first = sizes.reduce((sum, size) => sum + size, 0)
    sizes.push(count)
    const body = Buffer.alloc(12 * count)
    for (let i = 0; i < count; i++) {
      body.writeUInt32BE(first + i, 12 * i)
      body.writeUInt32BE(100, 12 * i + 4)
      body.writeUInt32BE(7, 12 * i + 8)
    }
    reply(cut(Buffer.concat([head, body])))
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    url: `udp://127.0.0.1:${socket.address().port}/announce`,
    sizes,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

describe('UDP scrape (BEP 15)', () => {
  it('asks about 74 in a datagram', async () => {
    await using lab = await udpLab()
    await using tracker = client()
    const counts = await tracker.scrape(lab.url, hashes(150), NEVER)
    expect(lab.sizes).toEqual([74, 74, 2])
    expect(counts).toEqual(hashes(150).map((_, n) => ({ seeders: n, leechers: 7, downloaded: 100 })))
  })

  it('knows nothing of what a short answer leaves out', async () => {
    await using lab = await udpLab((answer) => answer.subarray(0, 8 + 12 + 11))
    await using tracker = client()
    expect(await tracker.scrape(lab.url, hashes(3), NEVER)).toEqual([
      { seeders: 0, leechers: 7, downloaded: 100 },
      undefined,
      undefined,
    ])
  })
})

describe('scrape', () => {
  it.each(['http', 'udp'])('counts what announced to the tracker server by %s', async (scheme) => {
    await using server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
    await using tracker = client()
    const url = `${scheme}://127.0.0.1:${server.port}/announce`
    const seed = { uploaded: 0, downloaded: 0, left: 0 }
    await tracker.announce(url, request({ infoHash: hash(1), stats: seed, port: 7001 }), NEVER)
    await tracker.announce(url, request({ infoHash: hash(1), peerId: hash(9), port: 7002 }), NEVER)
    await tracker.announce(url, request({ infoHash: hash(2) }), NEVER)
    expect(await tracker.scrape(url, [hash(2), hash(1)], NEVER)).toMatchObject([
      { seeders: 0, leechers: 1 },
      { seeders: 1, leechers: 1 },
    ])
  })

  it('ends when it is told to', async () => {
    await using tracker = client()
    const aborted = AbortSignal.abort()
    for (const url of ['http://192.0.2.1/announce', 'udp://192.0.2.1/announce'])
      expect(await errorOf(tracker.scrape(url, [hash(1)], aborted))).toMatchObject({ code: 'ABORTED' })
  })

  it('cuts any list into batches that fit, without loss or change of order', () => {
    const bytes = fc.uint8Array({ minLength: 20, maxLength: 20 })
    const url = fc.constantFrom(
      'http://a.example/announce',
      `http://a.example/${'x'.repeat(2500)}/announce`,
      'udp://a.example:1',
    )
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 400, size: 'max' }), url, (list, text) => {
        const batches = scrapeBatches(parseTrackerUrl(text), list)
        expect(batches.flat()).toEqual(list)
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(text.startsWith('udp') ? 74 : 120)
        }
      }),
      { numRuns: 40 },
    )
  })
})

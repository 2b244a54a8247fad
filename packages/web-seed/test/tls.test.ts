import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls'

import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { content, fetchRange, http, NEVER, running, seedOf, serveFile } from './support.ts'
import type { Running } from './support.ts'

const DATA = content(3_000_000)

const file = (name: string): Buffer =>
  readFileSync(new URL(`../../discovery/test/tracker/certificates/${name}.pem`, import.meta.url))
setDefaultCACertificates([...getCACertificates('default'), file('ca').toString()])

const https = (name: string, listener: RequestListener): Promise<Running> =>
  running(createServer({ cert: file(name), key: file('key') }, listener), 'https')

describe('https', () => {
  it.each(['127.0.0.1', 'localhost'])('fetches from %s, on one connection', async (host) => {
    const names: unknown[] = []
    await using server = await https('good', (incoming, response) => {
      if (incoming.socket instanceof TLSSocket) names.push(incoming.socket.servername)
      serveFile(incoming, response, DATA)
    })
    using seed = seedOf(server.url.replace('127.0.0.1', host), DATA)
    for (const [offset, length] of [
      [0, 3_000_000],
      [17, 2_000_000],
    ] as const) {
      const { outcome, bytes } = await fetchRange(seed, offset, length)
      expect(outcome).toEqual({ kind: 'done' })
      expect(Buffer.from(bytes).equals(DATA.subarray(offset, offset + length))).toBe(true)
    }
    expect(server.connections()).toBe(1)
    expect(names[0]).toBe(host === 'localhost' ? 'localhost' : false)
  })

  it('can be paused', async () => {
    await using server = await https('good', (incoming, response) => serveFile(incoming, response, DATA))
    using seed = seedOf(server.url, DATA)
    let length = 0
    const sink = {
      data(bytes: Uint8Array): void {
        length += bytes.length
        fetch.pause()
        setTimeout(() => fetch.resume(), 1)
      },
    }
    const fetch = seed.fetch({ offset: 0, length: DATA.length }, sink, NEVER)
    expect(await fetch.result).toEqual({ kind: 'done' })
    expect(length).toBe(DATA.length)
  })

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('refuses a certificate that is %s (H51)', async (name, errno) => {
    let requests = 0
    await using server = await https(name, () => requests++)
    using seed = seedOf(server.url, DATA)
    const { outcome } = await fetchRange(seed, 0, 10)
    expect(outcome).toMatchObject({
      kind: 'failed',
      isPermanent: false,
      reason: expect.stringContaining(errno) as string,
    })
    expect(requests).toBe(0)
  })

  it('does not follow a redirect to http (H50)', async () => {
    await using plain = await http((incoming, response) => serveFile(incoming, response, DATA))
    await using server = await https('good', (_, response) => response.writeHead(302, { Location: plain.url }).end())
    using seed = seedOf(server.url, DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject({ isPermanent: true, reason: /https to http/ })
    expect(plain.connections()).toBe(0)
  })

  it('a handshake that does not end is given up', async () => {
    await using server = await running(createTcpServer(() => {}))
    using seed = seedOf(`https://127.0.0.1:${server.port}/`, DATA, { clock: scaledClock(100) })
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject({ isPermanent: false, reason: /ETIMEDOUT/ })
  })
})

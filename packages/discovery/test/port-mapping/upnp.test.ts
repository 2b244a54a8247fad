import type { IncomingMessage, ServerResponse } from 'node:http'

import { describe, expect, it } from 'vitest'

import { seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'

import type { Mapping } from '../../src/port-mapping/mapping.ts'
import { createPortMapper } from '../../src/port-mapping/port-mapper.ts'
import type { PortMapper } from '../../src/port-mapping/port-mapper.ts'
import { closedPort, fakeServer, SILENT, until } from './fake-gateway.ts'
import type { FakeServer } from './fake-gateway.ts'
import { describe as description, fakeIgd, searchAnswer, WAN_IP } from './fake-igd.ts'

interface Subject extends AsyncDisposable {
  readonly mapper: PortMapper
  readonly mapped: Mapping[]
  readonly failed: string[]
}

/**
 * A mapper that finds nobody but who answers at `ssdp`. When that is known as the gateway, the search ends with its
 * answer; otherwise it takes three seconds, divided by `speed`.
 */
async function subject(ssdp: FakeServer, speed = 3, isKnown = true): Promise<Subject> {
  const mapped: Mapping[] = []
  const failed: string[] = []
  const mapper = createPortMapper({
    clock: scaledClock(speed),
    random: seededRandom(3),
    userAgent: 'ccbt/<test>',
    bind: { v4: '127.0.0.1' },
    gateways: isKnown ? [await closedPort()] : [],
    ssdp,
    onMapped: (mapping) => mapped.push(mapping),
    onFailed: (reason) => failed.push(reason),
  })
  return { mapper, mapped, failed, [Symbol.asyncDispose]: () => mapper[Symbol.asyncDispose]() }
}

const PPP = 'urn:schemas-upnp-org:service:WANPPPConnection:1'

describe('port mapper by UPnP', () => {
  it('finds a gateway, maps, asks again without a search, and removes the mappings at the end', async () => {
    await using igd = await fakeIgd()
    {
      await using it = await subject(igd.ssdp)
      it.mapper.map('tcp', 6881)
      await until(() => it.mapped.length === 1)
      expect(it.mapped).toEqual([
        { protocol: 'tcp', internalPort: 6881, externalPort: 6881, externalIp: '203.0.113.9', via: 'upnp' },
      ])
      const searches = igd.ssdp.received.length
      it.mapper.map('udp', 6881)
      await until(() => it.mapped.length === 2)
      expect(igd.ssdp.received).toHaveLength(searches)
      expect([...igd.mappings]).toEqual([
        ['TCP 6881', '127.0.0.1:6881 3600'],
        ['UDP 6881', '127.0.0.1:6881 3600'],
      ])
    }
    expect(igd.mappings.size).toBe(0)
    expect(igd.requests.filter((request) => request.startsWith('GET'))).toEqual(['GET /root.xml'])
  })

  it('searches as UPnP wants it', async () => {
    await using igd = await fakeIgd()
    await using it = await subject(igd.ssdp)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    const texts = igd.ssdp.received.map((bytes) => new TextDecoder().decode(bytes))
    expect(new Set(texts).size).toBe(2)
    expect(texts[0]).toBe(
      `M-SEARCH * HTTP/1.1\r\nHOST: 127.0.0.1:${igd.ssdp.port}\r\nMAN: "ssdp:discover"\r\nMX: 2\r\n` +
        'ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n',
    )
  })

  it('takes another port when the wished one belongs to somebody else', async () => {
    await using igd = await fakeIgd()
    igd.fault = (_action, fields) => (fields.get('NewExternalPort') === '6881' ? 718 : undefined)
    await using it = await subject(igd.ssdp)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    const { externalPort } = it.mapped[0]!
    expect(externalPort).toBeGreaterThanOrEqual(10_000)
    expect([...igd.mappings]).toEqual([[`TCP ${externalPort}`, '127.0.0.1:6881 3600']])
  })

  it('tries four ports, no more', async () => {
    await using igd = await fakeIgd()
    igd.fault = (action) => (action === 'AddPortMapping' ? 718 : undefined)
    await using it = await subject(igd.ssdp)
    it.mapper.map('tcp', 6881)
    await until(() => it.failed.length === 1)
    expect(igd.requests.filter((request) => request.endsWith('AddPortMapping'))).toHaveLength(4)
    expect(it.failed[0]).toContain('UPnP: error 718')
  })

  it('maps for ever where there are no leases', async () => {
    await using igd = await fakeIgd()
    igd.fault = (_action, fields) => ((fields.get('NewLeaseDuration') ?? '0') === '0' ? undefined : 725)
    await using it = await subject(igd.ssdp)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    expect([...igd.mappings.values()]).toEqual(['127.0.0.1:6881 0'])
  })

  it('uses the service that is connected', async () => {
    await using igd = await fakeIgd((request, response) => {
      if (request.url !== '/off') return false
      response.end('<a><NewExternalIPAddress>0.0.0.0</NewExternalIPAddress></a>')
      return true
    })
    igd.description = description([
      ['urn:schemas-upnp-org:service:Layer3Forwarding:1', '/l3f'],
      [WAN_IP, '/off'],
      [PPP, '/control'],
    ])
    await using it = await subject(igd.ssdp)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    expect(igd.requests).toEqual([
      'GET /root.xml',
      'POST /control GetExternalIPAddress',
      'POST /control AddPortMapping',
    ])
  })

  it('searches again when the gateway has moved', async () => {
    await using old = await fakeIgd()
    await using igd = await fakeIgd()
    await using it = await subject(old.ssdp)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    old.answers = () => [searchAnswer(igd.location)]
    old.fault = () => undefined
    old.externalIp = '</broken>'
    it.mapper.map('udp', 6881)
    await until(() => it.mapped.length === 2)
    expect([...igd.mappings.keys()]).toEqual(['UDP 6881'])
  })
})

describe('a hostile UPnP device', () => {
  /** What is told to a person about it. */
  async function outcome(ssdp: FakeServer, speed: number, isKnown = true): Promise<string> {
    await using it = await subject(ssdp, speed, isKnown)
    it.mapper.map('tcp', 6881)
    await until(() => it.failed.length + it.mapped.length > 0)
    expect(it.mapped).toEqual([])
    return it.failed[0]!.replace(/^.*UPnP: /, '')
  }

  it.each([
    ['another host', 'http://127.0.0.2:80/root.xml'],
    ['a name', 'http://localhost:80/root.xml'],
    ['the other family', 'http://[::1]:80/root.xml'],
    ['another protocol', 'https://127.0.0.1/root.xml'],
    ['a file', 'file:///etc/passwd'],
    ['credentials', 'http://user:pass@127.0.0.1:80/root.xml'],
    ['nothing', ''],
  ])('is not asked when it points at %s', async (_what, location) => {
    await using ssdp = await fakeServer(() => [new TextEncoder().encode(searchAnswer(location))])
    expect(await outcome(ssdp, 30)).toBe('no gateway answered')
  })

  it('is not asked when it is no gateway, or answers no search', async () => {
    await using igd = await fakeIgd()
    const good = searchAnswer(igd.location)
    igd.answers = () => [
      searchAnswer(igd.location, 'urn:schemas-upnp-org:device:MediaServer:1'),
      good.replace('HTTP/1.1 200 OK', 'NOTIFY * HTTP/1.1'),
      good.replace('200', '2000'),
      good.replace('\r\n\r\n', `\r\nX: ${'x'.repeat(4096)}\r\n\r\n`),
      'HTTP/1.1 200 OK',
      '',
    ]
    expect(await outcome(igd.ssdp, 30)).toBe('no gateway answered')
    expect(igd.requests).toEqual([])
  })

  it.each([
    ['another host', 'http://127.0.0.2/control'],
    ['another host by a short form', '//127.0.0.2/control'],
    ['another protocol', 'https://127.0.0.1/control'],
    ['nowhere', ''],
  ])('is not asked when its control URL leads to %s', async (_what, url) => {
    await using igd = await fakeIgd()
    igd.description = description([[WAN_IP, url]])
    await outcome(igd.ssdp, 30)
    expect(igd.requests).toEqual(['GET /root.xml'])
  })

  it('is not asked when its base URL leads elsewhere', async () => {
    await using igd = await fakeIgd()
    igd.description = description([[WAN_IP, '/control']], '<URLBase>http://127.0.0.2/</URLBase>')
    await outcome(igd.ssdp, 30)
    expect(igd.requests).toEqual(['GET /root.xml'])
  })

  // Ten to the power of nine times "lol".
  const lol = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${(i === 0 ? 'lol' : `&l${i};`).repeat(10)}">`)
  type Handler = (request: IncomingMessage, response: ServerResponse) => void
  const hostile: readonly (readonly [string, string, Handler])[] = [
    ['an XML bomb', 'HTTP 200', (_, response) => response.end(`<!DOCTYPE r [${lol.join('')}]><r>&l9;</r>`)],
    ['an outside entity', 'HTTP 200', (_, response) => response.end('<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>')],
    ['too much', 'HTTP 200', (_, response) => response.end(description([[WAN_IP, '/c']]) + ' '.repeat(65_536))],
    ['depth', 'HTTP 200', (_, response) => response.end('<a>'.repeat(10_000))],
    ['a redirect', 'HTTP 302', (_, response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()],
    ['no end', 'HTTP 200', (_, response) => void endless(response)],
    ['no HTTP', 'HPE_INVALID_CONSTANT', (request) => request.socket.end('hello\r\n\r\n')],
    ['long headers', 'HPE_HEADER_OVERFLOW', (_, response) => response.setHeader('X', 'x'.repeat(20_000)).end('<a/>')],
    ['nothing and hangs up', 'ECONNRESET', (request) => request.socket.destroy()],
  ]

  it.each(hostile)('that sends %s fails', async (_what, reason, handler) => {
    await using igd = await fakeIgd((request, response) => {
      handler(request, response)
      return true
    })
    expect(await outcome(igd.ssdp, 20)).toContain(reason)
  })

  it('that says nothing has five seconds', async () => {
    await using igd = await fakeIgd(() => true)
    expect(await outcome(igd.ssdp, 30)).toBe('no answer within 5 s')
  })

  it('that answers a thousand times is considered twice', async () => {
    let asked = 0
    await using igd = await fakeIgd((_request, response) => {
      asked++
      response.end('<root/>')
      return true
    })
    igd.answers = () => Array.from({ length: 1000 }, (_, i) => searchAnswer(`${igd.location}?${i}`))
    await outcome(igd.ssdp, 10, false)
    expect(asked).toBe(2)
  })

  it('ends an endless wait when everything ends', async () => {
    let asked = 0
    await using igd = await fakeIgd(() => ++asked > 0)
    const it = await subject(igd.ssdp)
    it.mapper.map('tcp', 6881)
    await until(() => asked > 0)
    await it.mapper[Symbol.asyncDispose]()
    expect(it.failed).toEqual([])
  })
})

describe('nobody', () => {
  it('is a failure that is told once, in one line', async () => {
    await using ssdp = await fakeServer(SILENT)
    await using it = await subject(ssdp, 30)
    it.mapper.map('tcp', 6881)
    it.mapper.map('udp', 6881)
    await until(() => it.failed.length > 0)
    expect(it.failed[0]).toMatch(/^PCP at .*: ECONNREFUSED; NAT-PMP at .*: ECONNREFUSED; UPnP: no gateway answered$/)
    // Nobody answered for one, so nobody is asked for the other.
    await until(() => it.mapper.status().every(({ state }) => state === 'failed'))
    expect(it.failed).toHaveLength(1)
    expect(ssdp.received).toHaveLength(4)
  })
})

async function endless(response: ServerResponse): Promise<void> {
  response.on('error', () => {})
  while (!response.destroyed) {
    response.write('<a/>'.repeat(1000))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

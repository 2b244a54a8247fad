import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { AddressGuard } from '../src/address-guard.ts'
import type { AddressGuardOptions } from '../src/address-guard.ts'
import { Delivery } from '../src/delivery.ts'
import { Flow } from '../src/flow.ts'
import { ConnectionPool } from '../src/http/connection-pool.ts'
import { Requester } from '../src/http/requester.ts'
import { parseSeedUrl } from '../src/seed-url.ts'
import type { SeedUrl } from '../src/seed-url.ts'
import { content, fetchRange, http, NEVER, seedOf, serveFile } from './support.ts'

const DATA = content(1000)

function guardOf(
  origin: string,
  answers: readonly string[] = [],
  changes: Partial<AddressGuardOptions> = {},
): AddressGuard {
  const resolve = (): Promise<{ address: string }[]> => Promise.resolve(answers.map((address) => ({ address })))
  return new AddressGuard({ origin: parseSeedUrl(origin), allowsLocal: false, resolve, ...changes })
}

const refused = expect.objectContaining({ code: 'WEB_SEED_ADDRESS_REFUSED' }) as Error

describe('addresses of names', () => {
  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1', '100.64.0.1', '::1', 'fd00::1', 'fe80::1'])(
    'a name does not lead to %s (H50)',
    async (address) => {
      await expect(guardOf('http://x.example/', [address]).resolve(parseSeedUrl('http://x.example/'))).rejects.toThrow(
        refused,
      )
    },
  )

  it.each(['::ffff:127.0.0.1', '0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'fe80::1%eth0', 'nonsense'])(
    'a name never leads to %s',
    async (address) => {
      const allowsLocal = !address.includes('127.')
      const guard = guardOf('http://x.example/', [address], { allowsLocal })
      await expect(guard.resolve(parseSeedUrl('http://x.example/'))).rejects.toThrow(refused)
    },
  )

  it('what is inside is dropped, the rest stays in order and in normal form', async () => {
    const guard = guardOf('http://x.example/', ['10.0.0.1', '2001:DB8:0::1', '192.0.2.1', '::ffff:192.0.2.2'])
    expect(await guard.resolve(parseSeedUrl('http://x.example/'))).toEqual(['2001:db8::1', '192.0.2.1', '192.0.2.2'])
  })

  it('that are refused are dropped; with no other left the reason is told', async () => {
    const refusal = (host: string): string | undefined => (host.startsWith('192.0.2.') ? 'blocked' : undefined)
    const url = parseSeedUrl('http://x.example/')
    const some = guardOf('http://x.example/', ['192.0.2.1', '198.51.100.1'], { refusal })
    expect(await some.resolve(url)).toEqual(['198.51.100.1'])
    const none = guardOf('http://x.example/', ['192.0.2.1'], { refusal })
    await expect(none.resolve(url)).rejects.toThrow('web seed x.example not contacted: blocked')
    const literal = guardOf('http://192.0.2.9/', [], { refusal })
    await expect(literal.resolve(parseSeedUrl('http://192.0.2.9/'))).rejects.toThrow(refused)
  })

  it('only families with a bound address are used', async () => {
    const answers = ['192.0.2.1', '2001:db8::1']
    const url = parseSeedUrl('http://x.example/')
    expect(await guardOf('http://x.example/', answers, { bind: { v4: '192.0.2.9' } }).resolve(url)).toEqual([
      '192.0.2.1',
    ])
    expect(await guardOf('http://x.example/', answers, { bind: { v6: '2001:db8::9' } }).resolve(url)).toEqual([
      '2001:db8::1',
    ])
    await expect(guardOf('http://x.example/', ['192.0.2.1'], { bind: { v6: '::1' } }).resolve(url)).rejects.toThrow(
      refused,
    )
  })
})

describe('local addresses in URLs', () => {
  it.each([
    ['http://127.0.0.1/a', 'http://127.0.0.1:9091/b', true],
    ['http://localhost/a', 'http://10.0.0.1/b', true],
    ['http://127.0.0.1/a', 'http://127.0.0.1/rpc?method=x', false],
    ['http://x.example/a', 'http://127.0.0.1/b', false],
    ['http://x.example/a', 'http://2130706433/b', false],
    ['http://x.example/a', 'http://0x7f.1/b', false],
    ['http://x.example/a', 'http://[::ffff:7f00:1]/b', false],
    ['http://x.example/a', 'http://localhost./b', false],
    ['http://x.example/a', 'http://a.localhost/b', false],
    ['http://x.example/a', 'http://169.254.169.254/latest/meta-data/', false],
    ['http://x.example/a', 'http://y.example/b?c', true],
  ])('%s may lead to %s: %s (H50, H88)', (origin, target, isAllowed) => {
    const check = (): void => guardOf(origin).check(parseSeedUrl(target))
    if (isAllowed) check()
    else expect(check).toThrow(refused)
    guardOf(origin, [], { allowsLocal: true }).check(parseSeedUrl(target))
  })

  it('a seed with a query on a local address is not asked at all', async () => {
    await using server = await http((incoming, response) => serveFile(incoming, response, DATA))
    using seed = seedOf(`${server.url}transmission/rpc?method=x`, DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject({ isPermanent: true, reason: /with a query/ })
    expect(server.connections()).toBe(0)
    using allowed = seedOf(`${server.url}x?y`, DATA, { allowLocal: true })
    expect((await fetchRange(allowed, 0, 10)).outcome.kind).toBe('done')
  })
})

/** Takes one name for a server out on the internet, which in truth is on loopback. */
class PretendingGuard extends AddressGuard {
  override resolve(target: SeedUrl): Promise<readonly string[]> {
    return target.hostname === 'seed.example' ? Promise.resolve(['127.0.0.1']) : super.resolve(target)
  }
}

describe('redirects from the internet (H50, H60)', () => {
  it.each([
    ['an address inside', (port: number) => `http://127.0.0.1:${port}/secret`],
    ['a name for an address inside', (port: number) => `http://inside.example:${port}/secret`],
  ])('are not followed to %s', async (_, location) => {
    await using inside = await http((incoming, response) => serveFile(incoming, response, DATA))
    await using server = await http((_, response) => response.writeHead(302, { Location: location(inside.port) }).end())
    const clock = scaledClock()
    const origin = parseSeedUrl(`http://seed.example:${server.port}/x`)
    const resolve = (): Promise<{ address: string }[]> => Promise.resolve([{ address: '127.0.0.1' }])
    const guard = new PretendingGuard({ origin, allowsLocal: false, resolve })
    using pool = new ConnectionPool({ guard, clock, maxIdle: 1 })
    const requester = new Requester({ origin, guard, pool, clock, userAgent: 'x' })
    const part = { kind: 'request', path: '/x', length: 10, file: { index: 0, start: 0, fileLength: 1000 } } as const
    const delivery = new Delivery({ data: () => {} }, new Flow(), NEVER)
    await expect(requester.get(part, delivery)).rejects.toThrow(refused)
    expect([server.requests.length, inside.connections(), delivery.bytes]).toEqual([1, 0, 0])
  })
})

describe('connecting', () => {
  it('goes to the addresses that were judged, in turn, with one look-up per connection', async () => {
    await using server = await http((incoming, response) => serveFile(incoming, response, DATA))
    const names: string[] = []
    const resolve = (name: string): Promise<{ address: string }[]> => {
      names.push(name)
      // Nothing listens on the first one.
      return Promise.resolve([{ address: '127.0.0.2' }, { address: '127.0.0.1' }])
    }
    using seed = seedOf(server.url.replace('127.0.0.1', 'seed.example'), DATA, { resolve, allowLocal: true })
    for (let i = 0; i < 3; i++) expect((await fetchRange(seed, i, 10)).outcome.kind).toBe('done')
    expect(names).toEqual(['seed.example'])
    expect(server.requests[0]!.headers.host).toBe(`seed.example:${server.port}`)
  })

  it('comes from the bound address', async () => {
    await using server = await http((incoming, response) => serveFile(incoming, response, DATA))
    using seed = seedOf(server.url, DATA, { bind: { v4: '127.0.0.3' } })
    expect((await fetchRange(seed, 0, 10)).outcome.kind).toBe('done')
    expect(server.requests[0]!.socket.remoteAddress).toBe('127.0.0.3')
  })

  it('says so when nobody listens', async () => {
    const server = await http(() => {})
    await server[Symbol.asyncDispose]()
    using seed = seedOf(server.url, DATA)
    expect((await fetchRange(seed, 0, 10)).outcome).toMatchObject({
      isPermanent: false,
      retryAfterMs: 5000,
      reason: `web seed 127.0.0.1:${server.port} cannot be reached: ECONNREFUSED`,
    })
  })
})

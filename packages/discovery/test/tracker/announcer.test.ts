import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { IpFamily } from '@ccbt/address'
import { CcbtError, seededRandom } from '@ccbt/primitives'
import { createAnnouncer } from '@ccbt/discovery'
import type {
  AnnounceFacts,
  PeerAddress,
  TrackerAnnouncer,
  TrackerClient,
  TrackerEvent,
  TrackerRequest,
  TrackerResponse,
} from '@ccbt/discovery'
import { VirtualClock } from '@ccbt/testkit'

import { request } from './helpers.ts'

const MINUTE = 60_000
const A = 'http://a.example/announce'
const B = 'http://b.example/announce'
const C = 'udp://c.example:6969/announce'

interface Seen {
  readonly atMs: number
  readonly url: string
  readonly request: TrackerRequest
}

/** A tracker: answers, refuses by throwing, or says nothing until it is aborted. */
type Behaviour = (request: TrackerRequest, seen: readonly Seen[]) => TrackerResponse | 'silent'

const peers = (count: number): PeerAddress[] =>
  Array.from({ length: count }, (_, i) => ({ host: `192.0.2.${i + 1}`, port: 6881 }))

const working =
  (changes: Partial<TrackerResponse> = {}): Behaviour =>
  () => ({ intervalS: 1800, peers: peers(30), ...changes })

const failing = (): never => {
  throw new CcbtError('TRACKER_UNREACHABLE', 'tracker x cannot be reached', {
    blame: 'remote',
    context: { host: 'x', errno: 'ECONNREFUSED' },
  })
}

const silent = (): 'silent' => 'silent'

/** A client in which every request has its turn at once. */
function trackerClient(
  families: readonly IpFamily[],
  announce: (url: string, request: TrackerRequest, signal: AbortSignal) => Promise<TrackerResponse>,
): TrackerClient {
  return {
    families,
    announce: (url, sent, signal, onTurn) => {
      onTurn?.()
      return announce(url, sent, signal)
    },
    scrape: () => Promise.reject(new Error('not used here')),
  }
}

class Lab {
  readonly clock = new VirtualClock()
  readonly seen: Seen[] = []
  readonly events: TrackerEvent[] = []
  readonly found: (readonly PeerAddress[])[] = []
  readonly trackers: Record<string, Behaviour>
  readonly announcer: TrackerAnnouncer
  wantPeers = false
  left = 100

  constructor(
    tiers: readonly (readonly string[])[],
    trackers: Record<string, Behaviour>,
    { seed = 1, families = ['ipv4'] }: { seed?: number; families?: readonly IpFamily[] } = {},
  ) {
    this.trackers = trackers
    this.announcer = createAnnouncer({
      tiers,
      clock: this.clock,
      random: seededRandom(seed),
      client: trackerClient(families, (url, sent, signal) => this.#answer(url, sent, signal)),
      sink: { peers: (source, addresses) => void (source === 'tracker' && this.found.push(addresses)) },
      request: () => this.#facts(),
      onEvent: (event) => this.events.push(event),
    })
  }

  get log(): string[] {
    return this.seen.map(({ url, request }) => `${request.event} ${new URL(url).hostname.split('.', 1)[0]}`)
  }

  get times(): number[] {
    return this.seen.map(({ atMs }) => atMs)
  }

  #facts(): AnnounceFacts {
    const { infoHash, peerId, port, key } = request()
    return {
      infoHash,
      peerId,
      port,
      key,
      stats: { uploaded: 0, downloaded: 0, left: this.left },
      wantPeers: this.wantPeers,
    }
  }

  async #answer(url: string, sent: TrackerRequest, signal: AbortSignal): Promise<TrackerResponse> {
    this.seen.push({ atMs: this.clock.now(), url, request: sent })
    const response = this.trackers[url]!(sent, this.seen)
    if (response !== 'silent') return response
    return await new Promise((_, reject) => {
      const onAbort = (): void => reject(new CcbtError('ABORTED', 'aborted', { blame: 'input', context: {} }))
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort)
    })
  }
}

describe('announcer: events', () => {
  it('starts, keeps announcing at the interval, and says goodbye', async () => {
    const lab = new Lab([[A]], { [A]: working({ intervalS: 1000 }) })
    await lab.clock.advance(MINUTE)
    expect(lab.log).toEqual([])
    lab.announcer.start()
    lab.announcer.start()
    await lab.clock.advance(2500_000)
    expect(lab.log).toEqual(['started a', 'update a', 'update a'])
    const [first, second, third] = lab.times
    for (const gap of [second! - first!, third! - second!]) {
      expect(gap).toBeGreaterThanOrEqual(1000_000)
      expect(gap).toBeLessThanOrEqual(1100_000)
    }
    expect(lab.found).toHaveLength(3)
    await lab.announcer.stop()
    await lab.clock.advance(100 * MINUTE)
    expect(lab.log.slice(3)).toEqual(['stopped a'])
    expect(lab.clock.pendingTimers).toBe(0)
  })

  it('announces completion once and at once', async () => {
    const lab = new Lab([[A]], { [A]: working() })
    lab.announcer.start()
    await lab.clock.advance(MINUTE)
    lab.left = 0
    lab.announcer.completed()
    lab.announcer.completed()
    await lab.clock.advance(0)
    expect(lab.log).toEqual(['started a', 'completed a'])
    await lab.clock.advance(70 * MINUTE)
    expect(lab.log).toEqual(['started a', 'completed a', 'update a', 'update a'])
  })

  it('announces completion that happens during an announce right after it', async () => {
    const lab = new Lab([[A]], {})
    lab.trackers[A] = (sent) => {
      if (sent.event === 'started') lab.announcer.completed()
      return { intervalS: 1800, peers: [] }
    }
    lab.announcer.start()
    await lab.clock.advance(0)
    expect(lab.log).toEqual(['started a', 'completed a'])
  })

  it('does not announce completion to a tracker that we started complete with', async () => {
    const lab = new Lab([[A], [B]], { [A]: working(), [B]: working() })
    lab.announcer.start()
    await lab.clock.advance(MINUTE)
    lab.left = 0
    lab.trackers[A] = failing
    lab.announcer.completed()
    await lab.clock.advance(0)
    // The second tracker hears of us for the first time, and that we have everything.
    expect(lab.log).toEqual(['started a', 'completed a', 'started b'])
    await lab.clock.advance(40 * MINUTE)
    expect(lab.log.slice(3).filter((line) => line === 'completed b')).toEqual([])
  })

  it('tells completion before the goodbye when there was no time for it', async () => {
    const lab = new Lab([[A]], { [A]: working() })
    lab.announcer.start()
    await lab.clock.advance(MINUTE)
    lab.announcer.completed()
    await lab.announcer.stop()
    expect(lab.log).toEqual(['started a', 'completed a', 'stopped a'])
  })

  it('asks for no peers when none are of use, and never for more than 200', async () => {
    const lab = new Lab([[A]], { [A]: working() })
    lab.wantPeers = true
    lab.announcer.start()
    await lab.clock.advance(0)
    lab.wantPeers = false
    await lab.clock.advance(40 * MINUTE)
    lab.wantPeers = true
    await lab.announcer.stop()
    expect(lab.seen.map(({ request }) => request.numWant)).toEqual([200, 0, 0])
  })

  it('gives a tracker its id back', async () => {
    const trackerId = Uint8Array.of(1, 2, 3)
    const lab = new Lab([[A]], {
      [A]: (sent) => ({ intervalS: 60, peers: [], ...(sent.event === 'started' ? { trackerId } : {}) }),
    })
    lab.announcer.start()
    await lab.clock.advance(3 * MINUTE)
    expect(lab.seen.map(({ request }) => request.trackerId)).toEqual([undefined, trackerId, trackerId])
  })
})

describe('announcer: tiers (BEP 12)', () => {
  it('falls to the next tracker and tier, and moves the one that works to the front of its tier', async () => {
    const urls = [1, 2, 3].map((n) => `http://t${n}.example/announce`)
    const lab = new Lab([urls, [B]], { ...Object.fromEntries(urls.map((url) => [url, failing])), [B]: working() })
    lab.announcer.start()
    await lab.clock.advance(0)
    expect(lab.log.slice(0, 3).sort()).toEqual(['started t1', 'started t2', 'started t3'])
    expect(lab.log[3]).toBe('started b')
    const last = lab.seen[2]!.url
    lab.trackers[last] = working()
    await lab.clock.advance(34 * MINUTE)
    // The first tier is tried again first.
    expect(lab.log[6]).toBe(`started ${new URL(last).hostname.split('.', 1)[0]}`)
    expect(lab.announcer.status().map(({ url, tier }) => [url, tier])).toEqual([
      [last, 0],
      [lab.seen[0]!.url, 0],
      [lab.seen[1]!.url, 0],
      [B, 1],
    ])
    await lab.clock.advance(34 * MINUTE)
    expect(lab.seen[7]!.url).toBe(last)
    await lab.announcer.stop()
    expect(lab.log.slice(8).sort()).toEqual(['stopped b', `stopped ${new URL(last).hostname.split('.', 1)[0]}`].sort())
  })

  it('shuffles within a tier, never across', () => {
    const tiers = [
      ['http://x1/announce', 'http://x2/announce', 'http://x3/announce'],
      [B, C],
    ]
    const orders = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const lab = new Lab(tiers, {}, { seed })
      const status = lab.announcer.status()
      expect(status.map(({ tier }) => tier)).toEqual([0, 0, 0, 1, 1])
      expect(
        status
          .slice(3)
          .map(({ url }) => url)
          .sort(),
      ).toEqual([B, C].sort())
      orders.add(status.map(({ url }) => url).join())
    }
    expect(orders.size).toBe(12)
  })

  it('leaves out repeats and what it cannot speak to', () => {
    const lab = new Lab([['wss://x/announce', A, A], ['not a url'], [A, B]], {})
    expect(lab.announcer.status().map(({ url, tier }) => [url, tier])).toEqual([
      [A, 0],
      [B, 1],
    ])
  })

  it('does not wait for a slow tracker before it asks the next', async () => {
    const lab = new Lab([[A], [B]], { [A]: silent, [B]: working() })
    lab.announcer.start()
    await lab.clock.advance(14_000)
    expect(lab.log).toEqual(['started a'])
    await lab.clock.advance(1000)
    expect(lab.log).toEqual(['started a', 'started b'])
    expect(lab.announcer.status().map(({ state, lastError }) => [state, lastError])).toEqual([
      ['failed', 'tracker a.example did not answer within 15 s'],
      ['working', undefined],
    ])
  })

  it('takes the answer of the slow tracker when that comes first', async () => {
    const lab = new Lab([[A], [B]], {})
    const slow = Promise.withResolvers<TrackerResponse>()
    const announcer = createAnnouncer({
      tiers: [[A], [B]],
      clock: lab.clock,
      random: seededRandom(1),
      client: trackerClient(['ipv4'], (url, _, signal) =>
        url === A
          ? slow.promise
          : new Promise((_resolve, reject) =>
              signal.addEventListener('abort', () =>
                reject(new CcbtError('ABORTED', 'aborted', { blame: 'input', context: {} })),
              ),
            ),
      ),
      sink: { peers: () => {} },
      request: () => ({ ...request(), wantPeers: false }),
    })
    announcer.start()
    await lab.clock.advance(20_000)
    slow.resolve({ intervalS: 100, peers: [] })
    await lab.clock.advance(0)
    expect(announcer.status().map(({ state }) => state)).toEqual(['working', 'failed'])
  })

  it('does nothing without trackers', async () => {
    await using announcer = new Lab([], {}).announcer
    announcer.start()
    announcer.announceNow()
    announcer.completed()
    expect(announcer.status()).toEqual([])
  })
})

describe('announcer: waiting', () => {
  it('backs off from a tracker that fails, up to half an hour', async () => {
    const lab = new Lab([[A]], { [A]: failing })
    lab.announcer.start()
    await lab.clock.advance(6 * 60 * MINUTE)
    const gaps = lab.times.slice(1).map((time, i) => time - lab.times[i]!)
    gaps.forEach((gap, i) => {
      const plain = Math.min(30 * MINUTE, 5000 * 2 ** i)
      expect(gap).toBeGreaterThanOrEqual(plain - 100)
      expect(gap).toBeLessThanOrEqual(1.25 * plain + 100)
    })
    expect(gaps.length).toBeGreaterThan(12)
    lab.trackers[A] = working({ intervalS: 300 })
    await lab.clock.advance(40 * MINUTE)
    lab.trackers[A] = failing
    const before = lab.seen.length
    await lab.clock.advance(6 * MINUTE)
    // After a success the back-off starts anew.
    expect(lab.seen.length - before).toBeGreaterThan(1)
  })

  it('keeps the minimum interval when asked to announce now', async () => {
    const lab = new Lab([[A]], { [A]: working({ intervalS: 1800, minIntervalS: 300 }) })
    lab.announcer.start()
    await lab.clock.advance(10_000)
    for (let i = 0; i < 5; i++) lab.announcer.announceNow()
    await lab.clock.advance(289_000)
    expect(lab.log).toEqual(['started a'])
    expect(lab.announcer.status()[0]!.nextAnnounceInMs).toBe(1000)
    await lab.clock.advance(1000)
    expect(lab.log).toEqual(['started a', 'update a'])
    await lab.clock.advance(400_000)
    lab.announcer.announceNow()
    await lab.clock.advance(0)
    expect(lab.log).toHaveLength(3)
  })

  it('announces now to trackers that failed', async () => {
    const lab = new Lab([[A]], { [A]: failing })
    lab.announcer.start()
    await lab.clock.advance(10 * MINUTE)
    const before = lab.seen.length
    lab.trackers[A] = working()
    lab.announcer.announceNow()
    await lab.clock.advance(0)
    expect(lab.seen.length).toBe(before + 1)
    expect(lab.announcer.status()[0]).toMatchObject({ state: 'working', peersReceived: 30 })
  })

  it('honours the wish to be asked later (BEP 31), whoever asks', async () => {
    const lab = new Lab([[A]], {
      [A]: () => {
        throw new CcbtError('TRACKER_REFUSED', 'busy', {
          blame: 'remote',
          context: { host: 'a', reason: 'busy', retryInS: 3600 },
        })
      },
    })
    lab.announcer.start()
    await lab.clock.advance(59 * MINUTE)
    lab.announcer.announceNow()
    await lab.clock.advance(30_000)
    expect(lab.log).toHaveLength(1)
    await lab.clock.advance(MINUTE)
    expect(lab.log).toHaveLength(2)
  })

  it('never asks a tracker again that is gone (H55)', async () => {
    const lab = new Lab([[A]], {
      [A]: () => {
        throw new CcbtError('TRACKER_GONE', 'gone', { blame: 'remote', context: { host: 'a', reason: 'gone' } })
      },
    })
    lab.announcer.start()
    await lab.clock.advance(10 * MINUTE)
    lab.announcer.announceNow()
    await lab.clock.advance(48 * 60 * MINUTE)
    await lab.announcer.stop()
    expect(lab.log).toEqual(['started a'])
    expect(lab.announcer.status()[0]).not.toHaveProperty('nextAnnounceInMs')
  })

  it('asks sooner for more peers, more and more seldom, where the tracker allows it', async () => {
    const lab = new Lab([[A]], { [A]: working({ intervalS: 1800, minIntervalS: 60, peers: peers(1) }) })
    lab.wantPeers = true
    lab.announcer.start()
    await lab.clock.advance(2 * 60 * MINUTE)
    const gaps = lab.times.slice(1).map((time, i) => Math.floor((time - lab.times[i]!) / MINUTE))
    // 60 s doubled up to the interval, with up to a tenth on top.
    expect(gaps.slice(0, 6).map((gap, i) => gap >= Math.min(30, 2 ** i) && gap <= 1.1 * Math.min(30, 2 ** i))).toEqual(
      Array.from({ length: 6 }, () => true),
    )
  })

  it.each([
    ['no peers are wanted', false, { minIntervalS: 60, peers: peers(1) }],
    ['there were many', true, { minIntervalS: 60, peers: peers(30) }],
    ['the tracker states no minimum', true, { peers: peers(1) }],
  ])('does not ask sooner when %s', async (_, wantPeers, answer) => {
    const lab = new Lab([[A]], { [A]: working({ intervalS: 1800, ...answer }) })
    lab.wantPeers = wantPeers
    lab.announcer.start()
    await lab.clock.advance(29 * MINUTE)
    expect(lab.log).toHaveLength(1)
  })

  it('asks a tracker at a local address sooner without being told', async () => {
    const url = 'http://127.0.0.1:6969/announce'
    const lab = new Lab([[url]], { [url]: working({ intervalS: 600, peers: [] }) })
    lab.wantPeers = true
    lab.announcer.start()
    await lab.clock.advance(6000)
    expect(lab.seen).toHaveLength(2)
  })

  it('announces no storm whatever trackers answer', async () => {
    const behaviour = fc.constantFrom<Behaviour>(
      failing,
      silent,
      working({ intervalS: 60 }),
      working({ intervalS: 60, minIntervalS: 60, peers: [] }),
      working({ intervalS: 86_400 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(behaviour, { minLength: 1, maxLength: 4 }), fc.nat(1000), async (behaviours, seed) => {
        const urls = behaviours.map((_, i) => `http://t${i}.example/announce`)
        const lab = new Lab([urls], Object.fromEntries(urls.map((url, i) => [url, behaviours[i]!])), { seed })
        lab.wantPeers = true
        lab.announcer.start()
        for (let i = 0; i < 60; i++) {
          if (i === 30) lab.announcer.completed()
          await lab.clock.advance(MINUTE)
        }
        await Promise.all([lab.announcer.stop(), lab.clock.advance(3000)])
        expect(lab.clock.pendingTimers).toBe(0)
        for (const url of urls) {
          const events = lab.seen.filter((seen) => seen.url === url)
          expect(events.length).toBeLessThanOrEqual(70)
          const updates = events.filter(({ request }) => request.event === 'update')
          updates.slice(1).forEach(({ atMs }, i) => expect(atMs - updates[i]!.atMs).toBeGreaterThanOrEqual(4900))
          // Nobody hears an update before he answered a start, and nothing after the goodbye.
          if (events.length > 0) expect(events[0]!.request.event).toBe('started')
          const goodbyes = events.filter(({ request }) => request.event === 'stopped').length
          expect(goodbyes).toBeLessThanOrEqual(1)
          if (goodbyes === 1) expect(events.at(-1)!.request.event).toBe('stopped')
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('announcer: stopping', () => {
  it('says goodbye to those that know us only, within three seconds', async () => {
    const lab = new Lab([[A], [B]], { [A]: failing, [B]: working() })
    lab.announcer.start()
    await lab.clock.advance(MINUTE)
    lab.trackers[B] = silent
    let isStopped = false
    const stopping = lab.announcer.stop().then(() => {
      isStopped = true
    })
    await lab.clock.advance(2999)
    expect(isStopped).toBe(false)
    await lab.clock.advance(1)
    expect(isStopped).toBe(true)
    await stopping
    expect(lab.log.filter((line) => line.startsWith('stopped'))).toEqual(['stopped b'])
    expect(lab.clock.pendingTimers).toBe(0)
  })

  it('ends an announce under way', async () => {
    const lab = new Lab([[A], [B]], { [A]: silent, [B]: working() })
    lab.announcer.start()
    await lab.clock.advance(1000)
    await lab.announcer.stop()
    await lab.announcer.stop()
    lab.announcer.start()
    lab.announcer.announceNow()
    await lab.clock.advance(60 * MINUTE)
    expect(lab.log).toEqual(['started a'])
    expect(lab.events).toEqual([])
    expect(lab.announcer.status().map(({ state }) => state)).toEqual(['idle', 'idle'])
  })

  it('says nothing when it never started', async () => {
    const lab = new Lab([[A]], { [A]: working() })
    await lab.announcer.stop()
    expect(lab.seen).toEqual([])
  })
})

describe('announcer: reports', () => {
  it('tells of answers and failures', async () => {
    const lab = new Lab([[A], [B]], {
      [A]: failing,
      [B]: working({ warning: 'old client', externalIp: '198.51.100.1' }),
    })
    lab.announcer.start()
    await lab.clock.advance(0)
    expect(lab.events).toMatchObject([
      { type: 'failed', url: A, error: { code: 'TRACKER_UNREACHABLE' } },
      { type: 'working', url: B, peers: 30, warning: 'old client', externalIp: '198.51.100.1' },
    ])
  })

  it('shows each state', async () => {
    const lab = new Lab([[A], [B], [C]], { [A]: failing, [B]: silent, [C]: working({ seeders: 5, leechers: 2 }) })
    expect(lab.announcer.status().map(({ state }) => state)).toEqual(['idle', 'idle', 'idle'])
    lab.announcer.start()
    await lab.clock.advance(1000)
    expect(lab.announcer.status().map(({ state }) => state)).toEqual(['failed', 'announcing', 'idle'])
    await lab.clock.advance(15_000)
    expect(lab.announcer.status()).toMatchObject([
      { url: A, tier: 0, state: 'failed', lastError: 'tracker x cannot be reached', peersReceived: 0 },
      { url: B, tier: 1, state: 'failed' },
      { url: C, tier: 2, state: 'working', seeders: 5, leechers: 2, peersReceived: 30 },
    ])
  })

  it('survives a client that breaks its contract', async () => {
    const lab = new Lab([[A]], {
      [A]: () => {
        throw new TypeError('http://a.example/SECRET/announce')
      },
    })
    lab.announcer.start()
    await lab.clock.advance(0)
    expect(lab.events).toMatchObject([{ type: 'failed', error: { code: 'INTERNAL_BUG' } }])
    expect(JSON.stringify(lab.announcer.status())).not.toContain('SECRET')
  })
})

const BOTH: readonly IpFamily[] = ['ipv4', 'ipv6']

const missing = (family: IpFamily): CcbtError =>
  new CcbtError('TRACKER_FAMILY_MISSING', `no ${family}`, { blame: 'remote', context: { host: 'x', family } })
const noNetwork = (): CcbtError =>
  new CcbtError('TRACKER_UNREACHABLE', 'no network', { blame: 'remote', context: { host: 'x', errno: 'ENETUNREACH' } })
const refused = (): CcbtError =>
  new CcbtError('TRACKER_REFUSED', 'refused', { blame: 'remote', context: { host: 'x', reason: 'no' } })

/** Another behaviour for each family. */
const perFamily =
  (v4: Behaviour, v6: Behaviour): Behaviour =>
  (sent, seen) =>
    (sent.family === 'ipv4' ? v4 : v6)(sent, seen)

const throwing =
  (make: () => Error): Behaviour =>
  () => {
    throw make()
  }

describe('announcer: address families (BEP 7)', () => {
  it('announces over both with one key and peer id, each at its own interval', async () => {
    const lab = new Lab(
      [[A]],
      { [A]: perFamily(working({ intervalS: 1000, seeders: 3 }), working({ intervalS: 300, seeders: 5 })) },
      { families: BOTH },
    )
    lab.announcer.start()
    await lab.clock.advance(950_000)
    const of = (family: IpFamily): Seen[] => lab.seen.filter(({ request }) => request.family === family)
    expect(of('ipv4')).toHaveLength(1)
    // At 0, 300 to 330, 600 to 660, and from 900 on.
    expect([3, 4]).toContain(of('ipv6').length)
    expect(new Set(lab.seen.map(({ request }) => request.key)).size).toBe(1)
    expect(new Set(lab.seen.map(({ request }) => request.peerId.toString())).size).toBe(1)
    const [status] = lab.announcer.status()
    expect(status).toMatchObject({ state: 'working', announces: lab.seen.length, seeders: 5, failures: 0 })
    expect(status!.routes).toMatchObject([
      { family: 'ipv4', announces: 1, seeders: 3 },
      { family: 'ipv6', announces: of('ipv6').length, seeders: 5 },
    ])
    expect(status!.routes[0]!.nextAnnounceInMs).toBeGreaterThanOrEqual(50_000)
    await lab.announcer.stop()
    expect(lab.log.slice(-2)).toEqual(['stopped a', 'stopped a'])
  })

  it('backs off from the one that fails, and tells nobody while the other works', async () => {
    const lab = new Lab([[A]], { [A]: perFamily(working({ intervalS: 1800 }), failing) }, { families: BOTH })
    lab.announcer.start()
    await lab.clock.advance(10 * MINUTE)
    expect(lab.seen.filter(({ request }) => request.family === 'ipv4')).toHaveLength(1)
    expect(lab.seen.filter(({ request }) => request.family === 'ipv6').length).toBeGreaterThan(5)
    expect(lab.events.map(({ type }) => type)).toEqual(['working'])
    expect(lab.announcer.status()[0]).toMatchObject({ state: 'working', routes: [{}, { state: 'failed' }] })
    expect(lab.announcer.status()[0]).not.toHaveProperty('lastError')
  })

  it('looks for a tracker with the other family in lower tiers', async () => {
    const only4 = perFamily(
      working(),
      throwing(() => missing('ipv6')),
    )
    const lab = new Lab([[A], [B]], { [A]: only4, [B]: working() }, { families: BOTH })
    lab.announcer.start()
    await lab.clock.advance(MINUTE)
    expect(lab.seen.map(({ url, request }) => [url, request.family])).toEqual([
      [A, 'ipv4'],
      [A, 'ipv6'],
      [B, 'ipv6'],
    ])
    expect(lab.announcer.status().map(({ routes }) => routes.map(({ family }) => family))).toEqual([
      ['ipv4'],
      ['ipv4', 'ipv6'],
    ])
  })

  it('seldom asks for an address that is not there', async () => {
    const lab = new Lab([[A]], { [A]: throwing(() => missing('ipv6')) }, { families: ['ipv6'] })
    lab.announcer.start()
    await lab.clock.advance(29 * MINUTE)
    expect(lab.seen).toHaveLength(1)
    lab.trackers[A] = working()
    lab.announcer.announceNow()
    await lab.clock.advance(0)
    expect(lab.announcer.status()).toMatchObject([{ state: 'working', routes: [{ family: 'ipv6' }] }])
  })

  it.each<[string, Behaviour, Behaviour, string[]]>([
    ['the tracker, not a family that it lacks', throwing(refused), throwing(() => missing('ipv6')), ['refused']],
    ['the tracker, not a family that we lack', throwing(refused), throwing(noNetwork), ['refused']],
    ['the network, when there is none', throwing(noNetwork), throwing(noNetwork), ['no network']],
  ])('blames %s', async (_, v4, v6, told) => {
    const lab = new Lab([[A]], { [A]: perFamily(v4, v6) }, { families: BOTH })
    lab.announcer.start()
    await lab.clock.advance(10 * MINUTE)
    const errors = lab.events.flatMap((event) => (event.type === 'failed' ? [event.error.message] : []))
    expect(new Set(errors)).toEqual(new Set(told))
  })

  it('asks an address over its own family, and one that may not be used to tell why', async () => {
    const v4 = 'http://127.0.0.1/announce'
    const v6 = 'http://[::1]/announce'
    const both = new Lab([[v4], [v6]], { [v4]: working(), [v6]: working() }, { families: BOTH })
    both.announcer.start()
    const bound = new Lab([[v6]], { [v6]: failing })
    bound.announcer.start()
    await Promise.all([both.clock.advance(0), bound.clock.advance(0)])
    expect(both.seen.map(({ url, request }) => [url, request.family])).toEqual([
      [v4, 'ipv4'],
      [v6, 'ipv6'],
    ])
    expect(bound.events).toMatchObject([{ type: 'failed', url: v6 }])
  })
})

describe('announcer: figures', () => {
  it('counts tries, failures and peers, and tells when and how fast', async () => {
    const lab = new Lab([[A]], { [A]: failing })
    lab.announcer.start()
    await lab.clock.advance(8000)
    lab.trackers[A] = working({ intervalS: 600, downloaded: 9, warning: 'old client', externalIp: '198.51.100.1' })
    await lab.clock.advance(MINUTE)
    const [status] = lab.announcer.status()
    expect(status).toMatchObject({
      announces: lab.seen.length,
      failures: lab.seen.length - 1,
      peersReceived: 30,
      latencyMs: 0,
      lastAnnounceAgoMs: lab.clock.now() - lab.times.at(-1)!,
      downloaded: 9,
      warning: 'old client',
      externalIp: '198.51.100.1',
    })
    expect(status).not.toHaveProperty('lastError')
  })

  it('is not asked more than every 5 s, however often somebody wishes', async () => {
    const lab = new Lab([[A]], { [A]: failing })
    lab.announcer.start()
    await lab.clock.advance(10 * MINUTE)
    lab.seen.length = 0
    for (let i = 0; i < 600; i++) {
      lab.announcer.announceNow()
      await lab.clock.advance(100)
    }
    expect(lab.seen.length).toBeGreaterThan(10)
    expect(lab.seen.length).toBeLessThanOrEqual(13)
  })

  it('does not count a wait for the turn as slowness', async () => {
    const clock = new VirtualClock()
    const asked: string[] = []
    const announcer = createAnnouncer({
      tiers: [[A], [B]],
      clock,
      random: seededRandom(1),
      client: {
        families: ['ipv4'],
        announce: async (url, _, signal, onTurn) => {
          asked.push(url)
          await new Promise<void>((resolve) => clock.after(40_000, resolve))
          onTurn?.()
          await new Promise<void>((resolve) => clock.after(200, resolve))
          signal.throwIfAborted()
          return { intervalS: 1800, peers: [] }
        },
        scrape: () => Promise.resolve([]),
      },
      sink: { peers: () => {} },
      request: () => ({ ...request(), wantPeers: false }),
    })
    announcer.start()
    await clock.advance(MINUTE)
    expect(asked).toEqual([A])
    expect(announcer.status()[0]).toMatchObject({ state: 'working', latencyMs: 200 })
  })
})

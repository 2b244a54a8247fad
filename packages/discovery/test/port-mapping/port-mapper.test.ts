import { describe, expect, it } from 'vitest'

import { seededRandom } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'

import type { Mapping } from '../../src/port-mapping/mapping.ts'
import { createPortMapper } from '../../src/port-mapping/port-mapper.ts'
import type { PortMapper, PortMapperOptions } from '../../src/port-mapping/port-mapper.ts'
import {
  closedPort,
  fakeServer,
  gatewayState,
  natPmpAnswers,
  pcpAnswers,
  SILENT,
  u16At,
  until,
} from './fake-gateway.ts'
import type { FakeServer } from './fake-gateway.ts'

interface Subject extends AsyncDisposable {
  readonly mapper: PortMapper
  readonly clock: VirtualClock
  /** Every delay that was asked of the clock. */
  readonly waits: number[]
  readonly mapped: Mapping[]
  readonly failed: string[]
}

/** A mapper in virtual time that knows `gateway`, and by default no UPnP device. */
async function subject(
  gateway: Pick<FakeServer, 'host' | 'port'>,
  options: Partial<PortMapperOptions> = {},
): Promise<Subject> {
  const clock = new VirtualClock()
  const waits: number[] = []
  const mapped: Mapping[] = []
  const failed: string[] = []
  const mapper = createPortMapper({
    clock: {
      now: () => clock.now(),
      after(ms, fn) {
        waits.push(ms)
        return clock.after(ms, fn)
      },
    },
    random: seededRandom(3),
    userAgent: 'ccbt/test',
    bind: { v4: '127.0.0.1' },
    gateways: [{ host: gateway.host, port: gateway.port }],
    ssdp: await closedPort(),
    onMapped: (mapping) => mapped.push(mapping),
    onFailed: (reason) => failed.push(reason),
    ...options,
  })
  return { mapper, clock, waits, mapped, failed, [Symbol.asyncDispose]: () => mapper[Symbol.asyncDispose]() }
}

/** Moves time on, slowly enough for datagrams, which take real time. */
async function step({ clock }: Subject, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await clock.advance(500)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const HOUR_MS = 3_600_000

describe('port mapper by PCP', () => {
  it('maps, tells where, and removes the mapping at the end', async () => {
    const state = gatewayState({ mappings: new Map([['tcp 6881', 40_000]]) })
    await using gateway = await fakeServer(pcpAnswers(state))
    {
      await using it = await subject(gateway)
      it.mapper.map('tcp', 6881)
      it.mapper.map('udp', 6881)
      it.mapper.map('tcp', 6881)
      await until(() => it.mapped.length === 2)
      const common = { internalPort: 6881, externalIp: '203.0.113.9', via: 'pcp' }
      expect(it.mapped).toEqual([
        { ...common, protocol: 'tcp', externalPort: 40_000 },
        { ...common, protocol: 'udp', externalPort: 6881 },
      ])
      expect(it.mapper.status()).toEqual(
        it.mapped.map((mapping) => ({
          protocol: mapping.protocol,
          internalPort: 6881,
          family: 'ipv4',
          state: 'mapped',
          mapping,
        })),
      )
      expect(state.mappings.size).toBe(2)
    }
    expect(state.mappings.size).toBe(0)
  })

  it('renews at half life with the same nonce and port, and tells nothing new', async () => {
    const state = gatewayState({ mappings: new Map([['tcp 6881', 40_000]]) })
    await using gateway = await fakeServer(pcpAnswers(state))
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    await it.clock.advance(HOUR_MS / 2 - 1)
    expect(gateway.received).toHaveLength(1)
    state.epochS += 1800
    await it.clock.advance(1)
    await until(() => gateway.received.length === 2)
    const [first, second] = gateway.received
    expect(second!.subarray(24, 36)).toEqual(first!.subarray(24, 36))
    expect(u16At(second!, 42)).toBe(40_000)
    expect(it.mapped).toHaveLength(1)
  })

  it('tells when the address outside changes', async () => {
    const state = gatewayState()
    await using gateway = await fakeServer(pcpAnswers(state))
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    state.externalIp = '203.0.113.77'
    await it.clock.advance(HOUR_MS / 2)
    await until(() => it.mapped.length === 2)
    expect(it.mapped[1]!.externalIp).toBe('203.0.113.77')
  })

  it('does not tell an address that is not global', async () => {
    await using gateway = await fakeServer(pcpAnswers(gatewayState({ externalIp: '100.64.0.9' })))
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    expect(it.mapped[0]).not.toHaveProperty('externalIp')
  })

  it('does not believe what has another nonce, port, protocol or length', async () => {
    const spoilt = [24, 41, 36].map(
      (at) =>
        (answer: Uint8Array): Uint8Array =>
          answer.with(at, answer[at]! ^ 1),
    )
    spoilt.push(
      (answer) => answer.subarray(0, 59),
      (answer) => Uint8Array.from([...answer, ...new Uint8Array(1041)]),
      (answer) => answer.with(1, 1),
    )
    for (const spoil of spoilt) {
      await using gateway = await fakeServer(pcpAnswers(gatewayState(), spoil))
      await using it = await subject(gateway)
      it.mapper.map('tcp', 6881)
      await until(() => gateway.received.length === 1)
      await it.clock.advance(0)
      expect(it.mapper.status()[0]!.state).toBe('asking')
    }
  })

  it('asks for everything again when the gateway started anew, though not in a hot loop', async () => {
    const state = gatewayState({ epochS: 50_000 })
    // A gateway that seems to start anew with every answer.
    const answers = pcpAnswers(state)
    await using gateway = await fakeServer((bytes, from) => {
      state.epochS = Math.max(0, state.epochS - 10_000)
      return answers(bytes, from)
    })
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    it.mapper.map('udp', 6881)
    await until(() => gateway.received.length === 2)
    await it.clock.advance(29_999)
    expect(gateway.received).toHaveLength(2)
    await it.clock.advance(1)
    await until(() => gateway.received.length === 3)
    expect(gateway.received[2]![36]).toBe(6)
  })
})

describe('port mapper by NAT-PMP', () => {
  it('is what a gateway gets that does not know PCP', async () => {
    const state = gatewayState()
    await using gateway = await fakeServer(natPmpAnswers(state))
    {
      await using it = await subject(gateway)
      it.mapper.map('udp', 7000)
      await until(() => it.mapped.length === 1)
      const expected = {
        internalPort: 7000,
        externalPort: 7000,
        protocol: 'udp',
        externalIp: '203.0.113.9',
        via: 'nat-pmp',
      }
      expect(it.mapped).toEqual([expected])
      // The second wish is not tried by PCP any more.
      const before = gateway.received.length
      it.mapper.map('tcp', 7000)
      await until(() => it.mapped.length === 2)
      expect(gateway.received.slice(before).every((bytes) => bytes[0] === 0)).toBe(true)
    }
    expect(state.mappings.size).toBe(0)
  })

  it('asks four times with doubled pauses, then goes on to UPnP', async () => {
    await using gateway = await fakeServer(SILENT)
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await step(it, () => it.failed.length === 1)
    expect(gateway.received.map((bytes) => bytes[0])).toEqual([2, 0, 0, 0, 0])
    // The last four are those of UPnP: the whole of it, the search, its two datagrams.
    expect(it.waits.slice(5, 9)).toEqual([30_000, 3000, 0, 1000])
    for (const [i, ms] of [3000, 250, 500, 1000, 2000].entries()) {
      expect(it.waits[i]).toBeGreaterThanOrEqual(ms * 0.9)
      expect(it.waits[i]).toBeLessThanOrEqual(ms * 1.1)
    }
    expect(it.failed[0]).toMatch(
      /^PCP at 127.0.0.1:\d+: no answer; NAT-PMP at .*: no answer; UPnP: no gateway answered$/,
    )
  })

  it('pauses longer after each round, and tells a reason once', async () => {
    await using gateway = await fakeServer(natPmpAnswers(gatewayState({ result: 2 })))
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    const pauses = (): number[] => it.waits.filter((ms) => ms > 50_000)
    await step(it, () => pauses().length === 4)
    expect(pauses()).toEqual([60_000, 120_000, 240_000, 480_000])
    expect(it.failed).toHaveLength(1)
    expect(it.failed[0]).toContain('not authorized')
    expect(it.mapper.status()[0]).toMatchObject({ state: 'failed', reason: it.failed[0] })
  })

  it('keeps a mapping whose renewal gets no answer, and renews it later', async () => {
    const state = gatewayState()
    const answers = natPmpAnswers(state)
    let isDead = false
    await using gateway = await fakeServer((bytes, from) => (isDead ? [] : answers(bytes, from)))
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    isDead = true
    const before = gateway.received.length
    await it.clock.advance(HOUR_MS / 2)
    await step(it, () => gateway.received.length === before + 4)
    await it.clock.advance(HOUR_MS / 5)
    expect(it.mapper.status()[0]!.state).toBe('mapped')
    expect(it.failed).toEqual([])
    isDead = false
    state.externalIp = '203.0.113.10'
    await step(it, () => it.mapped.length === 2)
    expect(it.clock.now()).toBeLessThan(HOUR_MS)
  })

  it('removes a mapping that is not wished any more, and maps it again', async () => {
    const state = gatewayState()
    await using gateway = await fakeServer(natPmpAnswers(state))
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    it.mapper.map('tcp', 6882)
    await until(() => it.mapped.length === 2)
    it.mapper.unmap('tcp', 6881)
    expect(it.mapper.status()).toHaveLength(1)
    await until(() => state.mappings.size === 1)
    expect([...state.mappings.keys()]).toEqual(['tcp 6882'])
    it.mapper.map('tcp', 6881)
    await until(() => state.mappings.size === 2)
  })
})

describe('port mapper', () => {
  it('sends nothing before something is wished', async () => {
    await using gateway = await fakeServer(SILENT)
    await using it = await subject(gateway)
    await it.clock.advance(HOUR_MS)
    expect(gateway.received).toEqual([])
    expect(it.clock.pendingTimers).toBe(0)
  })

  it('ends at once and leaves no timer while it is asking', async () => {
    await using gateway = await fakeServer(SILENT)
    const it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await until(() => gateway.received.length === 1)
    await it.mapper[Symbol.asyncDispose]()
    expect(it.clock.pendingTimers).toBe(0)
  })

  it('ends within two seconds when the gateway does not answer any more', async () => {
    const answers = pcpAnswers(gatewayState())
    await using gateway = await fakeServer((bytes, from) =>
      bytes[7] === 0 && bytes[6] === 0 ? [] : answers(bytes, from),
    )
    const it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await until(() => it.mapped.length === 1)
    await it.clock.until(it.mapper[Symbol.asyncDispose]())
    expect(it.clock.now()).toBeLessThanOrEqual(2001)
    expect(it.clock.pendingTimers).toBe(0)
  })

  it('drops the wish that is one too many', async () => {
    await using gateway = await fakeServer(pcpAnswers(gatewayState()))
    await using it = await subject(gateway)
    for (let port = 1; port <= 17; port++) it.mapper.map('tcp', port)
    expect(it.failed).toEqual(['no more than 16 ports are mapped; port 17 is not'])
    expect(it.mapper.status()).toHaveLength(16)
  })

  it('hears nobody but the gateway', async () => {
    await using gateway = await fakeServer(SILENT)
    await using other = await fakeServer(SILENT)
    await using it = await subject(gateway)
    it.mapper.map('tcp', 6881)
    await until(() => gateway.received.length === 1)
    const answer = pcpAnswers(gatewayState())(gateway.received[0]!, gateway.sender)[0]!
    other.sayTo(answer, gateway.sender)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(it.mapper.status()[0]!.state).toBe('asking')
    gateway.sayTo(answer, gateway.sender)
    await until(() => it.mapped.length === 1)
    await it.clock.until(it.mapper[Symbol.asyncDispose]())
  })

  it('opens the firewall of an IPv6 gateway by PCP', async () => {
    await using gateway = await fakeServer(pcpAnswers(gatewayState()), '::1')
    await using it = await subject(gateway, { bind: { v6: '::1' } })
    it.mapper.map('udp', 6881)
    await until(() => it.mapped.length === 1)
    expect(gateway.received[0]!.subarray(8, 24)).toEqual(new Uint8Array(16).with(15, 1))
    // No wish for an address: all zeros in its own family (RFC 6887, 11.1).
    expect(gateway.received[0]!.subarray(44)).toEqual(new Uint8Array(16))
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { GatewayEpoch } from '../../src/port-mapping/gateway-epoch.ts'
import { Lease } from '../../src/port-mapping/lease.ts'
import { grantOf } from '../../src/port-mapping/mapping.ts'
import type { MappingGrant, MappingMethod } from '../../src/port-mapping/mapping.ts'

const METHOD: MappingMethod = {
  via: 'pcp',
  name: 'PCP at 192.168.1.1:5351',
  map: () => Promise.resolve({ kind: 'silent', reason: 'never asked' }),
  unmap: () => Promise.resolve(),
}

function lease(): Lease {
  return new Lease({ protocol: 'tcp', internalPort: 6881, nonce: new Uint8Array(12) }, 0)
}

function grant(changes: Partial<Parameters<typeof grantOf>[0]> = {}): MappingGrant {
  return grantOf({ externalPort: 6881, externalIp: '203.0.113.9', lifetimeS: 3600, ...changes })
}

describe('Lease', () => {
  it('is due at half of its life, and knows what is new', () => {
    const it = lease()
    expect(it.granted(grant(), METHOD, 1000)).toBe(true)
    expect(it.dueAtMs).toBe(1000 + 1_800_000)
    expect(it.granted(grant(), METHOD, 2000)).toBe(false)
    expect(it.granted(grant({ externalPort: 7000 }), METHOD, 3000)).toBe(true)
    expect(it.granted(grant({ externalPort: 7000, externalIp: undefined }), METHOD, 4000)).toBe(true)
    expect(it.request.externalPort).toBe(7000)
  })

  it('holds on at half of what is left, until nothing is', () => {
    const it = lease()
    it.granted(grant({ lifetimeS: 1200 }), METHOD, 0)
    const at: number[] = []
    for (let now = it.dueAtMs; it.holdOn(now); now = it.dueAtMs) at.push(now / 1000)
    expect(at).toEqual([600, 900, 1050, 1125, 1162.5])
  })

  it('has nothing to hold on to after a failure', () => {
    const it = lease()
    expect(it.holdOn(0)).toBe(false)
    it.granted(grant(), METHOD, 0)
    it.failed('refused', 10)
    expect(it.holdOn(20)).toBe(false)
    expect(it.held).toBeUndefined()
  })

  it('pauses twice as long after each failure, an hour at most, and anew after success', () => {
    const it = lease()
    const pauses = Array.from({ length: 9 }, () => {
      it.failed('no', 0)
      return it.dueAtMs / 60_000
    })
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    it.granted(grant(), METHOD, 0)
    it.failed('no', 0)
    expect(it.dueAtMs).toBe(60_000)
  })

  it('never lets a gateway make it ask twice within 30 seconds, nor stay away for more than half a day', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('granted' as const), lifetimeS: fc.integer({ min: 0, max: 0xffff_ffff }) }),
      fc.record({ kind: fc.constantFrom('silent' as const, 'refused' as const), isLost: fc.boolean() }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean()), { maxLength: 30 }), (events) => {
        const it = lease()
        for (const [event, isLost] of events) {
          const now = it.dueAtMs
          it.asked(now)
          if (event.kind === 'granted') it.granted(grant({ lifetimeS: event.lifetimeS }), METHOD, now)
          else if (event.kind === 'refused' || !it.holdOn(now)) it.failed('no', now)
          if (isLost) it.lost(now + 1)
          expect(it.dueAtMs - now).toBeGreaterThanOrEqual(30_000)
          expect(it.dueAtMs - now).toBeLessThanOrEqual(43_200_000)
        }
      }),
    )
  })

  it('is due at once when it is not wanted any more', () => {
    const it = lease()
    it.granted(grant(), METHOD, 0)
    it.isWanted = false
    expect(it.dueAtMs).toBe(-Infinity)
  })
})

describe('GatewayEpoch', () => {
  /** Told times in seconds: [ours, theirs]. */
  function resets(...told: (readonly [number, number])[]): boolean[] {
    const epoch = new GatewayEpoch()
    return told.map(([ours, theirs]) => epoch.isReset('a', theirs, ours * 1000))
  }

  it('sees a gateway that started anew', () => {
    expect(resets([0, 5000], [1800, 30])).toEqual([false, true])
    expect(resets([0, 100], [10, 0])).toEqual([false, true])
    expect(resets([0, 5], [1800, 1000])).toEqual([false, true])
  })

  it('bears clocks that differ a bit', () => {
    expect(resets([0, 100], [1800, 1800], [3600, 3700], [3601, 3700], [3601, 3699])).toEqual(Array(5).fill(false))
  })

  it('sees that we slept', () => {
    expect(resets([0, 100], [1800, 40_000], [1801, 40_001])).toEqual([false, true, false])
  })

  it('does not compare gateways', () => {
    const epoch = new GatewayEpoch()
    epoch.isReset('a', 5000, 0)
    expect(epoch.isReset('b', 10, 1000)).toBe(false)
    expect(epoch.isReset('b', 0, 20_000)).toBe(true)
  })
})

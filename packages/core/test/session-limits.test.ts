import { VirtualClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { AlternativeLimits } from '../src/limit/alternative-limits.ts'
import { PeerLimits } from '../src/limit/peer-limits.ts'
import type { LimitPair } from '../src/limit/peer-limits.ts'
import { SessionLimits } from '../src/limit/session-limits.ts'
import { WeeklySchedule } from '../src/limit/weekly-schedule.ts'

const HOME = '192.168.1.7'
const AWAY = '20.0.0.1'

function effective({ download, upload }: LimitPair): { download: number; upload: number } {
  return { download: download.effectiveBps, upload: upload.effectiveBps }
}

describe('the limits of a session', () => {
  it('hold for each torrent, with those of its label and its own', () => {
    const limits = new SessionLimits(new VirtualClock(), { downloadBps: 1000, uploadBps: 0 })
    const torrent = limits.torrent({ uploadBps: 300 }, 'films')
    const other = limits.torrent({})
    expect(effective(torrent.of(AWAY))).toEqual({ download: 1000, upload: 300 })
    limits.setLabel('films', { downloadBps: 500, uploadBps: 200 })
    expect(effective(torrent.of(AWAY))).toEqual({ download: 500, upload: 200 })
    expect(effective(other.of(AWAY))).toEqual({ download: 1000, upload: 0 })
    other.setLabel('films')
    expect(effective(other.of(AWAY))).toEqual({ download: 500, upload: 200 })
    torrent.setLabel(undefined)
    torrent.set({ downloadBps: 100 })
    expect(effective(torrent.of(AWAY))).toEqual({ download: 100, upload: 300 })
    limits.setLabel('films', { downloadBps: 0 })
    expect(effective(other.of(AWAY))).toEqual({ download: 1000, upload: 200 })
    limits.set({ downloadBps: 0 })
    expect(effective(other.of(AWAY))).toEqual({ download: 0, upload: 200 })
  })

  it('hold on the local network unless that has its own', () => {
    const clock = new VirtualClock()
    const plain = new SessionLimits(clock, { downloadBps: 1000 }).torrent({})
    expect(effective(plain.of(HOME)).download).toBe(1000)
    const rates = { downloadBps: 1000, uploadBps: 2000 }
    const exempt = new SessionLimits(clock, { ...rates, local: { downloadBps: 0 } }).torrent({ downloadBps: 10 })
    expect(effective(exempt.of(HOME))).toEqual({ download: 0, upload: 2000 })
    expect(effective(exempt.of(AWAY))).toEqual({ download: 10, upload: 2000 })
    const other = new SessionLimits(clock, { ...rates, local: { uploadBps: 0 } }).torrent({})
    expect(effective(other.of(HOME))).toEqual({ download: 1000, upload: 0 })
    const apart = new SessionLimits(clock, { downloadBps: 1000, local: { downloadBps: 5000 } }).torrent({})
    expect(effective(apart.of('fe80::1')).download).toBe(5000)
    expect(effective(apart.of(AWAY)).download).toBe(1000)
  })

  it('become others for peers of the local network that are there', async () => {
    const clock = new VirtualClock()
    const limits = new SessionLimits(clock, { downloadBps: 1000, uploadBps: 2000 })
    const torrent = limits.torrent({ downloadBps: 500 })
    let turns = 0
    const handler = { onDownloadTurn: () => turns++, onUploadTurn: () => undefined }
    const [home, away] = [HOME, AWAY].map((ip) => new PeerLimits(torrent.of(ip), handler))
    if (home === undefined || away === undefined) throw new Error('no peers')
    const rates = ({ download, upload }: PeerLimits): readonly number[] => [
      download.limit.effectiveBps,
      upload.limit.effectiveBps,
    ]
    home.download.take(1_000_000)
    home.download.wait()
    limits.setLocal({ downloadBps: 0 })
    expect([rates(home), rates(away)]).toEqual([
      [0, 2000],
      [500, 2000],
    ])
    // What it owes where it was is no debt where it is.
    await clock.advance(100)
    expect(turns).toBe(1)
    limits.setLocal({ downloadBps: 7000, uploadBps: 10 })
    expect([rates(home), effective(limits.torrent({}).of(HOME))]).toEqual([[7000, 10], { download: 7000, upload: 10 }])
    home.download.wait()
    limits.setLocal({})
    expect([rates(home), effective(torrent.of(HOME))]).toEqual([[500, 2000], { download: 500, upload: 2000 }])
    await clock.advance(100)
    expect(turns).toBe(1)
    home.leave()
    limits.setLocal({ downloadBps: 1 })
    expect(rates(home)).toEqual([500, 2000])
    expect(clock.pendingTimers).toBe(0)
  })

  it('forget torrents that are gone', () => {
    const limits = new SessionLimits(new VirtualClock(), {})
    const torrent = limits.torrent({}, 'films')
    torrent[Symbol.dispose]()
    limits.setLabel('films', { downloadBps: 500 })
    expect(effective(torrent.of(AWAY)).download).toBe(0)
  })

  it('count payload alone, or all that is on the wire', async () => {
    const taken = async (counts: 'payload' | 'wire'): Promise<{ down: number; up: number }> => {
      const clock = new VirtualClock()
      const torrent = new SessionLimits(clock, { downloadBps: 1e9, uploadBps: 1e9, counts }).torrent({})
      const pair = torrent.of(AWAY)
      const nothing = (): void => undefined
      const peer = new PeerLimits(pair, { onDownloadTurn: nothing, onUploadTurn: nothing })
      peer.received(20_000, 16_384)
      peer.received(5000, 16_384)
      peer.sent(16_384, 18_000)
      return { down: pair.download.served, up: pair.upload.served }
    }
    expect(await taken('payload')).toEqual({ down: 16_384, up: 16_384 })
    const wire = await taken('wire')
    expect(wire.down / 25_000).toBeGreaterThan(1.03)
    expect(wire.down / 25_000).toBeLessThan(1.06)
    expect(wire.up / 18_000).toBeGreaterThan(1.03)
    expect(wire.up / 18_000).toBeLessThan(1.08)
  })
})

describe('alternative limits', () => {
  const noon = new Date(2026, 2, 4, 12, 0) // a Wednesday

  it('hold at their hours, and give way to what was set meanwhile', async () => {
    const clock = new VirtualClock()
    const limits = new SessionLimits(clock, { downloadBps: 1000, uploadBps: 100 })
    const wallClock = (): Date => new Date(noon.getTime() + clock.now())
    const options = { uploadBps: 50, schedule: [{ days: [3], from: '12:30', to: '13:00' }] }
    using alternative = new AlternativeLimits(options, { limits, clock, wallClock })
    const minutes = async (count: number): Promise<void> => clock.advance(count * 60_000)
    await minutes(29)
    expect(limits.rates).toEqual({ downloadBps: 1000, uploadBps: 100 })
    await minutes(2)
    expect(limits.rates).toEqual({ downloadBps: 0, uploadBps: 50 })
    limits.set({ uploadBps: 70 })
    expect(limits.rates).toEqual({ downloadBps: 0, uploadBps: 50 })
    await minutes(30)
    expect(limits.rates).toEqual({ downloadBps: 1000, uploadBps: 70 })
    alternative.use('on')
    expect(limits.rates).toEqual({ downloadBps: 0, uploadBps: 50 })
    alternative.use('schedule')
    expect(limits.rates).toEqual({ downloadBps: 1000, uploadBps: 70 })
    alternative[Symbol.dispose]()
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('a weekly schedule', () => {
  const at = (day: number, hours: number, minutes: number): Date => new Date(2026, 2, 1 + day, hours, minutes) // Sunday 1st

  it('includes the first minute of a span and not the last', () => {
    const schedule = new WeeklySchedule([{ days: [1, 5], from: '08:30', to: '17:00' }])
    expect(schedule.includes(at(1, 8, 29))).toBe(false)
    expect(schedule.includes(at(1, 8, 30))).toBe(true)
    expect(schedule.includes(at(1, 16, 59))).toBe(true)
    expect(schedule.includes(at(1, 17, 0))).toBe(false)
    expect(schedule.includes(at(2, 12, 0))).toBe(false)
    expect(schedule.includes(at(5, 12, 0))).toBe(true)
  })

  it('lets a span go on over midnight, from Saturday to Sunday too', () => {
    const schedule = new WeeklySchedule([{ days: [6], from: '23:00', to: '06:00' }])
    expect(schedule.includes(at(6, 5, 0))).toBe(false)
    expect(schedule.includes(at(6, 23, 0))).toBe(true)
    expect(schedule.includes(at(0, 5, 59))).toBe(true)
    expect(schedule.includes(at(0, 6, 0))).toBe(false)
  })

  it('has whole days', () => {
    for (const span of [
      { from: '00:00', to: '24:00' },
      { from: '00:00', to: '00:00' },
    ]) {
      const schedule = new WeeklySchedule([{ days: [2], ...span }])
      for (const hour of [0, 12, 23]) expect(schedule.includes(at(2, hour, 30))).toBe(true)
      expect(schedule.includes(at(3, 0, 0))).toBe(false)
      expect(schedule.includes(at(1, 23, 59))).toBe(false)
    }
  })

  it.each([
    { days: [7], from: '00:00', to: '01:00' },
    { days: [1], from: '8:00', to: '09:00' },
    { days: [1], from: '24:00', to: '09:00' },
    { days: [1], from: '08:00', to: '24:01' },
    { days: [1], from: '08:60', to: '09:00' },
  ])('refuses %j', (span) => {
    expect(() => new WeeklySchedule([span])).toThrow(expect.objectContaining({ code: 'LIMIT_SCHEDULE_INVALID' }))
  })
})

// How often a swarm looks after itself, by a clock that is moved by hand.

import { VirtualClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { Heartbeat } from '../src/swarm/heartbeat.ts'

function start(): {
  clock: VirtualClock
  heart: Heartbeat
  seen: { beats: number[]; deserted: number }
  alone: (is: boolean) => void
} {
  const clock = new VirtualClock()
  const seen = { beats: [] as number[], deserted: 0 }
  let isAlone = false
  const heart = new Heartbeat({
    clock,
    beat: (_, elapsedMs) => seen.beats.push(elapsedMs),
    isAlone: () => isAlone,
    onDeserted: () => seen.deserted++,
  })
  return { clock, heart, seen, alone: (is) => (isAlone = is) }
}

describe('the heart of a swarm', () => {
  it('beats every second, and seldom when nobody is there', async () => {
    const { clock, seen, alone } = start()
    await clock.advance(3000)
    alone(true)
    await clock.advance(31_000)
    expect(seen.beats).toEqual([1000, 1000, 1000, 1000, 10_000, 10_000, 10_000])
  })

  it('stands still after minutes alone, and goes on when somebody comes', async () => {
    const { clock, heart, seen, alone } = start()
    alone(true)
    await clock.advance(3_600_000)
    expect(seen.deserted).toBe(1)
    const before = seen.beats.length
    expect(before).toBe(31)
    alone(false)
    heart.wake()
    await clock.advance(5000)
    expect(seen.beats.slice(before)).toEqual([1000, 1000, 1000, 1000, 1000])
    expect(seen.deserted).toBe(1)
  })

  it('ends for good', async () => {
    const { clock, heart, seen, alone } = start()
    alone(true)
    await clock.advance(1000)
    heart.stop()
    heart.wake()
    await clock.advance(3_600_000)
    expect(seen).toEqual({ beats: [1000], deserted: 0 })
  })
})

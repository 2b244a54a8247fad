import { describe, expect, it } from 'vitest'

import { SeedingGoal } from '../src/torrent/seeding-goal.ts'
import type { SeedingGoalAction } from '../src/torrent/seeding-goal.ts'

const at = (nowMs: number, uploaded = 0): Parameters<SeedingGoal['reached']>[0] => ({
  nowMs,
  uploaded,
  size: 1000,
  seedingSinceMs: 100,
})

describe('a seeding goal', () => {
  it('is reached by ratio, by time, or not at all', () => {
    expect(new SeedingGoal({}).reached(at(1e12, 1e12))).toBeUndefined()
    const goal = new SeedingGoal({ seedRatio: 1.5, seedTimeMs: 5000 })
    expect(goal.reached(at(5099, 1499))).toBeUndefined()
    expect(goal.reached(at(5099, 1500))).toBe('ratio')
    expect(goal.reached(at(5100, 1499))).toBe('time')
  })

  it('is reached when nothing was sent for long, from the beginning of seeding on', () => {
    const goal = new SeedingGoal({ seedIdleMs: 1000 })
    expect(goal.reached(at(100))).toBeUndefined()
    expect(goal.reached(at(1099))).toBeUndefined()
    expect(goal.reached(at(1099, 1))).toBeUndefined()
    expect(goal.reached(at(2000, 1))).toBeUndefined()
    expect(goal.reached(at(2099, 1))).toBe('idle')
  })

  it.each<[SeedingGoalAction, boolean]>([
    ['stop', true],
    ['remove', true],
    ['throttle', false],
    ['superseed', false],
  ])('with action %s is reached again: %s', (seedGoalAction, isAgain) => {
    const goal = new SeedingGoal({ seedRatio: 1, seedGoalAction })
    expect(goal.reached(at(1, 1000))).toBe('ratio')
    expect(goal.reached(at(2, 1000))).toBe(isAgain ? 'ratio' : undefined)
  })
})

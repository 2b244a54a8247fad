import { describe, expect, it } from 'vitest'

import { VirtualClock } from '@ccbt/testkit'

import { cachedResolve } from '../../src/tracker/name-cache.ts'
import { errorOf } from './helpers.ts'

const ADDRESSES = [{ address: '192.0.2.1', family: 4 }]

class Lab {
  readonly clock = new VirtualClock()
  readonly asked: string[] = []
  answer: () => Promise<typeof ADDRESSES> = () => Promise.resolve(ADDRESSES)
  readonly resolve = cachedResolve((name) => {
    this.asked.push(name)
    return this.answer()
  }, this.clock)
}

describe('names', () => {
  it('are looked up once for all who ask within a minute', async () => {
    const lab = new Lab()
    const answers = await Promise.all(['a', 'a', 'b', 'a'].map((name) => lab.resolve(name)))
    expect(answers).toEqual([ADDRESSES, ADDRESSES, ADDRESSES, ADDRESSES])
    await lab.clock.advance(59_000)
    await lab.resolve('a')
    expect(lab.asked).toEqual(['a', 'b'])
    await lab.clock.advance(1_000)
    await lab.resolve('a')
    expect(lab.asked).toEqual(['a', 'b', 'a'])
  })

  it('are looked up anew after a failure, which all who waited are told of', async () => {
    const lab = new Lab()
    lab.answer = () => Promise.reject(new Error('no such name'))
    const failures = [errorOf(lab.resolve('a')), errorOf(lab.resolve('a'))]
    expect(await Promise.all(failures)).toHaveLength(2)
    lab.answer = () => Promise.resolve(ADDRESSES)
    expect(await lab.resolve('a')).toEqual(ADDRESSES)
    expect(lab.asked).toEqual(['a', 'a'])
  })

  it('are kept to 256, the newest', async () => {
    const lab = new Lab()
    for (let i = 0; i < 300; i++) await lab.resolve(`${i}`)
    await lab.resolve('299')
    await lab.resolve('44')
    expect(lab.asked).toHaveLength(300)
    await lab.resolve('43')
    expect(lab.asked).toHaveLength(301)
  })
})

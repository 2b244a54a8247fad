import { setImmediate as turn } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { onAllWorkers } from '../src/background-jobs.ts'

const signal = new AbortController().signal

/** The workers that `count` items are given to, in order. */
async function workersFor(count: number): Promise<number[]> {
  const workers: number[] = []
  const action = async (_: number, place: { affinity?: number }): Promise<void> => {
    workers.push(place.affinity ?? -1)
    await turn()
  }
  await onAllWorkers({ size: 3 }, Array.from({ length: count }, (_, n) => n).values(), { signal, action })
  return workers
}

describe('work on all workers', () => {
  it('gives each of them something, two items at a time', async () => {
    const workers = await workersFor(60)
    expect(workers.slice(0, 6)).toEqual([0, 0, 1, 1, 2, 2])
    for (const worker of [0, 1, 2]) expect(workers.filter((n) => n === worker).length).toBeGreaterThan(10)
  })

  it('needs one worker for little', async () => {
    expect(await workersFor(2)).toEqual([0, 0])
    expect(await workersFor(3)).toEqual([0, 0, 1])
  })

  it('begins nothing after a failure, and waits for what is under way', async () => {
    const begun: number[] = []
    let ended = 0
    const action = async (item: number): Promise<void> => {
      begun.push(item)
      await turn()
      if (item === 1) throw new Error('the second')
      await turn()
      ended++
    }
    const items = Array.from({ length: 100 }, (_, n) => n).values()
    await expect(onAllWorkers({ size: 2 }, items, { signal, action })).rejects.toThrow('the second')
    expect(begun).toEqual([0, 1, 2, 3])
    expect(ended).toBe(3)
  })

  it('begins nothing when it is aborted', async () => {
    const action = (): Promise<void> => Promise.reject(new Error('begun'))
    const options = { signal: AbortSignal.abort(), action }
    await expect(onAllWorkers({ size: 2 }, [1].values(), options)).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

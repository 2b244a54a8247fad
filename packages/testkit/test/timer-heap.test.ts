import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { TimerHeap } from '../src/timer-heap.ts'

const command = fc.oneof(
  fc.record({ type: fc.constant('add' as const), at: fc.nat(40) }),
  fc.record({ type: fc.constant('cancel' as const), which: fc.nat(60) }),
  fc.record({ type: fc.constant('take' as const), end: fc.nat(40) }),
)

describe('timer heap', () => {
  it('gives what a sorted list gives', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
        const heap = new TimerHeap()
        const model: { at: number; id: number }[] = []
        const cancels: (() => void)[] = []
        for (const c of commands) {
          if (c.type === 'add') {
            const id = cancels.length
            cancels.push(heap.add(c.at, () => taken.push(id)))
            model.push({ at: c.at, id })
          } else if (c.type === 'cancel') {
            const id = c.which
            cancels[id]?.()
            const index = model.findIndex((timer) => timer.id === id)
            if (index !== -1) model.splice(index, 1)
          } else {
            model.sort((a, b) => a.at - b.at || a.id - b.id)
            const expected = model[0] !== undefined && model[0].at <= c.end ? model.shift() : undefined
            const taken = takeFrom(heap, c.end)
            expect(taken).toEqual(expected)
          }
          expect(heap.size).toBe(model.length)
        }
      }),
      { numRuns: 300 },
    )
  })
})

let taken: number[] = []

function takeFrom(heap: TimerHeap, end: number): { at: number; id: number } | undefined {
  taken = []
  const timer = heap.take(end)
  timer?.fn()
  return timer === undefined ? undefined : { at: timer.at, id: taken[0]! }
}

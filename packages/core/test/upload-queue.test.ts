import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { UploadQueue } from '../src/peer/upload-queue.ts'

interface Request {
  readonly piece: number
  readonly begin: number
  readonly length: number
}

const request = fc.record({ piece: fc.nat(3), begin: fc.nat(2), length: fc.integer({ min: 1, max: 2 }) })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ push: request, times: fc.constantFrom(1, 3, 700) }) },
  { weight: 3, arbitrary: fc.record({ shift: fc.constantFrom(1, 5, 600) }) },
  { weight: 3, arbitrary: fc.record({ remove: request }) },
  { weight: 1, arbitrary: fc.record({ clear: fc.constant(true) }) },
)

function removeFirst(model: Request[], { piece, begin, length }: Request): boolean {
  const at = model.findIndex((r) => r.piece === piece && r.begin === begin && r.length === length)
  if (at >= 0) model.splice(at, 1)
  return at >= 0
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function push(queue: UploadQueue, model: Request[], request: Request, times: number): void {
  for (let i = 0; i < times; i++) {
    const hasRoom = model.length < 2000
    expect(queue.push(request.piece, request.begin, request.length)).toBe(hasRoom)
    if (hasRoom) model.push(request)
  }
}

function apply(queue: UploadQueue, model: Request[], now: Step): void {
  if ('push' in now) {
    push(queue, model, now.push, now.times)
  } else if ('shift' in now) {
    for (let i = 0; i < now.shift; i++) expect(queue.shift()).toEqual(model.shift())
  } else if ('remove' in now) {
    const { piece, begin, length } = now.remove
    expect(queue.remove(piece, begin, length)).toBe(removeFirst(model, now.remove))
  } else {
    const seen: Request[] = []
    queue.clear((piece, begin, length) => seen.push({ piece, begin, length }))
    expect(seen).toEqual(model)
    model.length = 0
  }
  expect(queue.length).toBe(model.length)
}

describe('an upload queue', () => {
  it('is a list of at most 2000 requests, oldest first', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new UploadQueue()
        const model: Request[] = []
        for (const now of steps) apply(queue, model, now)
      }),
    )
  })
})

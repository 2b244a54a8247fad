// A stream of events is the same however the network cuts it.

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { EventLines } from '../src/event-lines.ts'

const event = fc.record({ type: fc.constantFrom('state', 'log'), data: fc.constantFrom('{}', '{"a":1}', '') })

it('puts the same events together however their text is cut', () => {
  fc.assert(
    fc.property(fc.array(event), fc.array(fc.nat(200)), (events, places) => {
      const text = events.map(({ type, data }) => `event: ${type}\ndata: ${data}\n\n`).join('')
      const cuts = [0, ...places.toSorted((a, b) => a - b), text.length]
      const lines = new EventLines()
      const found = cuts.flatMap((cut, n) => lines.push(text.slice(cut, cuts[n + 1] ?? cut)))
      expect(found).toEqual(events)
    }),
  )
})

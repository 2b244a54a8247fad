// What faces draw of the supply of a torrent, against a count over its pieces one by one.

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { Bitfield } from '@ccbt/primitives'

import { availabilityOf } from '../src/swarm/availability.ts'

it('tells the rarest missing piece of each part, and the rarest of all where nothing is missing', () => {
  const pieces = fc.array(fc.record({ isHere: fc.boolean(), peers: fc.integer({ min: 0, max: 400 }) }), {
    minLength: 1,
  })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 20 }), (all, parts) => {
      const have = new Bitfield(all.length)
      for (const [piece, { isHere }] of all.entries()) if (isHere) have.set(piece)
      const counts = availabilityOf({ have, availability: (piece) => all[piece]?.peers ?? 0 }, parts)
      expect(counts).toHaveLength(Math.min(parts, all.length))
      const owners = all.map((_, piece) =>
        [...counts.keys()].findLast((part) => start(part, counts.length, all.length) <= piece),
      )
      for (const [part, count] of counts.entries()) {
        const own = all.filter((_, piece) => owners[piece] === part)
        const missing = own.filter(({ isHere }) => !isHere)
        const peers = (missing.length === 0 ? own : missing).map((piece) => piece.peers)
        expect(count).toBe(Math.min(255, ...peers))
      }
    }),
  )
})

function start(part: number, parts: number, pieces: number): number {
  return Math.floor((part * pieces) / parts)
}

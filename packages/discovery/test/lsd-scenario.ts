// Run in a network namespace by lsd.test.ts: two nodes on all interfaces of it. Prints what the first one finds.

import { setTimeout as wait } from 'node:timers/promises'

import { formatEndpoint } from '@ccbt/address'
import { createLsd } from '@ccbt/discovery'
import { seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'

const infoHash = new Uint8Array(20).fill(7)
const found = new Set<string>()
const clock = scaledClock()

await using first = createLsd({
  clock,
  random: seededRandom(1),
  port: () => 6881,
  sink: (_, peer) => found.add(formatEndpoint(peer)),
})
first.announce(infoHash)
await wait(100)

await using second = createLsd({ clock, random: seededRandom(2), port: () => 6882, sink: () => {} })
// One torrent after the other, until both families have got through.
for (let n = 0; n < 10 && found.size < 2; n++) {
  second.remove(infoHash)
  second.announce(infoHash)
  await wait(500)
}
console.log(JSON.stringify([...found].toSorted((a, b) => b.length - a.length)))

// Run in a network namespace by lsd.test.ts: two nodes on all interfaces of it, and a stranger whose address is no part
// of the local network. Prints what the first node finds, and whether it has dropped anything.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

import { formatEndpoint } from '@ccbt/address'
import { createLsd } from '@ccbt/discovery'
import { seededRandom, toHex } from '@ccbt/primitives'
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
// Again and again, until both families have got through on both interfaces.
for (let n = 0; n < 10 && found.size < 3; n++) {
  second.remove(infoHash)
  second.announce(infoHash)
  await wait(500)
}
const stranger = createSocket('udp4')
stranger.bind(0, '198.51.100.9')
await once(stranger, 'listening')
stranger.setMulticastInterface('10.77.0.1')
const lines = ['BT-SEARCH * HTTP/1.1', 'Port: 6883', `Infohash: ${toHex(infoHash)}`, '', '']
for (let n = 0; n < 10 && first.stats().dropped === 0; n++) {
  stranger.send(lines.join('\r\n'), 6771, '239.192.152.143')
  await wait(100)
}
stranger.close()

const peers = [...found].toSorted((a, b) => b.length - a.length)
console.log(JSON.stringify({ peers, hasDropped: first.stats().dropped > 0 }))

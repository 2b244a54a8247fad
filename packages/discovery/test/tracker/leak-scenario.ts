// Run as a process of its own: uses everything, leaves announces hanging, disposes, and prints what is left of it.
// With an argument it forgets to dispose: the proof that the figures show a leak.

import { createSocket } from 'node:dgram'
import { readdirSync, readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { createAnnouncer, createTrackerServer } from '@ccbt/discovery'
import { seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'

import { client, errorOf, NEVER, request } from './helpers.ts'

const forgets = process.argv[2] === 'forget'

/** Sockets of this process, also those that do not keep it alive; 0 where the system does not tell. */
function openSockets(): number {
  if (process.platform !== 'linux') return 0
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      // The descriptor of the listing itself is gone by now.
      return false
    }
  }).length
}

const before = openSockets()
const server = await createTrackerServer({ port: 0, host: '127.0.0.1' })
const idle = connect(server.port, '127.0.0.1').on('error', () => {})
await new Promise((resolve) => idle.once('connect', resolve))

const mute = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
const muteUdp = createSocket('udp4').bind(0, '127.0.0.1')
await new Promise((resolve) => muteUdp.once('listening', resolve))

const tracker = client()
for (const url of server.announceUrls) await tracker.announce(url, request(), NEVER)
const hanging = [
  errorOf(tracker.announce(`http://127.0.0.1:${(mute.address() as AddressInfo).port}/announce`, request(), NEVER)),
  errorOf(tracker.announce(`udp://127.0.0.1:${muteUdp.address().port}/announce`, request(), NEVER)),
]
const announcer = createAnnouncer({
  tiers: [server.announceUrls],
  client: tracker,
  clock: scaledClock(),
  random: seededRandom(1),
  sink: { peers: () => {} },
  request: () => ({ ...request(), wantPeers: true }),
})
announcer.start()
await new Promise((resolve) => setTimeout(resolve, 50))

if (!forgets) {
  await announcer[Symbol.asyncDispose]()
  await tracker[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await Promise.all(hanging)
}
idle.destroy()
mute.close()
muteUdp.close()
await new Promise((resolve) => setTimeout(resolve, 50))
process.stdout.write(JSON.stringify({ sockets: openSockets() - before }), () => {
  if (forgets) process.exit(0)
})

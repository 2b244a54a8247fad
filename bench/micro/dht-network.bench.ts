// The DHT engine in a network of its own making, in virtual time: hops and messages of a lookup by the size of the
// network, and what one node takes of memory and time (needs --expose-gc for the memory). Then real time: how long the
// loop is blocked while ten thousand lookups of one node run over loopback, and what a node costs that has a full table
// and nothing to do.

import { createSocket } from 'node:dgram'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { createDht } from '@ccbt/discovery'
import type { LookupReport } from '@ccbt/discovery'
import { seededRandom } from '@ccbt/primitives'
import { scaledClock, VirtualClock } from '@ccbt/testkit'

import { compactEndpoint, writeNodes } from '../../packages/discovery/src/dht/contact.ts'
import type { Contact } from '../../packages/discovery/src/dht/contact.ts'
import { readMessage, writeAnswer } from '../../packages/discovery/src/dht/krpc.ts'
import { closer, randomId } from '../../packages/discovery/src/dht/node-id.ts'
import { join, MemoryNetwork, NEVER } from '../../packages/discovery/test/dht/memory-network.ts'
import type { Member } from '../../packages/discovery/test/dht/memory-network.ts'

const SIZES = [1000, 3000, 10_000]
const WAVE = 50
const LOOKUPS = 200
const ANSWERERS = 256
const LOOPBACK_LOOKUPS = 10_000
const IDLE_MS = 20_000

function heapBytes(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** So many nodes that have joined one after the other. */
export async function build(clock: VirtualClock, network: MemoryNetwork, size: number): Promise<Member[]> {
  const members = [network.node()]
  const any = (): Member => members[Math.floor((network.random.u32() / 2 ** 32) * members.length)]!
  while (members.length < size) {
    const wave = Array.from({ length: Math.min(WAVE, size - members.length) }, () => network.node())
    await clock.until(Promise.all(wave.map((member) => join(member, [any().at, any().at, any().at]))))
    members.push(...wave)
  }
  return members
}

async function lookUp(clock: VirtualClock, network: MemoryNetwork, members: readonly Member[]): Promise<string> {
  let found = 0
  let hops = 0
  let asked = 0
  const sent = network.sent
  const started = performance.now()
  for (let i = 0; i < LOOKUPS; i++) {
    const target = randomId(network.random)
    const plan = { target, method: 'get_peers', arguments: { info_hash: target } }
    const announcer = members[(i * 7919) % members.length]!.node
    const { closest } = await clock.until(announcer.find(plan, NEVER))
    await clock.until(announcer.write('announce_peer', { info_hash: target, port: 6881 }, closest))
    let isFound = false
    const seeker = members[(i * 104_729 + 1) % members.length]!.node
    const result = await clock.until(
      seeker.find({ ...plan, onAnswer: ({ values }) => void (isFound ||= values.has('values')) }, NEVER),
    )
    found += isFound ? 1 : 0
    hops += result.hops
    asked += result.asked
  }
  const usPerMessage = ((performance.now() - started) * 1000) / (network.sent - sent)
  return [
    `${(found / LOOKUPS) * 100} %`,
    (hops / LOOKUPS).toFixed(2),
    (asked / LOOKUPS).toFixed(1),
    usPerMessage.toFixed(0),
  ]
    .map((text) => text.padStart(10))
    .join('')
}

async function measureNetworks(): Promise<void> {
  console.log('   nodes     found      hops     asked us/message    table  KiB/node')
  for (const size of SIZES) {
    const clock = new VirtualClock()
    const network = new MemoryNetwork(clock)
    const before = heapBytes()
    const members = await build(clock, network, size)
    const kib = (heapBytes() - before) / 1024 / size
    const table = members.reduce((sum, { node }) => sum + node.table.size, 0) / size
    const row = await lookUp(clock, network, members)
    console.log(`${String(size).padStart(8)}${row}${table.toFixed(1).padStart(9)}${kib.toFixed(1).padStart(10)}`)
  }
}

/** Sockets that answer every question at once, without a limit, and name each other. */
async function openAnswerers(): Promise<{ contacts: Contact[]; close: () => void }> {
  const random = seededRandom(7)
  const sockets = Array.from({ length: ANSWERERS }, () => createSocket('udp4'))
  const contacts: Contact[] = []
  for (const socket of sockets) {
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { address: host, port } = socket.address()
    const contact = { id: randomId(random), host, port }
    contacts.push(contact)
    socket.on('message', (bytes, from) => {
      const query = readMessage(bytes)
      if (query.kind !== 'query') return
      const target = query.arguments.get('info_hash') ?? query.arguments.get('target')
      const near =
        target instanceof Uint8Array ? contacts.toSorted((a, b) => closer(target, a.id, b.id)).slice(0, 8) : []
      const values = { id: contact.id, nodes: writeNodes(near), token: 'token' }
      socket.send(writeAnswer(query.transaction, values, compactEndpoint({ host, port })), from.port, from.address)
    })
  }
  const close = (): void => {
    for (const socket of sockets) socket.close()
  }
  return { contacts, close }
}

async function measureLoop(): Promise<void> {
  const { contacts, close } = await openAnswerers()
  const dht = await createDht({
    clock: scaledClock(),
    random: seededRandom(1),
    bind: { v4: '127.0.0.1' },
    port: 0,
    bootstrap: contacts.slice(0, 8),
    allowLocal: true,
    pace: { active: 32, perS: 100_000 },
  })
  const random = seededRandom(99)
  const lookUpOnce = (): Promise<LookupReport> =>
    dht.lookup(randomId(random), { announcePort: 6881, onPeers: () => {}, signal: new AbortController().signal })
  await lookUpOnce()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const reports = await Promise.all(Array.from({ length: LOOPBACK_LOOKUPS }, lookUpOnce))
  delay.disable()
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const asked = reports.reduce((sum, report) => sum + report.asked + report.announced, 0)
  console.log(
    `${LOOPBACK_LOOKUPS} lookups at once, with those who answer in this process: ${seconds.toFixed(1)} s, ${asked} questions, ` +
      `${((user + system) / asked).toFixed(0)} us of CPU each, ` +
      `loop blocked p50 ${(delay.percentile(50) / 1e6).toFixed(1)}, p99 ${(delay.percentile(99) / 1e6).toFixed(1)}, max ${(delay.max / 1e6).toFixed(1)} ms`,
  )
  const idle = process.cpuUsage()
  await sleep(IDLE_MS)
  const idleCpu = process.cpuUsage(idle)
  const share = (idleCpu.user + idleCpu.system) / 1000 / IDLE_MS
  console.log(`idle with ${dht.stats().ipv4?.nodes} nodes in the table: ${(share * 100).toFixed(2)} % of a core`)
  await dht[Symbol.asyncDispose]()
  close()
}

/** Prints a row for each size of network, then the two measurements in real time. */
export async function run(): Promise<void> {
  await measureNetworks()
  await measureLoop()
}

// What it takes to announce libraries of several sizes in the DHT, and to look for content there: by the keys that ccbt
// chooses, and by one key for each chunk. Messages are counted in a network of 1000 nodes in virtual time; the libraries are
// random hashes of as many chunks and files as they would have.

import { hashKey } from '@ccbt/chunker'
import { seededRandom } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'
import { MAX_CONTENT_KEYS } from '../../packages/core/src/xet/content-announcer.ts'
import { contentKey, planKeys } from '../../packages/core/src/xet/content-keys.ts'
import { MemoryNetwork, NEVER } from '../../packages/discovery/test/dht/memory-network.ts'
import type { Member } from '../../packages/discovery/test/dht/memory-network.ts'
import { build } from '../micro/dht-network.bench.ts'

const NODES = 1000
const SAMPLES = 200
const GIB = 1024 ** 3
/** Measured mean of random data. */
const CHUNK_BYTES = 62_602
/** A library of films and models: files of 1 GiB. */
const FILE_BYTES = GIB
/** Nodes forget after 30 minutes. */
const PERIOD_S = 25 * 60
const LIBRARIES = [
  { name: '10 GiB', bytes: 10 * GIB },
  { name: '100 GiB', bytes: 100 * GIB },
  { name: '1 TiB', bytes: 1024 * GIB },
] as const

interface Costs {
  /** Datagrams in both directions. */
  readonly announce: number
  readonly lookup: number
  readonly found: number
}

/** Gives the tables as Markdown; there is one round, since nothing in it is left to chance. */
export async function benchAnnounces(): Promise<string> {
  const costs = await measureCosts()
  const random = seededRandom(5)
  const rows = LIBRARIES.map(({ name, bytes }) => row(name, bytes, { costs, random }))
  return [
    `${NODES} nodes: an announce is ${costs.announce.toFixed(0)} messages, a lookup ${costs.lookup.toFixed(0)}; ` +
      `${costs.found} of ${SAMPLES} found.`,
    '',
    '| library | chunks | a key for each: messages/s | keys of ccbt | of them files | one chunk in | messages/s |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...rows,
  ].join('\n')
}

function row(name: string, bytes: number, { costs, random }: { costs: Costs; random: Random }): string {
  const chunks = Math.round(bytes / CHUNK_BYTES)
  const plan = planKeys({ fileKeys: Math.floor(bytes / FILE_BYTES), chunks }, MAX_CONTENT_KEYS)
  const sampled = Math.min(plan.chunks, sampleOf(chunks, plan.bits, random))
  const keys = plan.files + sampled
  const load = (announced: number): string => ((announced * costs.announce) / PERIOD_S).toFixed(0)
  return `| ${[name, chunks, load(chunks), keys, plan.files, 2 ** plan.bits, load(keys)].join(' | ')} |`
}

/** How many of so many random hashes are in the sample. */
function sampleOf(chunks: number, bits: number, random: Random): number {
  const hash = new Uint8Array(32)
  const view = new DataView(hash.buffer)
  let sampled = 0
  for (let n = 0; n < chunks; n++) {
    view.setUint32(0, random.u32())
    view.setUint32(4, random.u32())
    if (hashKey(hash) % 2 ** bits === 0) sampled++
  }
  return sampled
}

async function measureCosts(): Promise<Costs> {
  const clock = new VirtualClock()
  const network = new MemoryNetwork(clock)
  const members = await build(clock, network, NODES)
  let [announced, looked, found] = [0, 0, 0]
  for (let n = 0; n < SAMPLES; n++) {
    const target = contentKey(n)
    const plan = { target, method: 'get_peers', arguments: { info_hash: target } }
    const sharer = memberAt(members, n * 7919)
    const { asked, answered, closest } = await clock.until(sharer.node.find(plan, NEVER))
    const values = { info_hash: target, port: 6881 }
    const stored = await clock.until(sharer.node.write('announce_peer', values, closest))
    announced += asked + answered + closest.length + stored
    let isFound = false
    const onAnswer = ({ values }: { readonly values: { has(key: string): boolean } }): void => {
      isFound ||= values.has('values')
    }
    const seeker = memberAt(members, n * 104_729 + 1)
    const search = await clock.until(seeker.node.find({ ...plan, onAnswer }, NEVER))
    looked += search.asked + search.answered
    if (isFound) found++
  }
  return { announce: announced / SAMPLES, lookup: looked / SAMPLES, found }
}

function memberAt(members: readonly Member[], n: number): Member {
  return members[n % members.length]!
}

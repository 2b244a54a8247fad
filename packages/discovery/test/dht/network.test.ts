// A network of a thousand nodes in virtual time, every fifth of them hostile, with datagrams lost and nodes that leave.

import { beforeAll, describe, expect, it } from 'vitest'

import type { Endpoint } from '@ccbt/address'
import { randomBelow } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'

import { randomId } from '../../src/dht/node-id.ts'
import { PeerSieve } from '../../src/dht/peer-sieve.ts'
import { hostileNode, MALICES } from './hostile-node.ts'
import { join, MemoryNetwork, NEVER } from './memory-network.ts'
import type { Member } from './memory-network.ts'

const NODES = 1000
const HOSTILE_SHARE = 0.2
const LOSS = 0.02
const WAVE = 50

const clock = new VirtualClock()
const network = new MemoryNetwork(clock)
const members: Member[] = []
const hostile: Endpoint[] = []
const neighbours: Endpoint[] = []

function anyMember(): Member {
  return members[randomBelow(network.random, members.length)]!
}

beforeAll(async () => {
  network.loss = LOSS
  members.push(network.node())
  while (members.length + hostile.length < NODES) {
    const wave = Array.from({ length: WAVE * (1 - HOSTILE_SHARE) }, () => network.node())
    await clock.until(Promise.all(wave.map((member) => join(member, [anyMember().at, anyMember().at, anyMember().at]))))
    members.push(...wave)
    for (let i = 0; i < WAVE * HOSTILE_SHARE; i++) {
      const at = hostileNode(network, MALICES[hostile.length % MALICES.length]!, neighbours)
      hostile.push(at)
      // They make themselves known to some.
      for (let known = 0; known < 8; known++) anyMember().node.tryAddress(at)
    }
    await clock.advance(5000)
  }
})

async function announce({ node }: Member, infoHash: Uint8Array, port: number): Promise<number> {
  const plan = { target: infoHash, method: 'get_peers', arguments: { info_hash: infoHash } }
  const { closest } = await node.find(plan, NEVER)
  return node.write('announce_peer', { info_hash: infoHash, port, implied_port: 0 }, closest)
}

async function peersOf({ node }: Member, infoHash: Uint8Array): Promise<{ peers: Endpoint[]; hops: number }> {
  const sieve = new PeerSieve(false)
  const peers: Endpoint[] = []
  const plan = { target: infoHash, method: 'get_peers', arguments: { info_hash: infoHash } }
  const onAnswer = ({ values }: Parameters<NonNullable<Parameters<Member['node']['find']>[0]['onAnswer']>>[0]): void =>
    void peers.push(...sieve.take(values, 'ipv4'))
  const { hops } = await node.find({ ...plan, onAnswer }, NEVER)
  return { peers, hops }
}

describe('a thousand nodes', () => {
  it('find what was announced, also after every tenth of them has left', async () => {
    const torrents = Array.from({ length: 100 }, (_, i) => ({ infoHash: randomId(network.random), by: anyMember(), i }))
    await clock.until(Promise.all(torrents.map(({ infoHash, by, i }) => announce(by, infoHash, 1000 + i))))
    for (let i = 0; i < members.length / 10; i++) network.detach(members.splice(i * 8, 1)[0]!.at)
    let found = 0
    for (let at = 0; at < torrents.length; at += 20) {
      const searches = torrents.slice(at, at + 20).map(async ({ infoHash, by, i }) => {
        const { peers } = await peersOf(anyMember(), infoHash)
        if (peers.some(({ host, port }) => host === by.at.host && port === 1000 + i)) found++
      })
      await clock.until(Promise.all(searches))
    }
    expect(found).toBeGreaterThanOrEqual(99)
  })

  it('have fewer liars in their tables than there are in the network', () => {
    const liars = new Set(hostile.map(({ host }) => host))
    const nodes = members.flatMap(({ node }) => node.table.contacts())
    const lying = nodes.filter(({ host }) => liars.has(host)).length
    expect(lying / nodes.length).toBeLessThan(HOSTILE_SHARE)
  })
})

// How a node enters the network, stays in it, and waits outside (H70, H71).

import { describe, expect, it } from 'vitest'

import type { Endpoint } from '@ccbt/address'
import { VirtualClock } from '@ccbt/testkit'

import { Caretaker } from '../../src/dht/caretaker.ts'
import { restoreFamily, saveFamily } from '../../src/dht/saved-nodes.ts'
import { join, MemoryNetwork } from './memory-network.ts'
import type { Member } from './memory-network.ts'
import { Stranger } from './stranger.ts'

const MINUTE = 60_000

function world(): { clock: VirtualClock; network: MemoryNetwork; member: Member } {
  const clock = new VirtualClock()
  const network = new MemoryNetwork(clock)
  return { clock, network, member: network.node() }
}

function careFor(
  { clock, network, member }: ReturnType<typeof world>,
  options: { saved?: Endpoint[]; bootstrap?: () => Promise<Endpoint[]> },
): Caretaker {
  const { saved = [], bootstrap = async () => [] } = options
  return new Caretaker(member.node, { clock, random: network.random, saved, bootstrap })
}

async function end({ clock, member }: ReturnType<typeof world>, caretaker: Caretaker): Promise<void> {
  member.node[Symbol.dispose]()
  await caretaker[Symbol.asyncDispose]()
  // Questions of others to us end.
  await clock.advance(10_000)
  expect(clock.pendingTimers).toBe(0)
}

describe('a caretaker', () => {
  it('joins by saved nodes, without a question to the hosts that everybody knows', async () => {
    const all = world()
    const others = Array.from({ length: 20 }, () => all.network.node())
    for (const other of others) await all.clock.until(join(other, [others[0]!.at]))
    let isAsked = false
    const bootstrap = async (): Promise<Endpoint[]> => {
      isAsked = true
      return []
    }
    const caretaker = careFor(all, { saved: others.slice(0, 10).map(({ at }) => at), bootstrap })
    await all.clock.until(caretaker.ready)
    expect(all.member.node.table.size).toBeGreaterThan(10)
    expect(isAsked).toBe(false)
    await end(all, caretaker)
  })

  it('takes none of the saved nodes on trust: dead ones do not get into the table', async () => {
    const all = world()
    const dead = Array.from({ length: 300 }, () => all.network.nextEndpoint())
    const host = all.network.node()
    const caretaker = careFor(all, { saved: dead, bootstrap: async () => [host.at] })
    await all.clock.until(caretaker.ready)
    expect(all.member.node.table.contacts().map(({ host }) => host)).toEqual([host.at.host])
    await end(all, caretaker)
  })

  it('waits longer and longer when all hosts are dead or refuse', async () => {
    const all = world()
    const refusing = new Stranger(all.network)
    const attempts: number[] = []
    const bootstrap = async (): Promise<Endpoint[]> => {
      attempts.push(all.clock.now())
      return [all.network.nextEndpoint(), refusing.at]
    }
    const caretaker = careFor(all, { bootstrap })
    await all.clock.until(caretaker.ready)
    await all.clock.advance(6 * 60 * MINUTE)
    const waits = attempts.slice(1).map((at, i) => at - attempts[i]!)
    expect(waits[0]).toBeGreaterThanOrEqual(MINUTE)
    expect(waits[1]).toBeGreaterThan(1.8 * waits[0]!)
    // Six hours at a quarter of an hour each.
    expect(attempts.length).toBeLessThan(30)
    expect(attempts.length).toBeGreaterThan(20)
    await end(all, caretaker)
  })

  it('does not wait for a name that is never resolved', async () => {
    const all = world()
    const caretaker = careFor(all, { bootstrap: () => new Promise(() => {}) })
    await all.clock.advance(15_000)
    await all.clock.until(caretaker.ready)
    await end(all, caretaker)
  })

  it('joins at once when somebody tells of a node', async () => {
    const all = world()
    const caretaker = careFor(all, {})
    await all.clock.until(caretaker.ready)
    const others = Array.from({ length: 20 }, () => all.network.node())
    for (const other of others) await all.clock.until(join(other, [others[0]!.at]))
    all.member.node.tryAddress(others[0]!.at)
    await all.clock.advance(20_000)
    expect(all.member.node.table.size).toBeGreaterThan(10)
    await end(all, caretaker)
  })

  it('keeps a table good for hours with one question in five seconds at most', async () => {
    const all = world()
    const others = Array.from({ length: 60 }, () => all.network.node())
    for (const other of others) await all.clock.until(join(other, [others[0]!.at]))
    const caretaker = careFor(all, { bootstrap: async () => [others[0]!.at] })
    await all.clock.until(caretaker.ready)
    await all.clock.advance(MINUTE)
    const before = all.member.node.counters.sent.find_node
    await all.clock.advance(120 * MINUTE)
    const { table, counters } = all.member.node
    expect(table.good(all.clock.now())).toBeGreaterThan(0.9 * table.size)
    // The eight lookups of our own id besides.
    expect(counters.sent.find_node - before).toBeLessThan(120 * 12 + 8 * 40)
    await end(all, caretaker)
  })

  it('joins again when everybody has gone and others have come', async () => {
    const all = world()
    const first = all.network.node()
    let hosts = [first.at]
    const caretaker = careFor(all, { bootstrap: async () => hosts })
    await all.clock.until(caretaker.ready)
    all.network.detach(first.at)
    await all.clock.advance(30 * MINUTE)
    const second = all.network.node()
    hosts = [second.at]
    await all.clock.advance(30 * MINUTE)
    expect(all.member.node.table.contacts().map(({ host }) => host)).toEqual([second.at.host])
    await end(all, caretaker)
  })
})

describe('saved nodes', () => {
  it('come back as they were', async () => {
    const all = world()
    const others = Array.from({ length: 10 }, () => all.network.node())
    await all.clock.until(
      join(
        all.member,
        others.map(({ at }) => at),
      ),
    )
    const saved = JSON.parse(JSON.stringify({ ipv4: saveFamily(all.member.node.table) })) as unknown
    const restored = restoreFamily(saved, 'ipv4', false)
    expect(restored.id).toEqual(all.member.node.ownId)
    expect(new Set(restored.nodes.map(({ host }) => host))).toEqual(new Set(others.map(({ at }) => at.host)))
  })

  it.each([
    ['nothing', undefined],
    ['a text', 'nodes'],
    ['null', null],
    ['numbers for families', { ipv4: 7 }],
    [
      'nodes that are none',
      { ipv4: { id: 'xyz', nodes: [1, null, {}, 'x', '1.2.3.4', '1.2.3.4:0', '1.2.3.4:99999'] } },
    ],
    ['an object for a list', { ipv4: { id: [], nodes: { length: 5 } } }],
    ['local and unusable addresses', { ipv4: { nodes: ['127.0.0.1:80', '10.0.0.1:80', '224.0.0.1:80', '[::1]:80'] } }],
  ])('that are %s give none', (_, saved) => {
    expect(restoreFamily(saved, 'ipv4', false)).toEqual({ nodes: [] })
  })

  it('are 300 at most', () => {
    const nodes = Array.from({ length: 100_000 }, (_, n) => `9.${n >>> 16}.${(n >>> 8) & 255}.${n & 255}:6881`)
    expect(restoreFamily({ ipv4: { id: '00'.repeat(20), nodes } }, 'ipv4', false).nodes).toHaveLength(300)
  })
})

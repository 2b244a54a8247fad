// The table against a naive model, and against those who want to own it (H67).

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { seededRandom } from '@ccbt/primitives'

import { idWithPrefix } from '../../src/dht/contact.ts'
import type { Contact } from '../../src/dht/contact.ts'
import { bucketIndex, closer, isIdRightFor, nodeIdFor, randomId } from '../../src/dht/node-id.ts'
import { RoutingTable } from '../../src/dht/routing-table.ts'

const random = seededRandom(1)
const MINUTE = 60_000

/** A node at an address of its own /24, with an id that the address may have. */
function contact(n: number, id?: Uint8Array): Contact {
  const host = `${20 + (n >>> 16)}.${(n >>> 8) & 0xff}.${n & 0xff}.1`
  return { id: id ?? nodeIdFor(host, random), host, port: 6881 }
}

/** A node in the bucket of `table` whose ids share `bits` bits with ours; its id is one that the address may not have. */
function inBucket(table: RoutingTable, bits: number, n: number): Contact {
  const other = table.ownId.slice()
  other[bits >>> 3]! ^= 0x80 >>> (bits & 7)
  const made = contact(n, idWithPrefix(other, bits + 1, random))
  return isIdRightFor(made.id, made.host) ? inBucket(table, bits, n) : made
}

describe('a routing table', () => {
  it('gives the closest of its nodes, as a sort of all of them does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        (count, target) => {
          const table = new RoutingTable(randomId(random))
          for (let n = 0; n < count; n++) table.answered(contact(n), 0)
          // A target beside our own id, too: the deep buckets.
          for (const wanted of [target, idWithPrefix(table.ownId, 8, random), table.ownId]) {
            const sorted = table.contacts().sort((a, b) => closer(wanted, a.id, b.id))
            expect(table.closest(wanted, 8)).toEqual(sorted.slice(0, 8))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('has eight nodes in a bucket and takes no more while they are good', () => {
    const table = new RoutingTable(randomId(random))
    for (let n = 0; n < 1000; n++) table.answered(contact(n), 0)
    const first = table.contacts()
    for (let n = 1000; n < 3000; n++) table.answered(contact(n), 1)
    expect(table.contacts()).toEqual(expect.arrayContaining(first))
    const perBucket = new Map<number, number>()
    for (const { id } of table.contacts()) {
      const bucket = bucketIndex(table.ownId, id)
      perBucket.set(bucket, (perBucket.get(bucket) ?? 0) + 1)
    }
    expect(Math.max(...perBucket.values())).toBe(8)
    expect(perBucket.get(0)).toBe(8)
  })

  it('never has itself', () => {
    const table = new RoutingTable(randomId(random))
    table.answered(contact(1, table.ownId), 0)
    expect(table.size).toBe(0)
  })

  it('has one node of a /24 in a bucket and four altogether', () => {
    const table = new RoutingTable(randomId(random))
    for (let n = 0; n < 1000; n++) {
      table.answered({ id: randomId(random), host: `99.9.9.${n & 0xff}`, port: 1000 + n }, 0)
    }
    expect(table.size).toBe(4)
    expect(new Set(table.contacts().map(({ id }) => bucketIndex(table.ownId, id))).size).toBe(4)
  })

  it('has four nodes of an IPv6 /64', () => {
    const table = new RoutingTable(randomId(random))
    for (let n = 0; n < 1000; n++) {
      table.answered({ id: randomId(random), host: `2001:db8:1:2::${n.toString(16)}`, port: 6881 }, 0)
    }
    expect(table.size).toBe(4)
  })

  it('prefers nodes whose id BEP 42 gives them', () => {
    const table = new RoutingTable(randomId(random))
    for (let n = 0; n < 8; n++) table.answered(inBucket(table, 0, n), 0)
    const right: Contact[] = []
    for (let n = 100; right.length < 8; n++) {
      const made = contact(n)
      if (bucketIndex(table.ownId, made.id) === 0) right.push(made)
    }
    for (const made of right) table.answered(made, 1)
    expect(table.contacts().toSorted((a, b) => closer(table.ownId, a.id, b.id))).toEqual(
      right.toSorted((a, b) => closer(table.ownId, a.id, b.id)),
    )
    table.answered(inBucket(table, 0, 50), 2)
    expect(table.contacts()).toHaveLength(8)
    expect(table.contacts().every(({ id, host }) => isIdRightFor(id, host))).toBe(true)
  })

  it('puts a node that waits in the place of one that fails twice', () => {
    const table = new RoutingTable(randomId(random))
    const first = Array.from({ length: 8 }, (_, n) => inBucket(table, 0, n))
    const waiting = inBucket(table, 0, 8)
    for (const made of [...first, waiting]) table.answered(made, 0)
    expect(table.contacts()).not.toContain(waiting)
    table.failed(first[3]!)
    expect(table.contacts()).not.toContain(waiting)
    table.answered(first[3]!, 1)
    table.failed(first[3]!)
    expect(table.contacts()).toContain(first[3]!)
    table.failed(first[3]!)
    expect(table.contacts()).toContain(waiting)
    expect(table.contacts()).not.toContain(first[3]!)
  })

  it('neither names bad nodes nor forgets them while there is nobody else', () => {
    const table = new RoutingTable(randomId(random))
    const lone = contact(1)
    table.answered(lone, 0)
    table.failed(lone)
    table.failed(lone)
    expect([table.size, table.contacts(), table.closest(lone.id, 8), table.good(0)]).toEqual([1, [], [], 0])
    table.answered(lone, 1)
    expect(table.closest(lone.id, 8)).toEqual([lone])
  })

  it('forgets the id of an address that answers by another one, and keeps an id where it lives', () => {
    const table = new RoutingTable(randomId(random))
    const before = contact(1)
    const after = { ...before, id: randomId(random) }
    table.answered(before, 0)
    table.answered(after, 1)
    expect(table.contacts()).toEqual([after])
    table.answered(contact(2, after.id), 2)
    expect(table.contacts()).toEqual([after])
  })

  it('asks quiet nodes in turn, each once a minute', () => {
    const table = new RoutingTable(randomId(random))
    const nodes = [contact(1), contact(2), contact(3)]
    for (const [i, node] of nodes.entries()) table.answered(node, i)
    expect(table.nextToAsk(15 * MINUTE)).toBeUndefined()
    const now = 16 * MINUTE
    expect(table.good(now)).toBe(0)
    expect([1, 2, 3, 4].map(() => table.nextToAsk(now)?.host)).toEqual([...nodes.map(({ host }) => host), undefined])
    table.heard(nodes[1]!, now)
    expect(table.good(now)).toBe(1)
    expect(table.nextToAsk(now + MINUTE + 1)?.host).toBe(nodes[0]!.host)
  })

  it('keeps what fits under another id of our own', () => {
    const table = new RoutingTable(randomId(random))
    for (let n = 0; n < 500; n++) table.answered(contact(n), 0)
    const before = new Set(table.contacts())
    table.rebase(randomId(random))
    const after = table.contacts()
    const perBucket = Object.groupBy(before, ({ id }) => bucketIndex(table.ownId, id))
    const fitting = Object.values(perBucket).map((nodes) => Math.min(8, nodes?.length ?? 0))
    expect(after).toHaveLength(fitting.reduce((sum, count) => sum + count, 0))
    expect(after.every((made) => before.has(made))).toBe(true)
    expect(table.closest(table.ownId, 8)).toEqual(after.toSorted((a, b) => closer(table.ownId, a.id, b.id)).slice(0, 8))
  })
})

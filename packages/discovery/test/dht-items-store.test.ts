import { encode } from '@ccbt/bencode'
import { toHex } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ItemStore } from '../src/dht/items/item-store.ts'
import type { ItemStoreOptions } from '../src/dht/items/item-store.ts'
import { immutableItem, signItem, targetOf } from '../src/dht/items/item.ts'
import type { ImmutableItem, MutableItem } from '../src/dht/items/item.ts'
import { generateKeys } from '../src/dht/items/signature.ts'
import { closer } from '../src/dht/node-id.ts'

const { privateKey } = generateKeys()
const OWN_ID = new Uint8Array(20).fill(0x5a)
const HOUR_MS = 3_600_000

function store(changes: Partial<ItemStoreOptions> = {}): ItemStore {
  return new ItemStore({ clock: new VirtualClock(), ownId: () => OWN_ID, ...changes })
}

function mutable(seq: number, value = `value ${seq}`, salt = ''): MutableItem {
  return signItem({ privateKey, seq, value: encode(value), salt: new TextEncoder().encode(salt) })
}

function numbered(count: number): ImmutableItem[] {
  return Array.from({ length: count }, (_, n) => immutableItem(encode(`item ${n}`)))
}

describe('replacing', () => {
  it.each<[string, { seq: number; value?: string; cas?: number }, unknown]>([
    ['a higher number', { seq: 6 }, 'stored'],
    ['the same again', { seq: 5 }, 'stored'],
    ['another value with the same number', { seq: 5, value: 'other' }, { kind: 'refused', code: 302 }],
    ['a lower number', { seq: 4 }, { kind: 'refused', code: 302 }],
    ['the right cas', { seq: 6, cas: 5 }, 'stored'],
    ['a wrong cas', { seq: 6, cas: 4 }, { kind: 'refused', code: 301 }],
    ['a wrong cas and a lower number', { seq: 4, cas: 4 }, { kind: 'refused', code: 301 }],
    ['the right cas and a lower number', { seq: 4, cas: 5 }, { kind: 'refused', code: 302 }],
  ])('by %s', (_, { seq, value, cas }, expected) => {
    const items = store()
    const first = mutable(5)
    expect(items.put(first)).toBe('stored')
    const second = mutable(seq, value)
    expect(items.put(second, cas)).toEqual(expected)
    expect(items.get(targetOf(first))).toEqual(expected === 'stored' ? second : first)
    expect(items.size).toBe(1)
  })

  it('does not count where there is nothing to replace', () => {
    expect(store().put(mutable(5), 3)).toBe('stored')
  })

  it('keeps items of one key with other salts apart', () => {
    const items = store()
    expect(items.put(mutable(5, 'a', 'a'))).toBe('stored')
    expect(items.put(mutable(4, 'b', 'b'))).toBe('stored')
    expect(items.size).toBe(2)
  })
})

describe('expiry', () => {
  it('comes two hours after the last put', async () => {
    const clock = new VirtualClock()
    const items = store({ clock })
    const [once, again] = [immutableItem(encode('once')), mutable(1)]
    items.put(once)
    items.put(again)
    await clock.advance(HOUR_MS)
    expect(items.put(again)).toBe('stored')
    await clock.advance(HOUR_MS - 1)
    expect(items.get(targetOf(once))).toEqual(once)
    await clock.advance(1)
    expect(items.get(targetOf(once))).toBeUndefined()
    expect(items.get(targetOf(again))).toEqual(again)
    await clock.advance(HOUR_MS)
    expect(items.get(targetOf(again))).toBeUndefined()
    expect(items.size).toBe(0)
    expect(items.bytes).toBe(0)
  })

  it('forgets the sequence number, too', async () => {
    const clock = new VirtualClock()
    const items = store({ clock })
    items.put(mutable(9))
    await clock.advance(2 * HOUR_MS)
    expect(items.put(mutable(1))).toBe('stored')
  })
})

describe('bounds', () => {
  it('keep the items that are nearest to the own id', () => {
    const items = store({ maxItems: 10 })
    const all = numbered(200)
    for (const item of all) {
      const result = items.put(item)
      expect(items.get(targetOf(item))).toEqual(result === 'stored' ? item : undefined)
      expect(items.size).toBeLessThanOrEqual(10)
    }
    const nearest = all.map(targetOf).toSorted((a, b) => closer(OWN_ID, a, b))
    for (const [rank, target] of nearest.entries()) {
      expect(items.get(target) !== undefined, `rank ${rank}`).toBe(rank < 10)
    }
  })

  it('refuse the farthest with 202', () => {
    const items = store({ maxItems: 1 })
    const [near, far] = numbered(2).toSorted((a, b) => closer(OWN_ID, targetOf(a), targetOf(b)))
    expect(items.put(near!)).toBe('stored')
    expect(items.put(far!)).toEqual({ kind: 'refused', code: 202 })
    expect(items.get(targetOf(near!))).toEqual(near)
  })

  it('follow the own id', () => {
    let ownId: Uint8Array = OWN_ID
    const items = store({ maxItems: 1, ownId: () => ownId })
    const [near, far] = numbered(2).toSorted((a, b) => closer(OWN_ID, targetOf(a), targetOf(b)))
    items.put(near!)
    ownId = targetOf(far!)
    expect(items.put(far!)).toBe('stored')
    expect(items.get(targetOf(near!))).toBeUndefined()
  })

  it('hold for bytes', () => {
    const items = store({ maxBytes: 20_000 })
    for (let n = 0; n < 100; n++) {
      items.put(immutableItem(encode(`${n} ${'x'.repeat(900)}`)))
      expect(items.bytes).toBeLessThanOrEqual(20_000)
    }
    expect(items.size).toBeGreaterThan(5)
  })

  it('hold by default: 1000 items', () => {
    const items = store()
    for (const item of numbered(1100)) items.put(item)
    expect(items.size).toBe(1000)
  })
})

it('behaves as a plain list of what was put', async () => {
  const clock = new VirtualClock()
  const step = fc.record({
    salt: fc.constantFrom('a', 'b', 'c'),
    seq: fc.nat(4),
    value: fc.constantFrom('x', 'y'),
    cas: fc.option(fc.nat(4), { nil: undefined }),
    waitMs: fc.constantFrom(0, HOUR_MS / 2, HOUR_MS),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const items = store({ clock })
      const model = new Map<string, { item: MutableItem; at: number }>()
      for (const { salt, seq, value, cas, waitMs } of steps) {
        await clock.advance(waitMs)
        const item = mutable(seq, value, salt)
        const key = toHex(targetOf(item))
        const known = model.get(key)
        const current = known !== undefined && clock.now() - known.at < 2 * HOUR_MS ? known.item : undefined
        const isOlder =
          current !== undefined && (seq < current.seq || (seq === current.seq && !sameValue(current, item)))
        const code = current !== undefined && cas !== undefined && cas !== current.seq ? 301 : isOlder ? 302 : undefined
        expect(items.put(item, cas)).toEqual(code === undefined ? 'stored' : { kind: 'refused', code })
        if (code === undefined) model.set(key, { item, at: clock.now() })
        expect(items.get(targetOf(item))).toEqual(model.get(key)?.item)
      }
    }),
    { numRuns: 40 },
  )
})

function sameValue(a: MutableItem, b: MutableItem): boolean {
  return toHex(a.value) === toHex(b.value)
}

import { asDict, decode, encode } from '@ccbt/bencode'
import type { BencodeDict, Encodable } from '@ccbt/bencode'
import { fromHex, isCcbtError, toHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { itemFromAnswer, itemFromPut, itemToAnswer, itemToPut } from '../src/dht/items/item-messages.ts'
import { immutableItem, mutableTarget, signItem, targetOf, verifyItem } from '../src/dht/items/item.ts'
import type { Item, MutableItem } from '../src/dht/items/item.ts'
import { generateKeys, signWith } from '../src/dht/items/signature.ts'
import { pointerTo, torrentOf } from '../src/dht/items/torrent-pointer.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const HELLO = text('12:Hello World!')
const KEYS = generateKeys()

/** BEP 44, "Test Vectors" 1 and 2. */
const VECTOR_KEY = bytes('77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548')
const VECTORS = [
  {
    salt: '',
    target: '4a533d47ec9c7d95b1ad75f576cffc641853b750',
    signature:
      '305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01',
  },
  {
    salt: 'foobar',
    target: '411eba73b6f087ca51a3795d9c8c938d365e32c1',
    signature:
      '6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17ddf9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08',
  },
]

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array()
}

/** What the other side reads of what this side has written. */
function sent(values: Record<string, Encodable | undefined>): BencodeDict {
  const dict = asDict(decode(encode(values)).value)
  if (dict === undefined) throw new Error('no dictionary')
  return dict
}

function vectorItem({ salt, signature }: { salt: string; signature: string }): MutableItem {
  return {
    kind: 'mutable',
    publicKey: VECTOR_KEY,
    salt: text(salt),
    seq: 1,
    value: HELLO,
    signature: bytes(signature),
  }
}

function codeOf(fn: () => unknown): string {
  try {
    fn()
  } catch (error) {
    if (isCcbtError(error)) return `${error.code} ${error.blame}`
    throw error
  }
  return 'no error'
}

describe('vectors', () => {
  it.each(VECTORS)('verifies and finds the target of BEP 44 with salt "$salt"', (vector) => {
    const item = vectorItem(vector)
    expect(verifyItem(item)).toBe(true)
    expect(toHex(targetOf(item))).toBe(vector.target)
    expect(itemFromPut(sent(itemToPut(item)))).toEqual(item)
  })

  it('finds the target of the immutable item of BEP 44', () => {
    expect(toHex(targetOf(immutableItem(HELLO)))).toBe('e5f96f6f38320f0f33959cb4d3d656452117aadb')
  })

  it('finds the targets of BEP 46', () => {
    const key = bytes('8543d3e6115f0f98c944077a4493dcd543e49c739fd998550a1f614ab36ed63e')
    expect(toHex(mutableTarget(key))).toBe('cc3f9d90b572172053626f9980ce261a850d050b')
    expect(toHex(mutableTarget(key, bytes('6e')))).toBe('59ee7c2cb9b4f7eb1986ee2d18fd2fdb8a56554f')
  })

  it('signs as RFC 8032, 7.1, tests 2 and 3', () => {
    const second = signWith(bytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'), bytes('72'))
    expect(toHex(second.publicKey)).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    expect(toHex(second.signature)).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
    const third = signWith(bytes('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'), bytes('af82'))
    expect(toHex(third.publicKey)).toBe('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025')
    expect(toHex(third.signature)).toBe(
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    )
  })
})

describe('making items', () => {
  const value = fc.uint8Array({ maxLength: 990 }).map((any) => encode(any))
  const salt = fc.uint8Array({ maxLength: 64 })
  const seq = fc.maxSafeNat()

  it('gives what verifies, travels and is found under its target', () => {
    fc.assert(
      fc.property(value, salt, seq, (value, salt, seq) => {
        const item = signItem({ privateKey: KEYS.privateKey, salt, seq, value })
        expect(item.publicKey).toEqual(KEYS.publicKey)
        expect(verifyItem(item)).toBe(true)
        expect(targetOf(item)).toEqual(mutableTarget(KEYS.publicKey, salt))
        expect(itemFromPut(sent(itemToPut(item)))).toEqual(item)
        expect(itemFromAnswer(sent(itemToAnswer(item)), targetOf(item), salt)).toEqual(item)
      }),
      { numRuns: 50 },
    )
  })

  it('gives immutable items that travel', () => {
    fc.assert(
      fc.property(value, (value) => {
        const item = immutableItem(value)
        expect(itemFromPut(sent(itemToPut(item)))).toEqual(item)
        expect(itemFromAnswer(sent(itemToAnswer(item)), targetOf(item))).toEqual(item)
      }),
    )
  })

  it('keeps nothing of what it was given', () => {
    const given = HELLO.slice()
    const item = immutableItem(given)
    given.fill(0)
    expect(item.value).toEqual(HELLO)
  })

  it.each<[string, () => Item]>([
    ['a value of 1001 bytes', () => immutableItem(encode(new Uint8Array(997)))],
    ['a value that is not bencode', () => immutableItem(text('Hello'))],
    ['a value with something after it', () => immutableItem(text('i1ei2e'))],
    ['a value with keys out of order', () => immutableItem(text('d1:bi1e1:ai2ee'))],
    ['a salt of 65 bytes', () => sign({ salt: new Uint8Array(65) })],
    ['a negative number', () => sign({ seq: -1 })],
    ['a fraction', () => sign({ seq: 1.5 })],
    ['a number that is not exact', () => sign({ seq: 2 ** 53 })],
    ['an expanded key', () => sign({ privateKey: new Uint8Array(64) })],
  ])('refuses %s', (_, make) => {
    expect(codeOf(make)).toBe('DHT_ITEM_INVALID input')
  })

  it('takes a value of 1000 bytes and a salt of 64', () => {
    const item = sign({ value: encode(new Uint8Array(996)), salt: new Uint8Array(64) })
    expect(item.value.length).toBe(1000)
    expect(itemFromPut(sent(itemToPut(item)))).toEqual(item)
  })

  it('makes other keys each time', () => {
    const other = generateKeys()
    expect(other.publicKey.length).toBe(32)
    expect(other.privateKey.length).toBe(32)
    expect(other).not.toEqual(KEYS)
  })
})

function sign(changes: Partial<Parameters<typeof signItem>[0]>): MutableItem {
  return signItem({ privateKey: KEYS.privateKey, seq: 1, value: HELLO, ...changes })
}

describe('puts of strangers', () => {
  const good = itemToPut(sign({ salt: text('salt'), seq: 7 }))

  it.each<[string, Record<string, Encodable | undefined>, number]>([
    ['no value', { v: undefined }, 203],
    ['a value of 1001 bytes', { v: new Uint8Array(997) }, 205],
    ['a salt of 65 bytes', { salt: new Uint8Array(65) }, 207],
    ['a salt that is a number', { salt: 4 }, 203],
    ['another salt', { salt: 'tlas' }, 206],
    ['no salt', { salt: undefined }, 206],
    ['another number', { seq: 8 }, 206],
    ['a negative number', { seq: -7 }, 203],
    ['a number beyond 2^53', { seq: 2n ** 60n }, 203],
    ['no number', { seq: undefined }, 203],
    ['another value', { v: 'hello World!' }, 206],
    ['a short key', { k: new Uint8Array(31) }, 203],
    ['a key that is no bytes', { k: [] }, 203],
    ['another key', { k: VECTOR_KEY }, 206],
    ['a key that is no point', { k: new Uint8Array(32).fill(0xff) }, 206],
    ['a short signature', { sig: new Uint8Array(63) }, 203],
    ['no signature', { sig: undefined }, 203],
    ['a signature of zeros', { sig: new Uint8Array(64) }, 206],
  ])('with %s are refused', (_, changes, code) => {
    expect(itemFromPut(sent({ ...good, ...changes }))).toEqual({ kind: 'refused', code })
  })

  it('with any bit of the signature changed are refused', () => {
    const { sig } = good
    if (!(sig instanceof Uint8Array)) throw new Error('no signature')
    for (let bit = 0; bit < 512; bit += 7) {
      const changed = sig.slice()
      changed[bit >>> 3] = changed[bit >>> 3]! ^ (1 << (bit & 7))
      expect(itemFromPut(sent({ ...good, sig: changed }))).toEqual({ kind: 'refused', code: 206 })
    }
  })

  it('are taken with an empty salt as with none', () => {
    const item = sign({ seq: 3 })
    expect(itemFromPut(sent({ ...itemToPut(item), salt: '' }))).toEqual(item)
  })

  it('leave nothing of the datagram behind', () => {
    const datagram = encode(good)
    const item = itemFromPut(asDict(decode(datagram).value) ?? sent({}))
    const before = structuredClone(item)
    datagram.fill(0)
    expect(item).toEqual(before)
  })

  it('may be anything without an exception', () => {
    const leaf = fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }))
    const any = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(fc.string(), leaf, { maxKeys: 3 }))
    const put = fc.record({ v: any, k: any, seq: any, sig: any, salt: any }, { requiredKeys: [] })
    fc.assert(
      fc.property(put, (values) => {
        const result = itemFromPut(sent(values))
        if (result.kind !== 'refused') expect(values).not.toHaveProperty('k')
      }),
    )
  })
})

describe('answers of strangers', () => {
  const item = sign({ salt: text('salt'), seq: 7 })
  const answer = itemToAnswer(item)

  it('tell no salt', () => {
    expect(Object.keys(answer).toSorted()).toEqual(['k', 'seq', 'sig', 'v'])
  })

  it('hold the number alone for who has the value already', () => {
    expect(itemToAnswer(item, 7)).toEqual({ seq: 7 })
    expect(itemToAnswer(item, 8)).toEqual({ seq: 7 })
    expect(itemToAnswer(item, 6)).toEqual(answer)
    expect(itemFromAnswer(sent({ seq: 7 }), targetOf(item), text('salt'))).toBeUndefined()
  })

  it('count only under the target that was asked for', () => {
    expect(itemFromAnswer(sent(answer), targetOf(sign({ salt: text('other') })), text('salt'))).toBeUndefined()
    expect(itemFromAnswer(sent(answer), targetOf(item))).toBeUndefined()
    expect(itemFromAnswer(sent({ v: 'Hello world!' }), targetOf(immutableItem(HELLO)))).toBeUndefined()
  })

  it('count only with the right signature', () => {
    expect(itemFromAnswer(sent({ ...answer, seq: 8 }), targetOf(item), text('salt'))).toBeUndefined()
    expect(itemFromAnswer(sent({ ...answer, v: 'other' }), targetOf(item), text('salt'))).toBeUndefined()
  })

  it('count only up to 1000 bytes', () => {
    const v = new Uint8Array(997)
    // The hash is right: only the length is not.
    const target = targetOf({ kind: 'immutable', value: encode(v) })
    expect(itemFromAnswer(sent({ v }), target)).toBeUndefined()
  })

  it('do not count when their value is hashed in another than its canonical form', () => {
    const datagram = text('d1:vd1:bi1e1:ai2eee')
    const target = targetOf({ kind: 'immutable', value: text('d1:bi1e1:ai2ee') })
    expect(itemFromAnswer(asDict(decode(datagram).value) ?? sent({}), target)).toBeUndefined()
  })
})

describe('items that point to torrents', () => {
  it('give back the info-hash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (infoHash) => {
        expect(torrentOf(immutableItem(pointerTo(infoHash)))).toEqual(infoHash)
      }),
    )
  })

  it('have the value of BEP 46', () => {
    expect(pointerTo(text('aaaaaaaaaaaaaaaaaaaa'))).toEqual(text('d2:ih20:aaaaaaaaaaaaaaaaaaaae'))
  })

  it('may have more keys', () => {
    expect(torrentOf(immutableItem(encode({ ih: new Uint8Array(20).fill(7), n: 'name' })))).toHaveLength(20)
  })

  it.each<[string, Encodable]>([
    ['text', 'ih'],
    ['a list', []],
    ['an empty dictionary', {}],
    ['a hash of 32 bytes', { ih: new Uint8Array(32) }],
    ['a number', { ih: 20 }],
  ])('are not those with %s', (_, value) => {
    expect(torrentOf(immutableItem(encode(value)))).toBeUndefined()
  })

  it('are not made for a hash of another length', () => {
    expect(codeOf(() => pointerTo(new Uint8Array(32)))).toBe('DHT_ITEM_INVALID input')
  })
})

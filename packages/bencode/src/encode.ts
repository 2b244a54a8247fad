// oxlint-disable-next-line typescript/triple-slash-reference -- an ambient declaration of an untyped package cannot be imported
/// <reference path="./vendor.d.ts" />
// Canonical encoding. The npm package `bencode` writes the strings and integers; the order of keys, big integers and
// the bounds are ours, because it sorts by UTF-16 units, joins binary keys with commas and drops bigints silently.

import bencode from 'bencode'
import { concatBytes } from '@ccbt/primitives'
import { valueUnsupported } from './errors.ts'
import { BencodeDict, keyBytes } from './value.ts'

/**
 * What can be encoded. Texts are written as UTF-8. Dictionaries are a Map (keys as bytes, or as text), a record of
 * texts, or a decoded {@link BencodeDict}. An entry whose value is `undefined` is left out.
 */
export type Encodable =
  | string
  | Uint8Array
  | number
  | bigint
  | readonly Encodable[]
  | ReadonlyMap<string | Uint8Array, Encodable | undefined>
  | BencodeDict
  | { readonly [key: string]: Encodable | undefined }

/** Deeper is a cycle or a mistake. */
const MAX_DEPTH = 1000

const DICT = Uint8Array.of(0x64)
const LIST = Uint8Array.of(0x6c)
const END = Uint8Array.of(0x65)

/**
 * Bencodes `value`: keys sorted by their raw bytes, integers exact. Throws BENCODE_VALUE_UNSUPPORTED for fractions,
 * unsafe numbers, repeated keys and cycles.
 * @example encode({ m: { ut_metadata: 1 }, v: 'ccbt' }) // d1:md11:ut_metadatai1ee1:v4:ccbte
 */
export function encode(value: Encodable): Uint8Array {
  const parts: Uint8Array[] = []
  write(parts, value, 0)
  return concatBytes(parts)
}

function write(parts: Uint8Array[], value: Encodable, depth: number): void {
  if (depth > MAX_DEPTH) throw valueUnsupported(`a value nested deeper than ${MAX_DEPTH}`)
  if (typeof value === 'string' || value instanceof Uint8Array) parts.push(bencode.encode(value))
  else if (typeof value === 'number' || typeof value === 'bigint') parts.push(integer(value))
  else if (isList(value)) writeList(parts, value, depth)
  else writeDict(parts, sortedEntries(value), depth)
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: Encodable): value is readonly Encodable[] {
  return Array.isArray(value)
}

function integer(value: number | bigint): Uint8Array {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw valueUnsupported(`the number ${value}`)
    return bencode.encode(value)
  }
  return keyBytes(`i${value}e`)
}

function writeList(parts: Uint8Array[], list: readonly Encodable[], depth: number): void {
  parts.push(LIST)
  for (const item of list) write(parts, item, depth + 1)
  parts.push(END)
}

function writeDict(parts: Uint8Array[], entries: readonly Entry[], depth: number): void {
  parts.push(DICT)
  for (const { key, value } of entries) {
    parts.push(bencode.encode(key))
    write(parts, value, depth + 1)
  }
  parts.push(END)
}

interface Entry {
  readonly key: Uint8Array
  readonly value: Encodable
}

function sortedEntries(
  dict:
    | ReadonlyMap<string | Uint8Array, Encodable | undefined>
    | BencodeDict
    | Readonly<Record<string, Encodable | undefined>>,
): Entry[] {
  const entries: Entry[] = []
  if (dict instanceof BencodeDict) {
    for (const [key, value] of dict.entries()) entries.push({ key: keyBytes(key), value })
  } else {
    const pairs: Iterable<[string | Uint8Array, Encodable | undefined]> =
      dict instanceof Map ? dict.entries() : Object.entries(dict)
    for (const [key, value] of pairs) if (value !== undefined) entries.push({ key: bytesOf(key), value })
  }
  entries.sort((a, b) => compareBytes(a.key, b.key))
  for (let i = 1; i < entries.length; i++) {
    if (compareBytes(entries[i - 1]!.key, entries[i]!.key) === 0) throw valueUnsupported('a repeated dictionary key')
  }
  return entries
}

// Every supported platform has it; the types of this package know no platform.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

const UTF8 = new TextEncoder()

function bytesOf(key: string | Uint8Array): Uint8Array {
  return typeof key === 'string' ? UTF8.encode(key) : key
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at++) if (a[at] !== b[at]) return a[at]! - b[at]!
  return a.length - b.length
}

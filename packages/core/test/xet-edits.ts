// Edits of a file, and how much of the new version has to travel to somebody who has the old one.

import { createCipheriv } from 'node:crypto'

import { concatBytes } from '@ccbt/primitives'

const SIZE = 16_777_216
const KIB = 1024
const MIB = 1_048_576

/** One change of a file. */
export interface Edit {
  readonly what: string
  readonly apply: (data: Uint8Array) => Uint8Array
  /** What travels when unchanged blocks stay and moved ones are found. */
  readonly expectedKib: number
}

/** Bytes that look random, and are the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  const key = Buffer.alloc(32, seed)
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

/** The old version: 16 MiB. */
export function oldVersion(): Uint8Array {
  return noise(SIZE, 1)
}

function overwritten(at: number, length: number, seed: number): (data: Uint8Array) => Uint8Array {
  return (data) => concatBytes([data.subarray(0, at), noise(length, seed), data.subarray(at + length)])
}

/** Every tenth is over the end of a block. */
function scattered(data: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(data)
  for (let n = 0; n < count; n++) out.set(noise(4096, n + 4), n * 262_144 + (n % 10 === 0 ? 14_000 : 500))
  return out
}

/** The table in docs/xet.md. */
export const EDITS: readonly Edit[] = [
  {
    what: 'one byte put in after 1 MiB',
    apply: (data) => concatBytes([data.subarray(0, MIB), Uint8Array.of(7), data.subarray(MIB)]),
    expectedKib: 64,
  },
  {
    what: '100 bytes taken out at 8 MiB',
    apply: (data) => concatBytes([data.subarray(0, 8 * MIB), data.subarray(8 * MIB + 100)]),
    expectedKib: 128,
  },
  { what: '44 bytes put in front', apply: (data) => concatBytes([noise(44, 2), data]), expectedKib: 96 },
  { what: '1 KiB overwritten', apply: overwritten(5_000_000, KIB, 3), expectedKib: 16 },
  { what: '64 times 4 KiB overwritten', apply: (data) => scattered(data, 64), expectedKib: 1120 },
  { what: '256 KiB put behind', apply: (data) => concatBytes([data, noise(256 * KIB, 100)]), expectedKib: 256 },
]

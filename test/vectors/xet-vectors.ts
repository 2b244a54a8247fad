// Reference values of Xet's chunks and hashes, from xet-vectors.json. The values were computed from generated inputs and
// checked against other implementations: the file hashes, which commit to every length and hash, are those that hf_xet
// 1.6.0 (huggingface/xet-core, Apache-2.0) gives for the same bytes, the lists those of @huggingface/xetchunk-wasm 0.2.0
// (MIT), the keyed hashes those of the Rust crate blake3.

import { readFileSync } from 'node:fs'

/** A generated file; hashes in Xet's form, digests as hexadecimal. */
export interface FileVector {
  readonly generator: string
  readonly size: number
  readonly sha256: string
  readonly boundaries: readonly number[]
  readonly chunkHashes?: readonly string[]
  readonly chunkHashesSha256: string
  readonly xorbHash: string
  readonly fileHash: string
  readonly verificationHash: string
}

/** A list of `n` chunks: the hash of chunk i is that of the number i, its length 1000 + i. */
export interface ListVector {
  readonly n: number
  readonly totalLength: number
  readonly xorbHash: string
  readonly fileHash: string
  readonly saltedFileHash: string
  readonly verificationHash: string
}

/** Hashes of `size` bytes, byte i being i % 251: those with a key in Xet's form. */
export interface KeyedVector {
  readonly size: number
  readonly blake3: string
  readonly keyed_data: string
  readonly keyed_node: string
  readonly keyed_verification: string
  readonly keyed_zero: string
}

interface Vectors {
  readonly parameters: {
    readonly gearTable: { readonly sha256OfTableAs256xU64LE: string }
    readonly DATA_KEY: string
    readonly INTERNAL_NODE_KEY: string
    readonly VERIFICATION_KEY: string
  }
  readonly files: readonly FileVector[]
  readonly keyedPrimitives: { readonly cases: readonly KeyedVector[] }
  readonly merkle: {
    readonly cases: readonly ListVector[]
    readonly shapes: { readonly cases: readonly { readonly n: number; readonly xorbHash: string }[] }
  }
  readonly edit: { readonly newChunkIndexes: readonly number[]; readonly newBytes: number; readonly fileHash: string }
}

/** All vectors. */
export const xetVectors = JSON.parse(readFileSync(new URL('xet-vectors.json', import.meta.url), 'utf8')) as Vectors

/** The bytes that a description such as `splitmix64:0` stands for. */
export function generate(generator: string, size: number): Uint8Array {
  const [name = '', ...numbers] = generator.split(':')
  const make = GENERATORS[name]
  if (make === undefined) throw new Error(`no generator ${generator}`)
  return make(size, ...numbers.map(Number))
}

const GENERATORS: Readonly<Record<string, (size: number, ...numbers: number[]) => Uint8Array>> = {
  splitmix64: (size, seed = 0) => splitmix64(size, seed),
  zeros: (size) => new Uint8Array(size),
  const: (size, byte = 0) => new Uint8Array(size).fill(byte),
  linear: (size, factor = 1, offset = 0) => Uint8Array.from({ length: size }, (_, i) => i * factor + offset),
  xorshift32: (size, seed = 1) => xorshift32(size, seed),
  text: (size) => repeated(Buffer.from('the quick brown fox jumps over the lazy dog 0123456789\n'), size),
  periodic: (size, zeros = 0) => repeated(Buffer.concat([naturalCut(), new Uint8Array(zeros)]), size),
}

/** Bytes after which there is the mark of a cut, whatever was before them. */
export function naturalCut(): Uint8Array {
  return splitmix64(84_493, 0).subarray(84_365)
}

function repeated(period: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  for (let at = 0; at < size; at += period.length) out.set(period.subarray(0, size - at), at)
  return out
}

function splitmix64(size: number, seed: number): Uint8Array {
  const words = new BigUint64Array(Math.ceil(size / 8))
  const u64 = (n: bigint): bigint => BigInt.asUintN(64, n)
  let state = BigInt(seed)
  for (let i = 0; i < words.length; i++) {
    state = u64(state + 0x9e37_79b9_7f4a_7c15n)
    let z = u64((state ^ (state >> 30n)) * 0xbf58_476d_1ce4_e5b9n)
    z = u64((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn)
    words[i] = z ^ (z >> 31n)
  }
  return new Uint8Array(words.buffer, 0, size)
}

function xorshift32(size: number, seed: number): Uint8Array {
  const out = new Uint8Array(size)
  let x = seed
  for (let i = 0; i < size; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    out[i] = x
  }
  return out
}

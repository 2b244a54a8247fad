// The search for cuts by the WebAssembly module. One module serves any number of chunkers: each run brings its state along.

import { CUTS_AT, DATA_AT, DATA_BYTES, gearProgram, HASH_AT, SIZE_AT, TABLE_AT } from './gear-program.ts'
import { gearTable } from './gear-table.ts'
import type { OpenChunk, Scanner } from './scanner.ts'

/** The part of the language's WebAssembly API that is used; the language's own library does not declare it. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object
      readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> }
    }
  | undefined

/** Of an array of 32-bit numbers over the memory. */
const LOW = HASH_AT / 4
const HIGH = LOW + 1
const SIZE = SIZE_AT / 4
const CUTS = CUTS_AT / 4

/** A scanner that runs the module, or `undefined` where there is no WebAssembly (`node --jitless`). */
export function createProgramScanner(): Scanner | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(gearProgram()))
  const { memory, run } = exports as {
    memory: { readonly buffer: ArrayBuffer }
    run: (from: number, to: number) => number
  }
  return new ProgramScanner(memory.buffer, run)
}

class ProgramScanner implements Scanner {
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  readonly #run: (from: number, to: number) => number

  constructor(memory: ArrayBuffer, run: (from: number, to: number) => number) {
    this.#bytes = new Uint8Array(memory)
    this.#words = new Int32Array(memory)
    this.#run = run
    this.#bytes.set(gearTable(), TABLE_AT)
  }

  scan(open: OpenChunk, data: Uint8Array): number[] {
    const ends: number[] = []
    this.#words[LOW] = open.low
    this.#words[HIGH] = open.high
    this.#words[SIZE] = open.size
    for (let at = 0; at < data.length; at += DATA_BYTES) this.#part(data.subarray(at, at + DATA_BYTES), at, ends)
    open.low = this.#words[LOW]!
    open.high = this.#words[HIGH]!
    open.size = this.#words[SIZE]!
    return ends
  }

  #part(part: Uint8Array, at: number, ends: number[]): void {
    this.#bytes.set(part, DATA_AT)
    const count = this.#run(DATA_AT, DATA_AT + part.length)
    for (let i = CUTS; i < CUTS + count; i++) ends.push(this.#words[i]! - DATA_AT + at)
  }
}

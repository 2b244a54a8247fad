// The search for cuts as a WebAssembly module, written out instruction by instruction: this listing is the source and what
// runs. JavaScript has no 64-bit integers that are fast; two halves of 32 bits with the carry between them take ten times as
// long.
//
// Memory: the state, the cuts that were found, the table, and from DATA_AT on the bytes to look at. Exported: `memory` and
// `run(from, to)`, which takes the bytes [from, to) of the memory and gives the number of cuts. A cut is the address after
// the last byte of a chunk.

import { WASM, WASM_BLOCK, WASM_END, WASM_IF, WASM_LOOP, wasmCode as code, wasmModule } from '@ccbt/primitives'
import type { WasmCode } from '@ccbt/primitives'

import { MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, SKIPPED_BYTES } from './rules.ts'

/** The state between two runs: the hash, 64 bits, and the bytes that the open chunk has, 32 bits. */
export const HASH_AT = 0
export const SIZE_AT = 8

/** Where the cuts of a run are put, 32 bits each. */
export const CUTS_AT = 16

/** The table of gear-table.ts. */
export const TABLE_AT = 2048

/** Where the data starts. */
export const DATA_AT = 4096

/** Most data that one run may take: what stays in a core's second cache. Its cuts, at most 33, fit in front of the table. */
export const DATA_BYTES = 262_144

const PAGES = 5

/** Bytes per turn of the main loop; measured: 4 are slower, 16 no faster. */
const UNROLLED = 8

const { get, set, i32, i64, loadByte, load32, load64, store32, store64, branch, branchIf } = WASM

const I32 = 0x7f
const I64 = 0x7e
const I32_NOT_EQUAL = 0x47
const I32_LESS = 0x48
const I32_GREATER_OR_EQUAL = 0x4e
const I32_ADD = 0x6a
const I32_SUBTRACT = 0x6b
const I64_BELOW = 0x54
const I64_ADD = 0x7c
const I64_SHIFT_LEFT = 0x86
const I32_SHIFT_LEFT = 0x74
/** Takes the first of two values when the third is not 0. */
const SELECT = 0x1b

/** The parameters `from`, which moves on to where the search is, and `to`; then the locals. */
const AT = 0
const TO = 1
const START = 2
const STOP = 3
const COUNT = 4
const HASH = 5
const LIMIT = 6
const LOCALS: WasmCode = [2, 3, I32, 2, I64]

/** A hash with 16 zeros in front is below this: the mark of a cut. */
const CUT_BELOW_SHIFT = 48

/** STOP = min(START + size, TO). */
function stopAt(size: number): WasmCode {
  const limit = code(get(START), i32(size), I32_ADD)
  return code(limit, get(TO), limit, get(TO), I32_LESS, SELECT, set(STOP))
}

/** HASH = HASH * 2 + TABLE[byte at AT + k]. */
function hashByte(k: number): WasmCode {
  const word = code(get(AT), loadByte(k), i32(3), I32_SHIFT_LEFT, load64(TABLE_AT))
  return code(get(HASH), i64(1), I64_SHIFT_LEFT, word, I64_ADD, set(HASH))
}

/** Moves AT on by `count`. */
function advance(count: number): WasmCode {
  return code(get(AT), i32(count), I32_ADD, set(AT))
}

/** Hashes the byte at AT + k; at a cut, moves AT behind it and leaves to `depth` levels out of the loop's condition. */
function testByte(k: number, depth: number): WasmCode {
  return code(hashByte(k), get(HASH), get(LIMIT), I64_BELOW, WASM_IF, advance(k + 1), branch(depth + 1), WASM_END)
}

/** Runs `body`, which takes `count` bytes, while at least as many are left before STOP. */
function whileLeft(count: number, body: WasmCode): WasmCode {
  const condition = code(get(STOP), get(AT), I32_SUBTRACT, i32(count), I32_GREATER_OR_EQUAL)
  return code(WASM_LOOP, condition, WASM_IF, body, advance(count), branch(1), WASM_END, WASM_END)
}

/** From inside of a loop's condition, out of the loop and the block around it. */
const OUT_OF_LOOP_AND_BLOCK = 2

function testBytes(count: number): WasmCode {
  const tests = Array.from({ length: count }, (_, k) => testByte(k, OUT_OF_LOOP_AND_BLOCK)).flat()
  return whileLeft(count, tests)
}

/** The bytes that do not matter: AT = max(AT, min(START + SKIPPED_BYTES, TO)). */
function skip(): WasmCode {
  return code(stopAt(SKIPPED_BYTES), get(STOP), get(AT), get(AT), get(STOP), I32_LESS, SELECT, set(AT))
}

/** Appends AT to the cuts and starts a chunk there. */
function cut(): WasmCode {
  return code(
    code(get(COUNT), i32(2), I32_SHIFT_LEFT, get(AT), store32(CUTS_AT), get(COUNT), i32(1), I32_ADD, set(COUNT)),
    code(get(AT), set(START), i64(0), set(HASH)),
  )
}

function runFunction(): WasmCode {
  return [
    LOCALS,
    code(i32(0), load64(HASH_AT), set(HASH), i64(1), i64(CUT_BELOW_SHIFT), I64_SHIFT_LEFT, set(LIMIT)),
    code(get(AT), i32(0), load32(SIZE_AT), I32_SUBTRACT, set(START)),
    // Around all chunks: left at the end of the data. Around one chunk: left at its cut.
    code(WASM_BLOCK, WASM_LOOP, WASM_BLOCK),
    skip(),
    // The bytes that count for the first cut and are none.
    stopAt(MIN_CHUNK_BYTES - 1),
    whileLeft(1, hashByte(0)),
    stopAt(MAX_CHUNK_BYTES),
    testBytes(UNROLLED),
    testBytes(1),
    // No mark was met: either the chunk is as long as may be, or the data has ended.
    code(get(AT), get(START), I32_SUBTRACT, i32(MAX_CHUNK_BYTES), I32_NOT_EQUAL, branchIf(2), WASM_END),
    cut(),
    code(branch(0), WASM_END, WASM_END),
    code(i32(0), get(HASH), store64(HASH_AT), i32(0), get(AT), get(START), I32_SUBTRACT, store32(SIZE_AT)),
    code(get(COUNT), WASM_END),
  ].flat()
}

/** The bytes of the module. */
export function gearProgram(): Uint8Array {
  return wasmModule({ pages: PAGES, hasResult: true, run: runFunction() })
}

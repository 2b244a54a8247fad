// The search for cuts as a WebAssembly module, written out instruction by instruction: this listing is the source and what
// runs. JavaScript has no 64-bit integers that are fast; two halves of 32 bits with the carry between them take ten times as
// long.
//
// Memory: the state, the cuts that were found, the table, and from DATA_AT on the bytes to look at. Exported: `memory` and
// `run(from, to)`, which takes the bytes [from, to) of the memory and gives the number of cuts. A cut is the address after
// the last byte of a chunk.

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

/** Instructions, or other bytes of the module. */
type Code = readonly number[]

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
/** Parts of the code that can be left or repeated, and a condition; they leave nothing on the stack. */
const BLOCK: Code = [0x02, 0x40]
const LOOP: Code = [0x03, 0x40]
const IF: Code = [0x04, 0x40]
const END = 0x0b

/** The parameters `from`, which moves on to where the search is, and `to`; then the locals. */
const AT = 0
const TO = 1
const START = 2
const STOP = 3
const COUNT = 4
const HASH = 5
const LIMIT = 6
const LOCALS: Code = [2, 3, I32, 2, I64]

/** A hash with 16 zeros in front is below this: the mark of a cut. */
const CUT_BELOW_SHIFT = 48

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const i32 = (value: number): Code => [0x41, ...signed(value)]
const i64 = (value: number): Code => [0x42, ...signed(value)]
const loadByte = (offset: number): Code => [0x2d, 0, ...unsigned(offset)]
const load32 = (offset: number): Code => [0x28, 2, ...unsigned(offset)]
const load64 = (offset: number): Code => [0x29, 3, ...unsigned(offset)]
const store32 = (offset: number): Code => [0x36, 2, ...unsigned(offset)]
const store64 = (offset: number): Code => [0x37, 3, ...unsigned(offset)]
/** Leaves, or repeats, the part of the code that is `depth` levels out. */
const branch = (depth: number): Code => [0x0c, depth]
const branchIf = (depth: number): Code => [0x0d, depth]

function code(...parts: (number | Code)[]): Code {
  return parts.flat()
}

/** STOP = min(START + size, TO). */
function stopAt(size: number): Code {
  const limit = code(get(START), i32(size), I32_ADD)
  return code(limit, get(TO), limit, get(TO), I32_LESS, SELECT, set(STOP))
}

/** HASH = HASH * 2 + TABLE[byte at AT + k]. */
function hashByte(k: number): Code {
  const word = code(get(AT), loadByte(k), i32(3), I32_SHIFT_LEFT, load64(TABLE_AT))
  return code(get(HASH), i64(1), I64_SHIFT_LEFT, word, I64_ADD, set(HASH))
}

/** Moves AT on by `count`. */
function advance(count: number): Code {
  return code(get(AT), i32(count), I32_ADD, set(AT))
}

/** Hashes the byte at AT + k; at a cut, moves AT behind it and leaves to `depth` levels out of the loop's condition. */
function testByte(k: number, depth: number): Code {
  return code(hashByte(k), get(HASH), get(LIMIT), I64_BELOW, IF, advance(k + 1), branch(depth + 1), END)
}

/** Runs `body`, which takes `count` bytes, while at least as many are left before STOP. */
function whileLeft(count: number, body: Code): Code {
  const condition = code(get(STOP), get(AT), I32_SUBTRACT, i32(count), I32_GREATER_OR_EQUAL)
  return code(LOOP, condition, IF, body, advance(count), branch(1), END, END)
}

/** From inside of a loop's condition, out of the loop and the block around it. */
const OUT_OF_LOOP_AND_BLOCK = 2

function testBytes(count: number): Code {
  const tests = Array.from({ length: count }, (_, k) => testByte(k, OUT_OF_LOOP_AND_BLOCK)).flat()
  return whileLeft(count, tests)
}

/** The bytes that do not matter: AT = max(AT, min(START + SKIPPED_BYTES, TO)). */
function skip(): Code {
  return code(stopAt(SKIPPED_BYTES), get(STOP), get(AT), get(AT), get(STOP), I32_LESS, SELECT, set(AT))
}

/** Appends AT to the cuts and starts a chunk there. */
function cut(): Code {
  return code(
    code(get(COUNT), i32(2), I32_SHIFT_LEFT, get(AT), store32(CUTS_AT), get(COUNT), i32(1), I32_ADD, set(COUNT)),
    code(get(AT), set(START), i64(0), set(HASH)),
  )
}

function runFunction(): Code {
  return [
    LOCALS,
    code(i32(0), load64(HASH_AT), set(HASH), i64(1), i64(CUT_BELOW_SHIFT), I64_SHIFT_LEFT, set(LIMIT)),
    code(get(AT), i32(0), load32(SIZE_AT), I32_SUBTRACT, set(START)),
    // Around all chunks: left at the end of the data. Around one chunk: left at its cut.
    code(BLOCK, LOOP, BLOCK),
    skip(),
    // The bytes that count for the first cut and are none.
    stopAt(MIN_CHUNK_BYTES - 1),
    whileLeft(1, hashByte(0)),
    stopAt(MAX_CHUNK_BYTES),
    testBytes(UNROLLED),
    testBytes(1),
    // No mark was met: either the chunk is as long as may be, or the data has ended.
    code(get(AT), get(START), I32_SUBTRACT, i32(MAX_CHUNK_BYTES), I32_NOT_EQUAL, branchIf(2), END),
    cut(),
    code(branch(0), END, END),
    code(i32(0), get(HASH), store64(HASH_AT), i32(0), get(AT), get(START), I32_SUBTRACT, store32(SIZE_AT)),
    code(get(COUNT), END),
  ].flat()
}

/** An unsigned number in the encoding of the format, seven bits a byte. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

/** A number that is not negative as a signed one: the highest bit of the last seven is the sign. */
function signed(value: number): Code {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)]
}

function name(text: string): Code {
  return [text.length, ...Array.from(text, (char) => char.charCodeAt(0))]
}

/** A section, or any other part that starts with its length. */
function sized(content: Code): Code {
  return [...unsigned(content.length), ...content]
}

/** The bytes of the module. */
export function gearProgram(): Uint8Array {
  return Uint8Array.from(
    [
      // "\0asm", version 1.
      code(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      // Types: one, (i32, i32) -> i32.
      code(1, sized([1, 0x60, 2, I32, I32, 1, I32])),
      // Functions: one, of type 0.
      code(3, sized([1, 0])),
      // Memories: one, of a fixed size.
      code(5, sized([1, 1, PAGES, PAGES])),
      // Exports: memory 0, function 0.
      code(7, sized(code(2, name('memory'), 2, 0, name('run'), 0, 0))),
      // Code of the function.
      code(10, sized(code(1, sized(runFunction())))),
    ].flat(),
  )
}

// RC4's inner loop as a WebAssembly module, written out instruction by instruction: this listing is the source and what
// runs. The compiler for JavaScript checks the bounds of all seven memory accesses per byte; that of WebAssembly does not
// have to, and is not put off by callers that pass now a Buffer and now a Uint8Array.
//
// Memory, one page of 64 KiB: i, j, the 256 bytes of the permutation, and from DATA_AT on what is to be encrypted.
// Exported: `memory` and `run(from, to)`, which encrypts the bytes [from, to) of the memory where they are.

import { WASM, WASM_END, WASM_IF, WASM_LOOP, wasmCode as code, wasmModule } from '@ccbt/primitives'
import type { WasmCode } from '@ccbt/primitives'

/** Where a cipher's state starts: i, j, permutation. */
const J_AT = 1
const PERMUTATION_AT = 2

/** Bytes of i, j and the permutation. */
export const STATE_BYTES = 258

/** Where the data starts; what is before it is state. */
export const DATA_AT = 1024

/** Most data that one run may take: the rest of the page. */
export const DATA_BYTES = 64_512

/** Bytes per turn of the main loop: more make the module larger and not faster. */
const UNROLLED = 8

const { get, set, tee, i32, loadByte, storeByte, branch } = WASM

const ADD = 0x6a
const SUBTRACT = 0x6b
const XOR = 0x73
const GREATER_OR_EQUAL = 0x4f
/** Constant 255 and a bitwise and: modulo 256. */
const MODULO_256: WasmCode = [0x41, 0xff, 0x01, 0x71]
/** From inside of the `if`: the loop once more. */
const AGAIN = branch(1)

/** The parameters `from` and `to`, then the locals. */
const FROM = 0
const TO = 1
const I = 2
const J = 3
const X = 4
const Y = 5
const FOUR_LOCALS: WasmCode = [1, 4, 0x7f]

/** Encrypts the byte at `from + k`. */
function encryptByte(k: number): WasmCode {
  return [
    // i = (i + 1) % 256; x = S[i]
    code(get(I), i32(1), ADD, MODULO_256, tee(I), loadByte(PERMUTATION_AT), tee(X)),
    // j = (x + j) % 256; y = S[j]
    code(get(J), ADD, MODULO_256, tee(J), loadByte(PERMUTATION_AT), set(Y)),
    // S[i] = y; S[j] = x
    code(get(I), get(Y), storeByte(PERMUTATION_AT), get(J), get(X), storeByte(PERMUTATION_AT)),
    // data[from + k] ^= S[(x + y) % 256]
    code(
      get(FROM),
      get(FROM),
      loadByte(k),
      get(X),
      get(Y),
      ADD,
      MODULO_256,
      loadByte(PERMUTATION_AT),
      XOR,
      storeByte(k),
    ),
  ].flat()
}

/** Encrypts `count` bytes per turn while at least as many are left. */
function loop(count: number): WasmCode {
  const bytes = Array.from({ length: count }, (_, k) => encryptByte(k)).flat()
  return [
    code(WASM_LOOP, get(TO), get(FROM), SUBTRACT, i32(count), GREATER_OR_EQUAL, WASM_IF),
    bytes,
    code(get(FROM), i32(count), ADD, set(FROM), AGAIN, WASM_END, WASM_END),
  ].flat()
}

function runFunction(): WasmCode {
  return [
    FOUR_LOCALS,
    code(i32(0), loadByte(0), set(I), i32(0), loadByte(J_AT), set(J)),
    loop(UNROLLED),
    loop(1),
    code(i32(0), get(I), storeByte(0), i32(0), get(J), storeByte(J_AT), WASM_END),
  ].flat()
}

/** The bytes of the module. */
export function rc4Program(): Uint8Array {
  return wasmModule({ pages: 1, hasResult: false, run: runFunction() })
}

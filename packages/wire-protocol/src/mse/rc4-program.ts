// RC4's inner loop as a WebAssembly module, written out instruction by instruction: this listing is the source and what
// runs. The compiler for JavaScript checks the bounds of all seven memory accesses per byte; that of WebAssembly does not
// have to, and is not put off by callers that pass now a Buffer and now a Uint8Array.
//
// Memory, one page of 64 KiB: i, j, the 256 bytes of the permutation, and from DATA_AT on what is to be encrypted.
// Exported: `memory` and `run(from, to)`, which encrypts the bytes [from, to) of the memory where they are.

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

/** Instructions, or other bytes of the module. */
type Code = readonly number[]

const ADD = 0x6a
const SUBTRACT = 0x6b
const XOR = 0x73
const GREATER_OR_EQUAL = 0x4f
/** Constant 255 and a bitwise and: modulo 256. */
const MODULO_256: Code = [0x41, 0xff, 0x01, 0x71]
/** A loop, and a condition, that leave nothing on the stack. */
const LOOP: Code = [0x03, 0x40]
const IF: Code = [0x04, 0x40]
/** From inside of the `if`: the loop once more. */
const AGAIN: Code = [0x0c, 1]
const END = 0x0b

/** The parameters `from` and `to`, then the locals. */
const FROM = 0
const TO = 1
const I = 2
const J = 3
const X = 4
const Y = 5
const FOUR_LOCALS: Code = [1, 4, 0x7f]

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
/** Sets a local and leaves the value on the stack. */
const tee = (local: number): Code => [0x22, local]
/** A constant below 64. */
const constant = (value: number): Code => [0x41, value]
/** Loads, or stores, the byte at the address on the stack plus `offset`, which is below 128. */
const load = (offset: number): Code => [0x2d, 0, offset]
const store = (offset: number): Code => [0x3a, 0, offset]

function code(...parts: (number | Code)[]): Code {
  return parts.flat()
}

/** Encrypts the byte at `from + k`. */
function encryptByte(k: number): Code {
  return [
    // i = (i + 1) % 256; x = S[i]
    code(get(I), constant(1), ADD, MODULO_256, tee(I), load(PERMUTATION_AT), tee(X)),
    // j = (x + j) % 256; y = S[j]
    code(get(J), ADD, MODULO_256, tee(J), load(PERMUTATION_AT), set(Y)),
    // S[i] = y; S[j] = x
    code(get(I), get(Y), store(PERMUTATION_AT), get(J), get(X), store(PERMUTATION_AT)),
    // data[from + k] ^= S[(x + y) % 256]
    code(get(FROM), get(FROM), load(k), get(X), get(Y), ADD, MODULO_256, load(PERMUTATION_AT), XOR, store(k)),
  ].flat()
}

/** Encrypts `count` bytes per turn while at least as many are left. */
function loop(count: number): Code {
  const bytes = Array.from({ length: count }, (_, k) => encryptByte(k)).flat()
  return [
    code(LOOP, get(TO), get(FROM), SUBTRACT, constant(count), GREATER_OR_EQUAL, IF),
    bytes,
    code(get(FROM), constant(count), ADD, set(FROM), AGAIN, END, END),
  ].flat()
}

function runFunction(): Code {
  return [
    FOUR_LOCALS,
    code(constant(0), load(0), set(I), constant(0), load(J_AT), set(J)),
    loop(UNROLLED),
    loop(1),
    code(constant(0), get(I), store(0), constant(0), get(J), store(J_AT), END),
  ].flat()
}

/** An unsigned number in the encoding of the format, seven bits a byte. */
function number(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)]
}

function name(text: string): Code {
  return [text.length, ...Array.from(text, (char) => char.charCodeAt(0))]
}

/** A section, or any other part that starts with its length. */
function sized(content: Code): Code {
  return [...number(content.length), ...content]
}

/** The bytes of the module. */
export function rc4Program(): Uint8Array {
  return Uint8Array.from(
    [
      // "\0asm", version 1.
      code(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      // Types: one, (i32, i32) -> ().
      code(1, sized([1, 0x60, 2, 0x7f, 0x7f, 0])),
      // Functions: one, of type 0.
      code(3, sized([1, 0])),
      // Memories: one, of exactly one page.
      code(5, sized([1, 1, 1, 1])),
      // Exports: memory 0, function 0.
      code(7, sized(code(2, name('memory'), 2, 0, name('run'), 0, 0))),
      // Code of the function.
      code(10, sized(code(1, sized(runFunction())))),
    ].flat(),
  )
}

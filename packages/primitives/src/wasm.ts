// WebAssembly modules that are written out instruction by instruction: the words of the format that such listings share. A
// module has one memory of a fixed size and one function, `run(from, to)`, which works on the bytes [from, to) of it.

/** Instructions, or other bytes of a module. */
export type WasmCode = readonly number[]

/** A module to be. */
export interface WasmProgram {
  /** Of the memory, 64 KiB each. */
  readonly pages: number
  /** Whether `run` gives a number; else nothing. */
  readonly hasResult: boolean
  /** The locals of `run` and its instructions. Its parameters are locals 0 and 1. */
  readonly run: WasmCode
}

/** The bytes of the module. It exports `memory` and `run`. */
export function wasmModule({ pages, hasResult, run }: WasmProgram): Uint8Array {
  const result = hasResult ? [1, I32] : [0]
  return Uint8Array.from(
    wasmCode(
      // "\0asm", version 1.
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      // Types: one, (i32, i32) -> i32 or ().
      section(1, [1, 0x60, 2, I32, I32, ...result]),
      // Functions: one, of type 0.
      section(3, [1, 0]),
      // Memories: one, of a fixed size.
      section(5, [1, 1, pages, pages]),
      // Exports: memory 0, function 0.
      section(7, wasmCode(2, name('memory'), 2, 0, name('run'), 0, 0)),
      // Code of the function.
      section(10, wasmCode(1, sized(run))),
    ),
  )
}

/** Instructions one after the other. */
export function wasmCode(...parts: (number | WasmCode)[]): WasmCode {
  return parts.flat()
}

/** Instructions that take a value. Numbers are not negative. */
export interface WasmInstructions {
  readonly get: (local: number) => WasmCode
  readonly set: (local: number) => WasmCode
  /** Sets a local and leaves the value on the stack. */
  readonly tee: (local: number) => WasmCode
  /** A constant of 32 bits. */
  readonly i32: (value: number) => WasmCode
  /** A constant of 64 bits. */
  readonly i64: (value: number) => WasmCode
  /** Loads from the address on the stack plus `offset`; so do the others. */
  readonly loadByte: (offset: number) => WasmCode
  readonly load32: (offset: number) => WasmCode
  readonly load64: (offset: number) => WasmCode
  readonly storeByte: (offset: number) => WasmCode
  readonly store32: (offset: number) => WasmCode
  readonly store64: (offset: number) => WasmCode
  /** Leaves, or repeats, the part of the code that is `depth` levels out. */
  readonly branch: (depth: number) => WasmCode
  /** The same when the value on the stack is not 0. */
  readonly branchIf: (depth: number) => WasmCode
}

/** Instructions that take a value. */
export const WASM: WasmInstructions = {
  get: (local) => [0x20, local],
  set: (local) => [0x21, local],
  tee: (local) => [0x22, local],
  i32: (value) => [0x41, ...signed(value)],
  i64: (value) => [0x42, ...signed(value)],
  loadByte: (offset) => [0x2d, 0, ...unsigned(offset)],
  load32: (offset) => [0x28, 2, ...unsigned(offset)],
  load64: (offset) => [0x29, 3, ...unsigned(offset)],
  storeByte: (offset) => [0x3a, 0, ...unsigned(offset)],
  store32: (offset) => [0x36, 2, ...unsigned(offset)],
  store64: (offset) => [0x37, 3, ...unsigned(offset)],
  branch: (depth) => [0x0c, depth],
  branchIf: (depth) => [0x0d, depth],
}

/** Parts of the code that can be left or repeated, and a condition; they leave nothing on the stack. */
export const WASM_BLOCK: WasmCode = [0x02, 0x40]
export const WASM_LOOP: WasmCode = [0x03, 0x40]
export const WASM_IF: WasmCode = [0x04, 0x40]
/** Ends each of them, and the function. */
export const WASM_END: WasmCode = [0x0b]

const I32 = 0x7f

/** An unsigned number in the encoding of the format, seven bits a byte. */
function unsigned(value: number): WasmCode {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

/** A number that is not negative as a signed one: the highest bit of the last seven is the sign. */
function signed(value: number): WasmCode {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)]
}

function name(text: string): WasmCode {
  return [text.length, ...Array.from(text, (char) => char.charCodeAt(0))]
}

/** What starts with its length. */
function sized(content: WasmCode): WasmCode {
  return [...unsigned(content.length), ...content]
}

function section(id: number, content: WasmCode): WasmCode {
  return [id, ...sized(content)]
}

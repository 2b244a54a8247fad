// The scanner's result: one entry of two integers per token, in the order of the bytes, nothing else. 8 bytes a token,
// whatever the token is, so that a hostile document costs no more than its own size before somebody looks into it.
//
// An entry is [start, link]: `start` is the token's first byte. `link` is the byte after the token for integers and
// strings, and the index of the closing entry for lists and dictionaries. Closing entries have start = place of the 'e'.

const DICT = 0x64
const LIST = 0x6c
const COLON = 0x3a

/** Validated bencode and where its tokens lie. Made by `scan`, read-only afterwards; so must be `bytes`. */
export class Tape {
  readonly bytes: Uint8Array
  #entries: Int32Array
  #length = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#entries = new Int32Array(Math.max(16, Math.min(bytes.length, 4096)))
  }

  /** Number of entries. */
  get length(): number {
    return this.#length
  }

  /** Appends an entry and returns its index. */
  push(start: number, link: number): number {
    const at = 2 * this.#length
    if (at === this.#entries.length) {
      const larger = new Int32Array(2 * at)
      larger.set(this.#entries)
      this.#entries = larger
    }
    this.#entries[at] = start
    this.#entries[at + 1] = link
    return this.#length++
  }

  /** Sets the closing entry of a list or dictionary. */
  close(index: number, closing: number): void {
    this.#entries[2 * index + 1] = closing
  }

  isDict(index: number): boolean {
    return this.bytes[this.start(index)] === DICT
  }

  isList(index: number): boolean {
    return this.bytes[this.start(index)] === LIST
  }

  /** First byte of the token. */
  start(index: number): number {
    return this.#entries[2 * index]!
  }

  /** Index of the closing entry of a list or dictionary; of an integer or string, the byte after it. */
  link(index: number): number {
    return this.#entries[2 * index + 1]!
  }

  /** Byte after the value. */
  end(index: number): number {
    return this.#isContainer(index) ? this.start(this.link(index)) + 1 : this.link(index)
  }

  /** Index of the entry that follows this value with all it contains. */
  next(index: number): number {
    return this.#isContainer(index) ? this.link(index) + 1 : index + 1
  }

  /** First byte of a string after its length prefix. */
  payload(index: number): number {
    let at = this.start(index)
    while (this.bytes[at] !== COLON) at++
    return at + 1
  }

  #isContainer(index: number): boolean {
    const first = this.bytes[this.start(index)]
    return first === DICT || first === LIST
  }
}

// Bytes that are collected as they arrive: the memory follows what is there, at most twice as much.

const FIRST_BYTES = 256

/** A growing buffer. Who appends sees to the bound. */
export class ByteBuffer {
  #bytes = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What is there: a view, valid until the next change. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, FIRST_BYTES, 2 * this.#bytes.length))
      larger.set(this.view)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  /** Empties it and lets go of the memory. */
  clear(): void {
    this.#bytes = new Uint8Array(0)
    this.#length = 0
  }
}

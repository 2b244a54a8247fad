// Written bytes that no packet has taken yet, as the views they were written in. Copied once, into their packet.

/** Above this many consumed views the list is cut. */
const MAX_CONSUMED = 64

/** Bytes in the order of writing. */
export class SendQueue {
  #views: Uint8Array[] = []
  #first = 0
  /** Bytes of the first view that are taken. */
  #offset = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(view: Uint8Array): void {
    if (view.length === 0) return
    this.#views.push(view)
    this.#bytes += view.length
  }

  /** Moves the next `length` bytes, of which there are as many, to `at` in `target`. */
  moveTo(target: Uint8Array, at: number, length: number): void {
    this.#bytes -= length
    for (let left = length; left > 0;) {
      const view = this.#views[this.#first]!
      const part = Math.min(left, view.length - this.#offset)
      const isWhole = part === view.length
      target.set(isWhole ? view : view.subarray(this.#offset, this.#offset + part), at + length - left)
      left -= part
      this.#offset += part
      if (this.#offset === view.length) this.#drop()
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#views = []
    this.#first = 0
    this.#offset = 0
    this.#bytes = 0
  }

  #drop(): void {
    this.#offset = 0
    this.#first++
    if (this.#first < MAX_CONSUMED && this.#first < this.#views.length) return
    this.#views.splice(0, this.#first)
    this.#first = 0
  }
}

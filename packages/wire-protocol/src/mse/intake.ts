// The received bytes that a handshake has not used yet: 1 KiB, whatever the other side sends and in whatever parts.

const CAPACITY_BYTES = 1024

/** A small queue of bytes. */
export class Intake {
  readonly #bytes = new Uint8Array(CAPACITY_BYTES)
  #start = 0
  #end = 0

  /** Bytes that wait. */
  get length(): number {
    return this.#end - this.#start
  }

  /** Takes in as much of `data` as there is room for, and tells how much that was. */
  fill(data: Uint8Array): number {
    this.#bytes.copyWithin(0, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    const count = Math.min(data.length, CAPACITY_BYTES - this.#end)
    this.#bytes.set(data.subarray(0, count), this.#end)
    this.#end += count
    return count
  }

  /** The next `count` bytes, valid until the next `fill`; nothing while fewer have come. At most 1024. */
  take(count: number): Uint8Array | undefined {
    if (this.length < count) return undefined
    this.#start += count
    return this.#bytes.subarray(this.#start - count, this.#start)
  }

  /** All bytes that wait, without taking them; valid until the next `fill`. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /**
   * Skips at most `limit` bytes to the first occurrence of `pattern` and over it. `missing` when it does not start
   * within the limit, `unknown` while it may still come.
   */
  skipPast(pattern: Uint8Array, limit: number): 'found' | 'missing' | 'unknown' {
    const bytes = this.peek()
    const last = Math.min(limit, bytes.length - pattern.length)
    for (let at = 0; at <= last; at++) {
      if (!isAt(bytes, at, pattern)) continue
      this.#start += at + pattern.length
      return 'found'
    }
    return last === limit ? 'missing' : 'unknown'
  }
}

function isAt(bytes: Uint8Array, at: number, pattern: Uint8Array): boolean {
  for (let i = 0; i < pattern.length; i++) if (bytes[at + i] !== pattern[i]) return false
  return true
}

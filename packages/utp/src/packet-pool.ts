// Buffers of packets that wait for their acknowledgment, shared by all connections, so that sending allocates nothing.

/** Buffer sizes: control messages, partial packets, Ethernet, jumbo frames, loopback. */
const CLASSES = [128, 512, 1536, 9216, 16_384, 65_536] as const
/** Unused buffers beyond this many bytes go to the garbage collector. */
const MAX_FREE_BYTES = 4_194_304

/** Buffers of a few sizes. */
export class PacketPool {
  readonly #free: Uint8Array[][] = CLASSES.map(() => [])
  #freeBytes = 0

  /** A buffer of at least `bytes` bytes, at most 65,536. */
  take(bytes: number): Uint8Array {
    const at = CLASSES.findIndex((size) => size >= bytes)
    const buffer = this.#free[at]?.pop()
    if (buffer === undefined) return new Uint8Array(CLASSES[at] ?? bytes)
    this.#freeBytes -= buffer.length
    return buffer
  }

  /** Takes back a buffer that nobody looks at any more. */
  give(buffer: Uint8Array): void {
    if (this.#freeBytes + buffer.length > MAX_FREE_BYTES) return
    const at = CLASSES.findIndex((size) => size === buffer.length)
    if (at === -1) return
    this.#freeBytes += buffer.length
    this.#free[at]!.push(buffer)
  }
}

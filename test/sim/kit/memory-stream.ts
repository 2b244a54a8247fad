// One end of a connection in the simulated network. Bytes pass through four bounded places, as they do with TCP: what
// was written and the kernel has no room for (bounded by the writer, who is told), the kernel's send buffer (a copy),
// what is on its way or waits at the other end (the window), and the receive buffer that all streams share.

import type { Endpoint } from '@ccbt/address'
import type { CcbtError, Clock } from '@ccbt/primitives'
import type { ByteStream, StreamHandler } from '@ccbt/transport'

import type { Packet, PacketSource, Uplink } from './line.ts'

/** Bytes that the kernel takes from a writer before the line has sent them. */
const SEND_BUFFER_BYTES = 131_072
/** Bytes that may be on their way and with a receiver that does not read. */
const WINDOW_BYTES = 262_144

/** What a stream needs from its host. */
export interface StreamParts {
  readonly clock: Clock
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly uplink: Uplink
  /** Shared with other streams. */
  readonly receiveBuffer: Uint8Array
  /** Takes the packet to the other end. */
  readonly carry: (packet: Packet) => void
  /** Tells the other end that the connection is no more. */
  readonly carryReset: () => void
  readonly resetError: () => CcbtError
  readonly onClosed: (stream: MemoryStream) => void
}

/** A {@link ByteStream} in virtual time. Made by the network only. */
export class MemoryStream implements ByteStream, PacketSource {
  readonly transport = 'tcp'
  readonly isEncrypted = false
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly #parts: StreamParts
  #handler: StreamHandler | undefined
  /** The other end, once there is one. */
  other: MemoryStream | undefined
  #writtenBytes = 0
  /** Written, and the kernel had no room yet: views of the writer's bytes. */
  readonly #queued: Uint8Array[] = []
  #queuedBytes = 0
  readonly #sendBuffer: Uint8Array[] = []
  #sendBufferBytes = 0
  /** Sent and not read by the other side. */
  #unreadBytes = 0
  readonly #arrived: Packet[] = []
  #isCorked = false
  #isPaused = false
  #isReadPlanned = false
  #wantsDrain = false
  #isClosed = false
  #isEndSent = false
  #error: CcbtError | undefined

  constructor(parts: StreamParts) {
    this.#parts = parts
    this.local = parts.local
    this.remote = parts.remote
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler
    if (this.#isClosed) this.#parts.clock.after(0, () => handler.closed(this.#error))
    else this.#planRead()
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false
    this.#writtenBytes += bytes.length
    this.#queuedBytes += bytes.length
    if (bytes.length > 0) this.#queued.push(bytes)
    if (!this.#isCorked) this.#fillSendBuffer()
    this.#wantsDrain = this.#queuedBytes > 0
    return !this.#wantsDrain
  }

  cork(): void {
    this.#isCorked = true
  }

  uncork(): void {
    this.#isCorked = false
    this.#fillSendBuffer()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#planRead()
  }

  close(): void {
    if (this.#isClosed) return
    // As TCP does it: who closes with unread bytes resets the connection.
    if (this.#arrived.length > 0) this.#parts.carryReset()
    this.#end(undefined)
    this.#parts.clock.after(0, () => this.#handler?.closed())
    this.#parts.uplink.offer(this)
  }

  takePacket(length: number): Packet | undefined {
    if (this.#sendBufferBytes === 0) return this.#takeEnd()
    const room = Math.min(length, WINDOW_BYTES - this.#unreadBytes, this.#sendBufferBytes)
    if (room <= 0) return undefined
    const bytes = takeBytes(this.#sendBuffer, room)
    this.#sendBufferBytes -= room
    this.#unreadBytes += room
    return { bytes, kind: 'data' }
  }

  sent(packet: Packet): void {
    this.#parts.carry(packet)
    if (!this.#isClosed) this.#fillSendBuffer()
  }

  /** A packet from the other end is there. */
  arrived(packet: Packet): void {
    if (this.#isClosed) return
    this.#arrived.push(packet)
    this.#read()
  }

  /** The other end, or the network, has ended the connection without a word. */
  reset(): void {
    if (this.#isClosed) return
    this.#sendBuffer.length = 0
    this.#sendBufferBytes = 0
    this.#isEndSent = true
    this.#end(this.#parts.resetError())
    this.#handler?.closed(this.#error)
  }

  /** The other side has read so much. */
  wasRead(bytes: number): void {
    this.#unreadBytes -= bytes
    if (this.#sendBufferBytes > 0) this.#parts.uplink.offer(this)
  }

  #takeEnd(): Packet | undefined {
    if (!this.#isClosed || this.#isEndSent) return undefined
    this.#isEndSent = true
    return { bytes: new Uint8Array(0), kind: 'end' }
  }

  #end(error: CcbtError | undefined): void {
    this.#isClosed = true
    this.#error = error
    this.#queued.length = 0
    this.#queuedBytes = 0
    this.#arrived.length = 0
    this.#parts.onClosed(this)
  }

  #fillSendBuffer(): void {
    const room = SEND_BUFFER_BYTES - this.#sendBufferBytes
    const moved = Math.min(room, this.#queuedBytes)
    if (moved > 0) {
      this.#sendBuffer.push(takeBytes(this.#queued, moved))
      this.#sendBufferBytes += moved
      this.#queuedBytes -= moved
      this.#parts.uplink.offer(this)
    }
    if (this.#queuedBytes > 0 || !this.#wantsDrain) return
    this.#wantsDrain = false
    // Never from within a write.
    this.#parts.clock.after(0, () => {
      if (!this.#isClosed) this.#handler?.drained()
    })
  }

  /** Reads in a moment: never from within a call of the reader. */
  #planRead(): void {
    if (this.#isReadPlanned || this.#arrived.length === 0) return
    this.#isReadPlanned = true
    this.#parts.clock.after(0, () => {
      this.#isReadPlanned = false
      this.#read()
    })
  }

  #read(): void {
    while (this.#handler !== undefined && !this.#isPaused && !this.#isClosed) {
      const [first] = this.#arrived
      if (first === undefined) return
      if (first.kind === 'end') {
        this.#end(undefined)
        this.#handler.closed()
        return
      }
      const length = this.#fillReceiveBuffer()
      this.other?.wasRead(length)
      this.#handler.data(this.#parts.receiveBuffer.subarray(0, length))
    }
  }

  /** As much as there is in one read. */
  #fillReceiveBuffer(): number {
    const { receiveBuffer } = this.#parts
    let length = 0
    for (let next = this.#arrived[0]; next !== undefined; next = this.#arrived[0]) {
      if (next.kind === 'end' || length + next.bytes.length > receiveBuffer.length) break
      receiveBuffer.set(next.bytes, length)
      length += next.bytes.length
      this.#arrived.shift()
    }
    return length
  }
}

/** Takes exactly `length` bytes off the front, as a copy: their owner may change them from now on. */
function takeBytes(queue: Uint8Array[], length: number): Uint8Array {
  const taken = new Uint8Array(length)
  for (let at = 0; at < length;) {
    const first = queue[0]!
    const part = first.subarray(0, length - at)
    taken.set(part, at)
    at += part.length
    if (part.length === first.length) queue.shift()
    else queue[0] = first.subarray(part.length)
  }
  return taken
}

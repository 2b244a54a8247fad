// Two ends, a network between them and virtual time: packets go through a bottleneck with a queue, get lost, late and out
// of order as a seed says.

import { seededRandom } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

import { UtpTable } from '../src/index.ts'
import type { UtpConnection, UtpEnd, UtpHandler, UtpRemote } from '../src/index.ts'

interface Event {
  readonly atUs: number
  readonly order: number
  readonly fn: () => void
}

/** Virtual time in microseconds. */
export class Time {
  nowUs = 1_000_000
  readonly #heap: Event[] = []
  #made = 0

  at(atUs: number, fn: () => void): void {
    const heap = this.#heap
    const event = { atUs: Math.max(atUs, this.nowUs), order: this.#made++, fn }
    let i = heap.push(event) - 1
    for (let up = (i - 1) >> 1; i > 0 && isBefore(event, heap[up]!); up = (i - 1) >> 1) {
      heap[i] = heap[up]!
      i = up
    }
    heap[i] = event
  }

  /** Runs until a moment, or until nothing is left, or until `isDone`. */
  run(untilUs: number, isDone: () => boolean = () => false): void {
    while (this.#heap.length > 0 && this.#heap[0]!.atUs <= untilUs) {
      if (isDone()) return
      const { atUs, fn } = this.#take()
      this.nowUs = atUs
      fn()
    }
    this.nowUs = Math.max(this.nowUs, Number.isFinite(untilUs) ? untilUs : 0)
  }

  #take(): Event {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let i = 0
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)
}

/** One direction of a path. */
export interface LinkOptions {
  /** Bytes per second. */
  readonly rateBps?: number
  readonly delayUs?: number
  /** Bytes that wait for the bottleneck; more are dropped. */
  readonly queueBytes?: number
  /** Part of the packets that get lost. */
  readonly loss?: number
  /** Each packet takes up to this much longer, so that packets overtake each other. */
  readonly jitterUs?: number
  /** Longer packets vanish. */
  readonly maxPacketBytes?: number
}

/** A bottleneck with a queue; several flows may share it. */
export class Link {
  readonly #time: Time
  readonly #options: LinkOptions
  readonly #random: Random
  #freeAtUs = 0
  sentBytes = 0
  dropped = 0

  constructor(time: Time, options: LinkOptions, random: Random) {
    this.#time = time
    this.#options = options
    this.#random = random
  }

  /** How long a byte that comes now waits. */
  get waitUs(): number {
    return Math.max(0, this.#freeAtUs - this.#time.nowUs)
  }

  /** False: dropped because the queue is full. */
  send(bytes: number, arrive: () => void): boolean {
    const { rateBps = Infinity, delayUs = 0, queueBytes = Infinity, loss = 0, jitterUs = 0 } = this.#options
    if (bytes > (this.#options.maxPacketBytes ?? Infinity)) return true
    if ((this.waitUs * rateBps) / 1e6 + bytes > queueBytes) {
      this.dropped++
      return false
    }
    if (Number.isFinite(rateBps)) this.#freeAtUs = this.#time.nowUs + this.waitUs + (bytes * 1e6) / rateBps
    if (this.#random.u32() / 2 ** 32 < loss) return true
    this.sentBytes += bytes
    this.#time.at(this.#time.nowUs + this.waitUs + delayUs + (this.#random.u32() / 2 ** 32) * jitterUs, arrive)
    return true
  }
}

/** A socket of the simulated network. */
export class Host {
  readonly remote: UtpRemote
  readonly table: UtpTable
  readonly accepted: UtpConnection[] = []
  /** Called with every packet that leaves, before the link takes it. */
  spy: (packet: Uint8Array, to: UtpRemote) => void = () => {}
  onAccept: (connection: UtpConnection) => void = () => {}
  readonly #time: Time
  readonly #clockRate: number
  readonly #scratch = new Uint8Array(65_536)
  #armedUs = Infinity

  constructor(time: Time, remote: UtpRemote, random: Random, way: Way) {
    this.remote = remote
    this.#time = time
    this.#clockRate = way.clockRate ?? 1
    this.table = new UtpTable({
      random,
      maxPacketBytes: () => way.maxPacketBytes,
      wantFlush: () => time.at(time.nowUs, () => this.#arm(this.table.flush(this.nowUs))),
      outputTo: (to) => ({
        scratch: this.#scratch,
        isReady: true,
        send: (packet, length) => {
          const copy = packet.slice(0, length)
          this.spy(copy, to)
          way.link.send(length + 28, () => way.to(to)?.receive(copy, remote))
          return true
        },
      }),
    })
    this.table.accept = (connection) => {
      this.accepted.push(connection)
      this.onAccept(connection)
    }
  }

  /** The time that its own clock shows. */
  get nowUs(): number {
    return this.#time.nowUs * this.#clockRate
  }

  receive(packet: Uint8Array, from: UtpRemote): void {
    this.table.input(packet, from, this.nowUs)
  }

  #arm(atUs: number): void {
    if (atUs >= this.#armedUs || atUs === Infinity) return
    this.#armedUs = atUs
    // A moment later: the way through the other clock rounds.
    this.#time.at(atUs / this.#clockRate + 1, () => {
      if (this.#armedUs !== atUs) return
      this.#armedUs = Infinity
      this.#arm(this.table.tick(this.nowUs))
    })
  }
}

/** Where the packets of a host go. */
export interface Way {
  readonly link: Link
  readonly to: (remote: UtpRemote) => Host | undefined
  readonly maxPacketBytes: number
  /** How fast the host's clock runs. */
  readonly clockRate?: number
}

/** What a test sees of one end. */
export interface Side {
  readonly connection: UtpConnection
  bytes: number
  isConnected: boolean
  drains: number
  ends: UtpEnd[]
}

/** Settings of a {@link Pair} that few tests need. */
export interface PairOptions {
  readonly seed?: number
  readonly maxPacketBytes?: number
  /** How fast the clock of `far` runs. */
  readonly farClockRate?: number
}

/** Two hosts, `near` and `far`. */
export class Pair {
  readonly time: Time = new Time()
  readonly there: Link
  readonly back: Link
  readonly near: Host
  readonly far: Host

  constructor(there: LinkOptions, back: LinkOptions = there, options: PairOptions = {}) {
    const { seed = 1, maxPacketBytes = 1472, farClockRate: clockRate = 1 } = options
    const random = seededRandom(seed)
    this.there = new Link(this.time, there, random)
    this.back = new Link(this.time, back, random)
    const to = ({ host }: UtpRemote): Host | undefined =>
      [this.near, this.far].find((each) => each.remote.host === host)
    this.near = new Host(this.time, { host: '10.0.0.1', port: 1 }, random, { link: this.there, to, maxPacketBytes })
    this.far = new Host(this.time, { host: '10.0.0.2', port: 2 }, random, {
      link: this.back,
      to,
      maxPacketBytes,
      clockRate,
    })
  }

  /** Starts a connection from near to far. */
  dial(): Side {
    return watch(this.near.table.connect(this.far.remote, this.near.nowUs)!)
  }

  /** A connection that is open at both ends. */
  open(): { near: Side; far: Side } {
    const before = this.far.accepted.length
    const near = this.dial()
    this.time.run(this.time.nowUs + 120e6, () => this.far.accepted.length > before)
    const far = watch(this.far.accepted[before]!)
    return { near, far }
  }
}

/** Follows a connection; `check` sees the bytes in order. */
export function watch(connection: UtpConnection, check: (bytes: Uint8Array, at: number) => void = () => {}): Side {
  const side: Side = { connection, bytes: 0, isConnected: false, drains: 0, ends: [] }
  const handler: UtpHandler = {
    connected: () => (side.isConnected = true),
    data: (bytes) => {
      check(bytes, side.bytes)
      side.bytes += bytes.length
    },
    drained: () => side.drains++,
    closed: (end) => side.ends.push(end),
  }
  connection.attach(handler)
  connection.resume()
  return side
}

/** Byte `at` of a stream of which no near parts are alike. */
export function patternByte(at: number): number {
  return (at * 31 + (at >>> 8) * 7 + (at >>> 16)) & 0xff
}

/** A part of that stream. */
export function pattern(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => patternByte(from + i))
}

/** Throws when bytes are not that part of the stream. */
export function checkPattern(bytes: Uint8Array, from: number): void {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== patternByte(from + i)) throw new Error(`byte ${from + i} is wrong`)
  }
}

/** Writes without end, as fast as the connection takes it. */
export function pour(side: Side, part: Uint8Array = new Uint8Array(65_536)): void {
  const { connection } = side
  const fill = (): void => {
    while (connection.write(part));
  }
  connection.attach({
    connected: () => (side.isConnected = true),
    data: () => {},
    drained: fill,
    closed: (end) => side.ends.push(end),
  })
  fill()
}

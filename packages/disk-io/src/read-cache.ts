// Data that is being served, in units of one length per torrent, least recently used first, over all torrents. A unit is read
// once however many ask for it at the same time, and the next one is read ahead when a complete torrent is served in order;
// what was just received need not be read at all. The bytes of a unit never change while somebody may look at them: one that
// is out of date is dropped, not overwritten. Whoever serves retains the buffer until its socket has sent it; a buffer that
// neither the cache nor anybody else uses goes back to the pool.

import type { BufferPool } from './buffer-pool.ts'

/** Longest units; a read of less costs more per byte. */
const MAX_UNIT_LENGTH = 524_288
/** Shortest units, whatever the pieces: each costs a job. */
const MIN_UNIT_LENGTH = 65_536
/** Reads under way at once; others wait without memory of their own. */
const MAX_LOADS = 8

/** Remembered units that cannot be read whole; at the bound all are forgotten and found again. */
const MAX_PARTIAL = 4096

/** Reads `length` bytes at `offset` of a torrent into `buffer`, or into a new one. */
export type LoadUnit = (offset: number, length: number, buffer: ArrayBuffer | undefined) => Promise<ArrayBuffer>

/** A torrent in the cache. */
export interface ReadSource {
  /** Distinguishes the torrents; below 2^20. */
  readonly id: number
  readonly totalLength: number
  /** See {@link unitLengthFor}. */
  readonly unitLength: number
  /** Whether all of it is there, so that reading ahead finds something. */
  readonly isComplete: boolean
  readonly load: LoadUnit
}

/**
 * Length of the units of a torrent: they divide a piece wherever that is possible, so that no unit has bytes of a piece that is
 * still missing.
 */
export function unitLengthFor(pieceLength: number): number {
  // The largest power of two that divides it.
  const power = pieceLength & -pieceLength
  return Math.min(Math.max(power, MIN_UNIT_LENGTH), MAX_UNIT_LENGTH)
}

/** A unit that is being read. */
interface Load {
  readonly ticket: object
  readonly promise: Promise<Uint8Array>
}

export class ReadCache {
  readonly #limitBytes: number
  readonly #units = new Map<number, Uint8Array>()
  readonly #loading = new Map<number, Load>()
  readonly #waiting: (() => void)[] = []
  readonly #buffers: BufferPool
  /** How many units and readers use each buffer. */
  readonly #users = new Map<ArrayBufferLike, number>()
  /** Buffers that lost their last user in this turn of the event loop. */
  readonly #idle = new Set<ArrayBufferLike>()
  /** Units that could not be read whole although parts of them can; tried again when one of their bytes changes. */
  readonly #partial = new Set<number>()
  #loads = 0
  #usedBytes = 0
  #hits = 0
  #misses = 0

  constructor(limitBytes: number, buffers: BufferPool) {
    this.#limitBytes = limitBytes
    this.#buffers = buffers
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get hits(): number {
    return this.#hits
  }

  get misses(): number {
    return this.#misses
  }

  /** Bytes of a torrent; a view of a unit when they lie within one. */
  read(source: ReadSource, offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    const { unitLength } = source
    const unit = Math.floor(offset / unitLength)
    const begin = offset - unit * unitLength
    if (begin + length > unitLength) return this.#readAcross(source, offset, length)
    if (this.#partial.has(keyOf(source, unit))) return this.#readAlone(source, offset, length)
    const bytes = this.#unit(source, unit)
    if (bytes instanceof Uint8Array) return bytes.subarray(begin, begin + length)
    return bytes.then(
      (loaded) => loaded.subarray(begin, begin + length),
      () => this.#readAlone(source, offset, length),
    )
  }

  /** Reads past the cache: while a torrent is incomplete, the rest of a unit may lie in files that do not exist yet. */
  async #readAlone(source: ReadSource, offset: number, length: number): Promise<Uint8Array> {
    const unit = keyOf(source, Math.floor(offset / source.unitLength))
    const bytes = new Uint8Array(await source.load(offset, length, undefined))
    if (this.#partial.size >= MAX_PARTIAL) this.#partial.clear()
    this.#partial.add(unit)
    return bytes
  }

  /**
   * Takes bytes of a torrent that were just stored. True when they are kept: then their buffer belongs to the cache. False when
   * they are no whole unit.
   */
  offer(source: ReadSource, offset: number, bytes: Uint8Array): boolean {
    const { unitLength, totalLength } = source
    const end = offset + bytes.length
    let isKept = false
    for (let at = offset; at % unitLength === 0 && at < end; at += unitLength) {
      const length = Math.min(unitLength, totalLength - at)
      if (at + length > end) break
      this.#drop(keyOf(source, at / unitLength))
      this.#keep(source, at / unitLength, bytes.subarray(at - offset, at - offset + length))
      isKept = true
    }
    return isKept
  }

  /** The buffer of a view that `read` gave stays as it is until it is released as often. */
  retain(buffer: ArrayBufferLike): void {
    this.#users.set(buffer, (this.#users.get(buffer) ?? 0) + 1)
  }

  /** Undoes one `retain`. */
  release(buffer: ArrayBufferLike): void {
    const left = (this.#users.get(buffer) ?? 0) - 1
    this.#users.set(buffer, Math.max(0, left))
    if (left <= 0) this.#idleSoon(buffer)
  }

  /** Drops what is cached of a range: its bytes on disk have changed. */
  invalidate(source: ReadSource, offset: number, length: number): void {
    if (this.#units.size === 0 && this.#loading.size === 0 && this.#partial.size === 0) return
    const last = Math.floor((offset + length - 1) / source.unitLength)
    for (let unit = Math.floor(offset / source.unitLength); unit <= last; unit++) this.#drop(keyOf(source, unit))
  }

  /** Drops everything of a torrent. */
  forget(source: ReadSource): void {
    const first = keyOf(source, 0)
    const end = keyOf({ ...source, id: source.id + 1 }, 0)
    for (const key of [...this.#units.keys(), ...this.#loading.keys()]) if (key >= first && key < end) this.#drop(key)
  }

  async #readAcross(source: ReadSource, offset: number, length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length)
    for (let done = 0; done < length;) {
      const at = offset + done
      const step = Math.min(length - done, source.unitLength - (at % source.unitLength))
      out.set(await this.read(source, at, step), done)
      done += step
    }
    return out
  }

  #unit(source: ReadSource, unit: number): Uint8Array | Promise<Uint8Array> {
    const key = keyOf(source, unit)
    const bytes = this.#units.get(key)
    if (bytes !== undefined) {
      this.#hits++
      this.#units.delete(key)
      this.#units.set(key, bytes)
      return bytes
    }
    const running = this.#loading.get(key)
    if (running !== undefined) return running.promise
    this.#misses++
    const promise = this.#start(source, unit)
    if (source.isComplete && this.#units.has(key - 1)) this.#readAhead(source, unit + 1)
    return promise
  }

  #start(source: ReadSource, unit: number): Promise<Uint8Array> {
    const ticket = {}
    const promise = this.#load(source, unit, ticket)
    this.#loading.set(keyOf(source, unit), { ticket, promise })
    return promise
  }

  /** Reads a unit that nobody has asked for yet, when there is a free turn. */
  #readAhead(source: ReadSource, unit: number): void {
    const key = keyOf(source, unit)
    if (unit * source.unitLength >= source.totalLength || this.#loads >= MAX_LOADS) return
    if (this.#units.has(key) || this.#loading.has(key)) return
    // Whoever asks for it later learns of a failure; nobody is waiting now.
    this.#start(source, unit).catch(() => undefined)
  }

  async #load(source: ReadSource, unit: number, ticket: object): Promise<Uint8Array> {
    const key = keyOf(source, unit)
    await this.#turn()
    try {
      const offset = unit * source.unitLength
      const length = Math.min(source.unitLength, source.totalLength - offset)
      const bytes = new Uint8Array(await source.load(offset, length, this.#buffers.take(length)))
      // When the range was invalidated meanwhile, those who wait get what they asked for, but it is not kept.
      if (this.#loading.get(key)?.ticket === ticket) this.#keep(source, unit, bytes)
      return bytes
    } finally {
      if (this.#loading.get(key)?.ticket === ticket) this.#loading.delete(key)
      this.#nextTurn()
    }
  }

  /** Waits until fewer than the limit are reading. */
  async #turn(): Promise<void> {
    if (this.#loads < MAX_LOADS) this.#loads++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Hands this turn to the next that waits. */
  #nextTurn(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#loads--
    else next()
  }

  #keep(source: ReadSource, unit: number, bytes: Uint8Array): void {
    this.#units.set(keyOf(source, unit), bytes)
    this.#usedBytes += bytes.length
    this.retain(bytes.buffer)
    for (const [oldest] of this.#units) {
      if (this.#usedBytes <= this.#limitBytes) return
      this.#drop(oldest)
    }
  }

  #drop(key: number): void {
    this.#partial.delete(key)
    this.#loading.delete(key)
    const bytes = this.#units.get(key)
    if (bytes === undefined) return
    this.#units.delete(key)
    this.#usedBytes -= bytes.length
    this.release(bytes.buffer)
  }

  /**
   * Nobody uses this buffer now. It is filled again only in a later turn of the event loop: others who waited for the same read
   * get their views before that, and retain it again.
   */
  #idleSoon(buffer: ArrayBufferLike): void {
    if (this.#idle.size === 0) setImmediate(() => this.#recycleIdle())
    this.#idle.add(buffer)
  }

  #recycleIdle(): void {
    for (const buffer of this.#idle) {
      if (this.#users.get(buffer) !== 0) continue
      this.#users.delete(buffer)
      if (buffer instanceof ArrayBuffer) this.#buffers.give(buffer)
    }
    this.#idle.clear()
  }
}

/** A unit of a torrent as one safe integer: 2^33 units for each of 2^20 torrents. */
function keyOf(source: ReadSource, unit: number): number {
  return source.id * 8_589_934_592 + unit
}

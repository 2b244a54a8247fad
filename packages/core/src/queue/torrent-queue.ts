// Which torrents of a session may run when not all may: in the order of their positions, downloads before seeds. Knows
// no torrent, only what it is told of each.
//
// A forced torrent runs always and takes nobody's place. A torrent that runs and gets nowhere keeps running without a
// place of its own kind, so that it holds up nobody; the limit for all still counts it.

/** How many torrents may run at a time; absent = any number. */
export interface QueueLimits {
  readonly maxActiveDownloads?: number
  readonly maxActiveSeeds?: number
  /** Of both kinds together, stalled ones as well. */
  readonly maxActive?: number
}

/** What a torrent would do if it had a place. */
export type QueueWish = 'download' | 'seed' | 'nothing'

/** Where a torrent goes in the queue; a number is a position from 0. */
export type QueueMove = 'up' | 'down' | 'top' | 'bottom' | number

/** Where a torrent is in the queue. */
export interface QueuePlace {
  /** From 0; -1 for a torrent that is not there. */
  readonly position: number
  /** It runs whatever the queue says. */
  readonly isForced: boolean
}

const NOWHERE: QueuePlace = { position: -1, isForced: false }

interface Entry {
  wish: QueueWish
  isForced: boolean
  isStalled: boolean
}

/** All torrents of a session in their order. */
export class TorrentQueue {
  #limits: QueueLimits
  readonly #entries = new Map<string, Entry>()
  #order: string[] = []
  /** Of the order as it is; made when somebody asks. */
  #places: Map<string, QueuePlace> | undefined

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** Whether anything is limited: otherwise all may run at all times. */
  get isLimited(): boolean {
    return Object.values(this.#limits).some((limit) => limit !== undefined)
  }

  setLimits(limits: QueueLimits): void {
    this.#limits = limits
  }

  /** Adds a torrent at the end. */
  add(key: string): void {
    if (this.#entries.has(key)) return
    this.#entries.set(key, { wish: 'download', isForced: false, isStalled: false })
    this.#places?.set(key, { position: this.#order.length, isForced: false })
    this.#order.push(key)
  }

  remove(key: string): void {
    if (!this.#entries.delete(key)) return
    this.#order = this.#order.filter((other) => other !== key)
    this.#places = undefined
  }

  /** The same object as long as nothing of it changes. */
  placeOf(key: string): QueuePlace {
    this.#places ??= new Map(this.#order.map((other, i) => [other, { position: i, isForced: this.isForced(other) }]))
    return this.#places.get(key) ?? NOWHERE
  }

  isForced(key: string): boolean {
    return this.#entries.get(key)?.isForced === true
  }

  move(key: string, to: QueueMove): void {
    const from = this.placeOf(key).position
    if (from === -1) return
    const last = this.#order.length - 1
    const wish = typeof to === 'number' ? to : { up: from - 1, down: from + 1, top: 0, bottom: last }[to]
    const target = Math.min(Math.max(0, wish), last)
    this.#order.splice(target, 0, ...this.#order.splice(from, 1))
    this.#places = undefined
  }

  force(key: string, isForced: boolean): void {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.isForced === isForced) return
    entry.isForced = isForced
    this.#places = undefined
  }

  /** What the torrent is about now; `isStalled` only of one that runs. */
  update(key: string, wish: QueueWish, isStalled: boolean): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.wish = wish
    entry.isStalled = isStalled
  }

  /** The torrents that may run. */
  active(): Set<string> {
    const { maxActiveDownloads, maxActiveSeeds, maxActive = Number.POSITIVE_INFINITY } = this.#limits
    const active = new Set(this.#order.filter((key) => this.isForced(key)))
    const most = active.size + maxActive
    this.#fill(active, 'download', { places: maxActiveDownloads ?? maxActive, most })
    this.#fill(active, 'seed', { places: maxActiveSeeds ?? maxActive, most })
    return active
  }

  #fill(active: Set<string>, wish: QueueWish, { places, most }: { places: number; most: number }): void {
    let taken = 0
    for (const key of this.#order) {
      const entry = this.#entries.get(key)!
      if (entry.wish !== wish || entry.isForced || active.size >= most) continue
      if (!entry.isStalled && taken >= places) continue
      if (!entry.isStalled) taken++
      active.add(key)
    }
  }
}

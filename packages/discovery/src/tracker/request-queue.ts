// Whose turn it is. All requests of a session to all trackers go through here, so that thousands of torrents neither
// open thousands of connections nor fall upon a tracker all at once. Requests to one tracker over one address family
// form a lane. A lane that does not answer lets one request through at a time, and when that fails, those that waited
// for it fail as well: a dead tracker costs a session one timeout, not one per torrent.
// What waits is bounded by the callers: a torrent asks one tracker after the other.

import { isCcbtError, randomBelow } from '@ccbt/primitives'
import type { Cancel, Clock, Random } from '@ccbt/primitives'

import { aborted, timedOut } from '../errors.ts'

/** Requests under way over all lanes. */
const MAX_RUNNING = 40
/** A request that its caller gave up after this long counts as one that was not answered. */
const SLOW_MS = 15_000
/** A first announce is put off by up to this long for each other request of its lane, ... */
const SPREAD_PER_START_MS = 25
/** ... and no longer than this: 2000 torrents are announced within a minute. */
const MAX_SPREAD_MS = 45_000
/** Lanes remembered as not answering, beyond those in use. */
const MAX_IDLE_LANES = 256

/** `urgent` goes first; `start` is spread out in time when there are many. */
export type Priority = 'urgent' | 'start' | 'ordinary'

/** One request. */
export interface QueuedRequest<T> {
  /** Names tracker and family. */
  readonly lane: string
  /** Requests of this lane that may be under way at a time. */
  readonly laneLimit: number
  /** The tracker's name for messages. */
  readonly label: string
  readonly priority: Priority
  readonly signal: AbortSignal
  /** Called once: when the request's turn comes, or at once when the lane does not answer. */
  readonly onTurn: () => void
  readonly run: () => Promise<T>
}

interface Turn {
  readonly grant: () => void
  readonly refuse: (error: Error) => void
}

class Lane {
  readonly limit: number
  readonly urgent = new Set<Turn>()
  readonly ordinary = new Set<Turn>()
  readonly putOff = new Set<Turn>()
  running = 0
  /** Requests of this lane: put off, waiting or running. */
  users = 0
  isFailing = false
  answeredAt = -Infinity

  constructor(limit: number) {
    this.limit = limit
  }

  /** The turn that may be granted now, taken out of the lane. */
  take(): Turn | undefined {
    if (this.running >= (this.isFailing ? 1 : this.limit)) return undefined
    for (const waiting of [this.urgent, this.ordinary]) {
      for (const turn of waiting) {
        waiting.delete(turn)
        return turn
      }
    }
    return undefined
  }

  /** Takes a turn out that nobody waits for any more; `false` when it has been granted or refused. */
  drop(turn: Turn): boolean {
    return this.urgent.delete(turn) || this.ordinary.delete(turn) || this.putOff.delete(turn)
  }

  refuseAll(error: Error): void {
    for (const waiting of [this.urgent, this.ordinary, this.putOff]) {
      for (const turn of waiting) turn.refuse(error)
      waiting.clear()
    }
  }
}

/** Gives requests their turn. Disposing gives up all that wait; those under way are their callers' to end. */
export class RequestQueue implements Disposable {
  readonly #clock: Clock
  readonly #random: Random
  /** The lane that had a turn last is at the end. */
  readonly #lanes = new Map<string, Lane>()
  #running = 0
  #isClosed = false

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Runs the request when it is its turn; rejects as it does, with ABORTED, or as the one before it did. */
  async run<T>(request: QueuedRequest<T>): Promise<T> {
    const lane = this.#enter(request)
    let isTold = false
    const onTurn = (): void => {
      if (!isTold) request.onTurn()
      isTold = true
    }
    try {
      if (lane.isFailing) onTurn()
      await this.#turn(lane, request)
      onTurn()
      return await this.#watched(lane, request)
    } finally {
      this.#leave(lane, request.lane)
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const lane of this.#lanes.values()) lane.refuseAll(aborted())
  }

  #enter({ lane: name, laneLimit }: QueuedRequest<unknown>): Lane {
    const lane = this.#lanes.get(name) ?? new Lane(laneLimit)
    this.#lanes.set(name, lane)
    lane.users++
    return lane
  }

  /** A lane that answers needs no remembering. */
  #leave(lane: Lane, name: string): void {
    lane.users--
    if (lane.users === 0 && (!lane.isFailing || this.#lanes.size > MAX_IDLE_LANES)) this.#lanes.delete(name)
  }

  async #turn(lane: Lane, { priority, signal }: QueuedRequest<unknown>): Promise<void> {
    if (signal.aborted || this.#isClosed) throw aborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const turn: Turn = { grant: resolve, refuse: reject }
    const cancel = this.#line(lane, turn, priority)
    const onAbort = (): void => {
      if (lane.drop(turn)) reject(aborted())
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    } finally {
      cancel()
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Puts the turn into the lane, now or after the time that it is put off. */
  #line(lane: Lane, turn: Turn, priority: Priority): Cancel {
    const enqueue = (): void => {
      lane.putOff.delete(turn)
      const waiting = priority === 'urgent' ? lane.urgent : lane.ordinary
      waiting.add(turn)
      this.#grantTurns()
    }
    const waitMs = priority === 'start' ? this.#spreadMs(lane) : 0
    if (waitMs > 0) {
      lane.putOff.add(turn)
      return this.#clock.after(waitMs, enqueue)
    }
    enqueue()
    return () => {}
  }

  /** One that is alone goes at once; so do those that nobody counts on. */
  #spreadMs(lane: Lane): number {
    if (lane.isFailing) return 0
    const others = lane.users - 1
    return randomBelow(this.#random, Math.min(MAX_SPREAD_MS, SPREAD_PER_START_MS * others) + 1)
  }

  /** Lanes take turns, so that one with thousands waiting does not keep the others from theirs. */
  #grantTurns(): void {
    // A lane that got a turn is put behind the others and met again.
    for (const [name, lane] of this.#lanes) {
      if (this.#running >= MAX_RUNNING) return
      const turn = lane.take()
      if (turn === undefined) continue
      lane.running++
      this.#running++
      this.#lanes.delete(name)
      this.#lanes.set(name, lane)
      turn.grant()
    }
  }

  /** Runs the request and learns from it whether the lane answers. */
  async #watched<T>(lane: Lane, { run, signal, label }: QueuedRequest<T>): Promise<T> {
    const startedAt = this.#clock.now()
    try {
      const result = await run()
      this.#answered(lane)
      return result
    } catch (error) {
      const ranMs = this.#clock.now() - startedAt
      if (isSilence(error)) this.#failed(lane, startedAt, error)
      else if (!signal.aborted) this.#answered(lane)
      else if (ranMs >= SLOW_MS) this.#failed(lane, startedAt, timedOut(label, ranMs))
      throw error
    } finally {
      lane.running--
      this.#running--
      this.#grantTurns()
    }
  }

  #answered(lane: Lane): void {
    lane.isFailing = false
    lane.answeredAt = this.#clock.now()
  }

  /** One lost request among others that were answered meanwhile says nothing about the tracker. */
  #failed(lane: Lane, startedAt: number, error: Error): void {
    if (lane.answeredAt >= startedAt) return
    lane.isFailing = true
    lane.refuseAll(error)
  }
}

function isSilence(error: unknown): error is Error {
  return isCcbtError(error, 'TRACKER_UNREACHABLE') || isCcbtError(error, 'TRACKER_TIMED_OUT')
}

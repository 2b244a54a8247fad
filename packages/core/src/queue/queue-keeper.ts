// Makes the torrents of a session follow its queue: starts those that may run, puts the others to rest, looks after some
// seconds which of them have stalled.

import type { Cancel, Clock } from '@ccbt/primitives'

import type { CommandResult } from '../session/types.ts'
import type { TorrentPhase } from '../snapshot.ts'
import { StallWatch } from './stall-watch.ts'
import { TorrentQueue } from './torrent-queue.ts'
import type { QueueLimits, QueueMove, QueuePlace } from './torrent-queue.ts'

/** How often stalls are looked for. */
const LOOK_MS = 5000

/** What a torrent does. */
export interface Activity {
  readonly phase: TorrentPhase
  /** What it is to be when it does not run; absent = it is to run. */
  readonly rest: 'paused' | 'queued' | undefined
  /** Whether everything wanted is known to be there. */
  readonly isComplete: boolean
  /** Payload so far, both ways. */
  readonly movedBytes: number
}

/** A torrent as the queue sees it. */
export interface QueuedTorrent {
  readonly activity: Activity
  /** Ends the run, or does not begin one after the check; the phase becomes `queued`. */
  hold(): Promise<void>
  /** Begins a run when there is none. */
  resume(): CommandResult
}

/** Keeps the queue of a session. */
export class QueueKeeper implements Disposable {
  readonly #clock: Clock
  readonly #queue: TorrentQueue
  readonly #torrents = new Map<string, QueuedTorrent>()
  readonly #stalls = new StallWatch()
  readonly #holding = new Set<string>()
  #cancel: Cancel | undefined
  #isDue = false
  #isStopped = false

  constructor(limits: QueueLimits, clock: Clock) {
    this.#clock = clock
    this.#queue = new TorrentQueue(limits)
  }

  /** Adds a torrent that is about to start; false when it has to wait. */
  add(key: string, torrent: QueuedTorrent, isForced: boolean): boolean {
    this.#torrents.set(key, torrent)
    this.#queue.add(key)
    this.#queue.force(key, isForced)
    return this.#mayRun(key)
  }

  remove(key: string): void {
    this.#torrents.delete(key)
    this.#queue.remove(key)
    this.#stalls.forget(key)
    this.changed()
  }

  place(key: string): QueuePlace {
    return this.#queue.placeOf(key)
  }

  /** Torrents that wait for a place that nobody gives out any more begin. */
  setLimits(limits: QueueLimits): void {
    this.#queue.setLimits(limits)
    if (this.#queue.isLimited) this.changed()
    else if (!this.#isStopped) this.#follow()
  }

  move(key: string, to: QueueMove): void {
    this.#queue.move(key, to)
    this.changed()
  }

  force(key: string, isForced: boolean): void {
    this.#queue.force(key, isForced)
    this.changed()
  }

  /** Lets a torrent go on that was paused or has ended, when it has a place, else puts it in the queue. */
  async resume(key: string, torrent: QueuedTorrent): Promise<CommandResult> {
    if (this.#holding.has(key)) return { kind: 'done' }
    const { phase, isComplete } = torrent.activity
    if (isResting(phase)) this.#queue.update(key, isComplete ? 'seed' : 'download', false)
    if (this.#mayRun(key)) return torrent.resume()
    await torrent.hold()
    return { kind: 'done' }
  }

  /** Something has happened that the queue may have to follow; it does so soon. */
  changed(): void {
    if (this.#isDue || this.#isStopped || !this.#queue.isLimited) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      if (!this.#isStopped) this.#follow()
    })
  }

  [Symbol.dispose](): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  #mayRun(key: string): boolean {
    return !this.#queue.isLimited || this.#queue.active().has(key)
  }

  #follow(): void {
    this.#cancel?.()
    const nowMs = this.#clock.now()
    for (const [key, torrent] of this.#torrents) this.#look(key, torrent, nowMs)
    const active = this.#queue.active()
    for (const [key, torrent] of this.#torrents) {
      const { phase, rest } = torrent.activity
      if (isResting(phase) || this.#holding.has(key)) continue
      if (active.has(key) && rest === 'queued') torrent.resume()
      if (!active.has(key) && rest === undefined) this.#hold(key, torrent)
    }
    this.#cancel = this.#torrents.size === 0 ? undefined : this.#clock.after(LOOK_MS, () => this.#follow())
  }

  #look(key: string, { activity }: QueuedTorrent, nowMs: number): void {
    const { phase, rest, isComplete, movedBytes } = activity
    const isRunning = phase === 'metadata' || phase === 'downloading' || phase === 'seeding'
    const isStalled = isRunning && this.#stalls.look(key, movedBytes, nowMs)
    if (!isRunning) this.#stalls.forget(key)
    const wish = isComplete ? 'seed' : 'download'
    this.#queue.update(key, isResting(phase) || rest === 'paused' ? 'nothing' : wish, isStalled)
  }

  #hold(key: string, torrent: QueuedTorrent): void {
    this.#holding.add(key)
    void torrent.hold().finally(() => {
      this.#holding.delete(key)
      this.changed()
    })
  }
}

/** Whether a torrent does nothing and nothing is to be done: it is paused, has ended or has failed. */
export function isResting(phase: TorrentPhase): boolean {
  return phase === 'paused' || phase === 'failed' || phase === 'finished'
}

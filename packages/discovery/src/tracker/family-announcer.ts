// Keeps one torrent known to its trackers over one address family (BEP 12). A round goes through the tiers in order
// until one tracker answers; that one moves to the front of its tier. There is never more than one round under way and
// one timer set. It runs once: start, any number of rounds, stop.

import type { IpFamily } from '@ccbt/address'
import { bug, isCcbtError } from '@ccbt/primitives'
import type { Cancel, CcbtError, Clock } from '@ccbt/primitives'

import { MAX_NUM_WANT } from './announce-query.ts'
import { Deadline } from './deadline.ts'
import { firstSuccess } from './staggered-race.ts'
import type { Attempt } from './staggered-race.ts'
import type { TrackerRoute } from './tracker-route.ts'
import type { AnnounceEvent, TrackerClient, TrackerRequest, TrackerResponse } from './tracker.ts'

/** A tracker that has not answered by then no longer holds back the next one: the first repetition of BEP 15. */
const SLOW_TRACKER_MS = 15_000
/** Timers count whole milliseconds of their own clock and fire a little early by ours. */
const TIMER_SLACK_MS = 100
/** For all farewells together. */
const GOODBYE_TIMEOUT_MS = 3_000

/** What an announce says about the torrent at this moment. */
export type AnnounceFacts = Omit<TrackerRequest, 'event' | 'numWant' | 'trackerId' | 'family'> & {
  /** Whether addresses of peers are of any use now. */
  readonly wantPeers: boolean
}

/** What a {@link FamilyAnnouncer} works with. */
export interface FamilyAnnouncerOptions {
  readonly family: IpFamily
  /** In tier order. */
  readonly routes: readonly TrackerRoute[]
  readonly client: TrackerClient
  /** Asked for every announce. */
  readonly request: () => AnnounceFacts
  readonly clock: Clock
  readonly onAnswer: (route: TrackerRoute, response: TrackerResponse) => void
  readonly onFailure: (route: TrackerRoute, error: CcbtError) => void
}

/** Announces one torrent over one family. */
export class FamilyAnnouncer {
  readonly family: IpFamily
  readonly #options: FamilyAnnouncerOptions
  /** The order in which to ask; it changes within tiers. */
  readonly #routes: TrackerRoute[]
  readonly #stopping = new AbortController()
  #isStarted = false
  #isComplete = false
  #round: Promise<void> | undefined
  #goodbye: Promise<void> | undefined
  #active: TrackerRoute | undefined
  #nextAt: number | undefined
  #cancelTimer: Cancel = () => {}

  constructor(options: FamilyAnnouncerOptions) {
    this.family = options.family
    this.#options = options
    this.#routes = [...options.routes]
  }

  /** When the next round is planned. */
  get nextAt(): number | undefined {
    return this.#nextAt
  }

  start(): void {
    if (this.#isStarted || this.#stopping.signal.aborted) return
    this.#isStarted = true
    this.#schedule(0)
  }

  announceNow(): void {
    for (const route of this.#routes) route.forgetBackoff()
    if (this.#isStarted && this.#round === undefined) this.#schedule(this.#earliestRound())
  }

  completed(): void {
    this.#isComplete = true
    // A round under way looks after itself whether the event is still to be told.
    if (this.#isStarted && this.#round === undefined && this.#owesCompleted()) this.#schedule(0)
  }

  stop(): Promise<void> {
    this.#goodbye ??= this.#sayGoodbye()
    return this.#goodbye
  }

  #owesCompleted(): boolean {
    return this.#isComplete && this.#active?.nextEvent(true) === 'completed'
  }

  /** When the tracker that works may be asked again; without one, the first of all. */
  #earliestRound(): number {
    if (this.#active !== undefined) return this.#active.readyAt(this.#isComplete)
    return Math.min(...this.#routes.map((route) => route.readyAt(this.#isComplete)))
  }

  /** Plans the next round for the moment `at`, instead of any other plan. Infinity: none. */
  #schedule(at: number): void {
    this.#cancelTimer()
    this.#nextAt = undefined
    if (at === Infinity || this.#stopping.signal.aborted) return
    const { clock } = this.#options
    const now = clock.now()
    this.#nextAt = Math.max(at, now)
    this.#cancelTimer = clock.after(this.#nextAt - now, () => {
      this.#nextAt = undefined
      this.#round = this.#runRound()
    })
  }

  async #runRound(): Promise<void> {
    const { clock } = this.#options
    const latest = clock.now() + TIMER_SLACK_MS
    const ready = this.#routes.filter((route) => route.readyAt(this.#isComplete) <= latest)
    const signal = this.#stopping.signal
    let waitMs = Infinity
    const attempt: Attempt<TrackerRoute> = async (route, attemptSignal, begun) => {
      const routeWaitMs = await this.#announce(route, attemptSignal, begun)
      waitMs = Math.min(waitMs, routeWaitMs ?? Infinity)
      return routeWaitMs !== undefined
    }
    const winner = await firstSuccess(ready, attempt, { clock, staggerMs: SLOW_TRACKER_MS, signal })
    this.#round = undefined
    this.#active = winner
    if (winner !== undefined) this.#moveToFront(winner)
    if (this.#owesCompleted()) this.#schedule(0)
    else this.#schedule(winner === undefined ? this.#earliestRound() : clock.now() + waitMs)
  }

  #moveToFront(route: TrackerRoute): void {
    this.#routes.splice(this.#routes.indexOf(route), 1)
    const front = this.#routes.findIndex(({ tier }) => tier >= route.tier)
    this.#routes.splice(front === -1 ? this.#routes.length : front, 0, route)
  }

  /** Announces to one tracker. Returns how long its next regular announce has time, `undefined` when it failed. */
  async #announce(route: TrackerRoute, signal: AbortSignal, begun: () => void): Promise<number | undefined> {
    const facts = this.#options.request()
    const event = route.nextEvent(this.#isComplete)
    const onTurn = (): void => {
      route.sent()
      begun()
    }
    route.begin()
    let response: TrackerResponse
    try {
      response = await this.#options.client.announce(route.url, this.#request(route, event, facts), signal, onTurn)
    } catch (error) {
      this.#failed(route, error)
      return undefined
    }
    const waitMs = route.succeeded({ event, left: facts.stats.left, wantPeers: facts.wantPeers }, response)
    this.#options.onAnswer(route, response)
    return waitMs
  }

  #request({ trackerId }: TrackerRoute, event: AnnounceEvent, facts = this.#options.request()): TrackerRequest {
    const { wantPeers, ...rest } = facts
    const numWant = wantPeers && event !== 'stopped' ? MAX_NUM_WANT : 0
    return { ...rest, event, numWant, family: this.family, ...(trackerId === undefined ? {} : { trackerId }) }
  }

  #failed(route: TrackerRoute, reason: unknown): void {
    if (this.#stopping.signal.aborted) {
      route.cancelled()
      return
    }
    const error = isCcbtError(reason, 'ABORTED') ? route.tooSlow(SLOW_TRACKER_MS) : asCcbtError(reason)
    if (!isCcbtError(reason, 'ABORTED')) route.failed(error)
    this.#options.onFailure(route, error)
  }

  async #sayGoodbye(): Promise<void> {
    this.#stopping.abort()
    this.#cancelTimer()
    this.#nextAt = undefined
    await this.#round
    using deadline = new Deadline(this.#options.clock, GOODBYE_TIMEOUT_MS, new AbortController().signal)
    const known = this.#routes.filter((route) => route.knowsUs && !route.isGivenUp)
    await Promise.all(known.map((route) => this.#leave(route, deadline.signal)))
  }

  async #leave(route: TrackerRoute, signal: AbortSignal): Promise<void> {
    const { client } = this.#options
    const events: AnnounceEvent[] = route.nextEvent(this.#isComplete) === 'completed' ? ['completed'] : []
    events.push('stopped')
    try {
      for (const event of events) await client.announce(route.url, this.#request(route, event), signal)
    } catch (error) {
      // The tracker forgets us by itself after a while; there is nothing left to do about it, and nobody to tell.
      if (!isCcbtError(error)) throw error
    }
  }
}

/** A client that fails with something else is broken; one tracker less is no reason to lose the download. */
function asCcbtError(reason: unknown): CcbtError {
  return isCcbtError(reason) ? reason : bug('a tracker client failed unexpectedly')
}

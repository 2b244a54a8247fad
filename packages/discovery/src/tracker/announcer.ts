// Keeps one torrent known to its trackers (BEP 12). A round goes through the tiers in order until one tracker answers;
// that one moves to the front of its tier. There is never more than one round under way and one timer set. It runs once:
// start, any number of rounds, stop.

import { bug, isCcbtError, randomBelow } from '@ccbt/primitives'
import type { Cancel, CcbtError, Clock, Random } from '@ccbt/primitives'

import { MAX_NUM_WANT } from './announce-query.ts'
import { Deadline } from './deadline.ts'
import type { PeerSink } from '../peer-source.ts'
import { firstSuccess } from './staggered-race.ts'
import { TrackerEntry } from './tracker-entry.ts'
import type { TrackerStatus } from './tracker-entry.ts'
import { parseTrackerUrl } from './tracker-url.ts'
import type { AnnounceEvent, TrackerClient, TrackerRequest, TrackerResponse } from './tracker.ts'

/** A tracker that has not answered by then no longer holds back the next one: the first repetition of BEP 15. */
const SLOW_TRACKER_MS = 15_000
/** Timers count whole milliseconds of their own clock and fire a little early by ours. */
const TIMER_SLACK_MS = 100
/** For all farewells together. */
const GOODBYE_TIMEOUT_MS = 3_000

/** What an announce says about the torrent at this moment. */
export type AnnounceFacts = Omit<TrackerRequest, 'event' | 'numWant' | 'trackerId'> & {
  /** Whether addresses of peers are of any use now. */
  readonly wantPeers: boolean
}

/** What an announcer tells by itself. */
export type TrackerEvent =
  | {
      readonly type: 'working'
      readonly url: string
      /** Addresses in this answer. */
      readonly peers: number
      readonly warning?: string
      readonly externalIp?: string
    }
  | { readonly type: 'failed'; readonly url: string; readonly error: CcbtError }

/** Settings of {@link createAnnouncer}. */
export interface AnnouncerOptions {
  /** Tracker URLs; the first tier is asked first. Repeats and URLs of other schemes are left out. */
  readonly tiers: readonly (readonly string[])[]
  readonly client: TrackerClient
  readonly sink: PeerSink
  /** Asked for every announce. */
  readonly request: () => AnnounceFacts
  readonly clock: Clock
  readonly random: Random
  readonly onEvent?: (event: TrackerEvent) => void
}

/** Announces one torrent to its trackers. Disposing stops it. */
export interface TrackerAnnouncer extends AsyncDisposable {
  /** Begins with `started`. */
  start(): void
  /** Announces as soon as the tracker's minimum interval allows; trackers that failed are tried at once. */
  announceNow(): void
  /** The download is complete: tells so once, at once. Not to be called when it was complete from the start. */
  completed(): void
  /** Ends all announcing and tells it to the trackers that know us, within 3 s in all. */
  stop(): Promise<void>
  /** All trackers in their present order. */
  status(): readonly TrackerStatus[]
}

/**
 * An announcer for one torrent; it does nothing before `start`.
 * @example
 * await using announcer = createAnnouncer({ tiers, client, sink, request, clock, random })
 * announcer.start()
 */
export function createAnnouncer(options: AnnouncerOptions): TrackerAnnouncer {
  return new Announcer(options)
}

class Announcer implements TrackerAnnouncer {
  readonly #options: AnnouncerOptions
  readonly #tiers: readonly TrackerEntry[][]
  readonly #stopping = new AbortController()
  #isStarted = false
  #isComplete = false
  #round: Promise<void> | undefined
  #goodbye: Promise<void> | undefined
  #active: TrackerEntry | undefined
  #nextAt: number | undefined
  #cancelTimer: Cancel = () => {}

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#tiers = entriesOf(options)
  }

  start(): void {
    if (this.#isStarted || this.#stopping.signal.aborted) return
    this.#isStarted = true
    this.#schedule(0)
  }

  announceNow(): void {
    for (const entry of this.#entries()) entry.forgetBackoff()
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  status(): readonly TrackerStatus[] {
    return this.#entries().map((entry) => entry.status(this.#nextAt))
  }

  #entries(): TrackerEntry[] {
    return this.#tiers.flat()
  }

  #owesCompleted(): boolean {
    return this.#isComplete && this.#active?.nextEvent(true) === 'completed'
  }

  /** When the tracker that works may be asked again; without one, the first of all. */
  #earliestRound(): number {
    if (this.#active !== undefined) return this.#active.readyAt(this.#isComplete)
    return Math.min(...this.#entries().map((entry) => entry.readyAt(this.#isComplete)))
  }

  /** Plans the next round for the moment `at`, instead of any other plan. Infinity: none. */
  #schedule(at: number): void {
    this.#cancelTimer()
    this.#nextAt = undefined
    if (at === Infinity || this.#stopping.signal.aborted) return
    const { clock } = this.#options
    this.#nextAt = Math.max(at, clock.now())
    this.#cancelTimer = clock.after(this.#nextAt - clock.now(), () => {
      this.#nextAt = undefined
      this.#round = this.#runRound()
    })
  }

  async #runRound(): Promise<void> {
    const { clock } = this.#options
    const latest = clock.now() + TIMER_SLACK_MS
    const ready = this.#entries().filter((entry) => entry.readyAt(this.#isComplete) <= latest)
    const signal = this.#stopping.signal
    let waitMs = Infinity
    const attempt = async (entry: TrackerEntry, attemptSignal: AbortSignal): Promise<boolean> => {
      const entryWaitMs = await this.#announce(entry, attemptSignal)
      waitMs = Math.min(waitMs, entryWaitMs ?? Infinity)
      return entryWaitMs !== undefined
    }
    const winner = await firstSuccess(ready, attempt, { clock, staggerMs: SLOW_TRACKER_MS, signal })
    this.#round = undefined
    this.#active = winner
    if (winner !== undefined) this.#moveToFront(winner)
    if (this.#owesCompleted()) this.#schedule(0)
    else this.#schedule(winner === undefined ? this.#earliestRound() : clock.now() + waitMs)
  }

  #moveToFront(entry: TrackerEntry): void {
    const tier = this.#tiers[entry.tier]!
    tier.splice(tier.indexOf(entry), 1)
    tier.unshift(entry)
  }

  /** Announces to one tracker. Returns how long its next regular announce has time, `undefined` when it failed. */
  async #announce(entry: TrackerEntry, signal: AbortSignal): Promise<number | undefined> {
    const facts = this.#options.request()
    const event = entry.nextEvent(this.#isComplete)
    entry.begin()
    let response: TrackerResponse
    try {
      response = await this.#options.client.announce(entry.url, requestOf(facts, event, entry), signal)
    } catch (error) {
      this.#failed(entry, error)
      return undefined
    }
    const waitMs = entry.succeeded({ event, left: facts.stats.left, wantPeers: facts.wantPeers }, response)
    this.#options.onEvent?.(workingEvent(entry.url, response))
    if (response.peers.length > 0) this.#options.sink.peers('tracker', response.peers)
    return waitMs
  }

  #failed(entry: TrackerEntry, reason: unknown): void {
    if (this.#stopping.signal.aborted) {
      entry.cancelled()
      return
    }
    const error = isCcbtError(reason, 'ABORTED') ? entry.tooSlow(SLOW_TRACKER_MS) : asCcbtError(reason)
    if (!isCcbtError(reason, 'ABORTED')) entry.failed(error)
    this.#options.onEvent?.({ type: 'failed', url: entry.url, error })
  }

  async #sayGoodbye(): Promise<void> {
    this.#stopping.abort()
    this.#cancelTimer()
    this.#nextAt = undefined
    await this.#round
    using deadline = new Deadline(this.#options.clock, GOODBYE_TIMEOUT_MS, new AbortController().signal)
    const known = this.#entries().filter((entry) => entry.knowsUs && !entry.isGivenUp)
    await Promise.all(known.map((entry) => this.#leave(entry, deadline.signal)))
  }

  async #leave(entry: TrackerEntry, signal: AbortSignal): Promise<void> {
    const { client, request } = this.#options
    const events: AnnounceEvent[] = entry.nextEvent(this.#isComplete) === 'completed' ? ['completed'] : []
    events.push('stopped')
    try {
      for (const event of events) await client.announce(entry.url, requestOf(request(), event, entry), signal)
    } catch (error) {
      // The tracker forgets us by itself after a while; there is nothing left to do about it, and nobody to tell.
      if (!isCcbtError(error)) throw error
    }
  }
}

function entriesOf({ tiers, clock, random }: AnnouncerOptions): TrackerEntry[][] {
  const known = new Set<string>()
  const kept: TrackerEntry[][] = []
  for (const urls of tiers) {
    const fresh = [...new Set(urls)].filter((url) => !known.has(url) && isSupported(url))
    for (const url of fresh) known.add(url)
    if (fresh.length === 0) continue
    kept.push(shuffled(fresh, random).map((url) => new TrackerEntry({ url, tier: kept.length, clock, random })))
  }
  return kept
}

function isSupported(url: string): boolean {
  try {
    parseTrackerUrl(url)
    return true
  } catch (error) {
    if (isCcbtError(error, 'TRACKER_URL_UNSUPPORTED')) return false
    throw error
  }
}

function shuffled(urls: readonly string[], random: Random): string[] {
  const out = [...urls]
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1)
    const other = out[j]!
    out[j] = out[i]!
    out[i] = other
  }
  return out
}

function requestOf(facts: AnnounceFacts, event: AnnounceEvent, { trackerId }: TrackerEntry): TrackerRequest {
  const { wantPeers, ...rest } = facts
  const numWant = wantPeers && event !== 'stopped' ? MAX_NUM_WANT : 0
  return { ...rest, event, numWant, ...(trackerId === undefined ? {} : { trackerId }) }
}

function workingEvent(url: string, { peers, warning, externalIp }: TrackerResponse): TrackerEvent {
  return {
    type: 'working',
    url,
    peers: peers.length,
    ...(warning === undefined ? {} : { warning }),
    ...(externalIp === undefined ? {} : { externalIp }),
  }
}

/** A client that fails with something else is broken; one tracker less is no reason to lose the download. */
function asCcbtError(reason: unknown): CcbtError {
  return isCcbtError(reason) ? reason : bug('a tracker client failed unexpectedly')
}

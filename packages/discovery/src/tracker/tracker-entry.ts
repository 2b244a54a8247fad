// What is known about one tracker of one torrent, and when it may be asked again. Two kinds of waiting: a back-off is
// our own caution, which a person's wish overrides; a pause is the tracker's wish (`retry in`) and stands.

import { randomBelow } from '@ccbt/primitives'
import type { CcbtError, Clock, Random } from '@ccbt/primitives'

import { timedOut } from '../errors.ts'
import { parseTrackerUrl } from './tracker-url.ts'
import type { AnnounceEvent, TrackerResponse } from './tracker.ts'

const FIRST_BACKOFF_MS = 5_000
const MAX_BACKOFF_MS = 30 * 60_000
/** A back-off is up to this much longer, a regular wait up to {@link WAIT_JITTER}: clients must not come in step. */
const BACKOFF_JITTER = 0.25
const WAIT_JITTER = 0.1
/** Between two announces when the tracker states no minimum. */
const DEFAULT_MIN_INTERVAL_S = 60
/** The same for a tracker at a local address, which serves its owner alone. */
const LOCAL_MIN_INTERVAL_S = 5
/** With fewer peers than this in an answer, a torrent in want of peers asks again early. */
const FEW_PEERS = 20

/** One tracker, for display. */
export interface TrackerStatus {
  readonly url: string
  /** Counted from 0. */
  readonly tier: number
  /** `idle`: not asked yet. */
  readonly state: 'idle' | 'announcing' | 'working' | 'failed'
  /** One line for a person; names no secret part of the URL. */
  readonly lastError?: string
  /** Absent when no announce is planned. */
  readonly nextAnnounceInMs?: number
  readonly seeders?: number
  readonly leechers?: number
  /** Addresses in all answers so far, repeats included. */
  readonly peersReceived: number
}

/** What a {@link TrackerEntry} works with. */
export interface TrackerEntryOptions {
  readonly url: string
  readonly tier: number
  readonly clock: Clock
  readonly random: Random
}

/** What was asked and whether the torrent is in want of peers. */
export interface Announced {
  readonly event: AnnounceEvent
  readonly left: number
  readonly wantPeers: boolean
}

/** State of one tracker. */
export class TrackerEntry {
  readonly url: string
  readonly tier: number
  readonly #clock: Clock
  readonly #random: Random
  readonly #isLocal: boolean
  readonly #label: string
  #state: 'idle' | 'working' | 'failed' = 'idle'
  #isAnnouncing = false
  #isGivenUp = false
  #knowsUs = false
  #knowsCompleted = false
  #failures = 0
  #hungryAnswers = 0
  #backoffUntil = 0
  #pauseUntil = 0
  #earliestUpdate = 0
  #lastError: string | undefined
  #lastResponse: TrackerResponse | undefined
  #trackerId: Uint8Array | undefined
  #peersReceived = 0

  /** Throws TRACKER_URL_UNSUPPORTED. */
  constructor(options: TrackerEntryOptions) {
    const { isLocal, label } = parseTrackerUrl(options.url)
    this.url = options.url
    this.tier = options.tier
    this.#clock = options.clock
    this.#random = options.random
    this.#isLocal = isLocal
    this.#label = label
  }

  /** It answered an announce of this run, so it has to hear the end. */
  get knowsUs(): boolean {
    return this.#knowsUs
  }

  get trackerId(): Uint8Array | undefined {
    return this.#trackerId
  }

  /** It does not want to be asked ever again. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** Moment from which on its next event may be announced; Infinity = never. Only regular announces keep the minimum interval. */
  readyAt(isComplete: boolean): number {
    if (this.#isGivenUp) return Infinity
    const earliest = this.nextEvent(isComplete) === 'update' ? this.#earliestUpdate : 0
    return Math.max(this.#backoffUntil, this.#pauseUntil, earliest)
  }

  /** The event that it has to hear next. */
  nextEvent(isComplete: boolean): AnnounceEvent {
    if (!this.#knowsUs) return 'started'
    return isComplete && !this.#knowsCompleted ? 'completed' : 'update'
  }

  begin(): void {
    this.#isAnnouncing = true
  }

  /** The announce was aborted by ourselves: nothing is known. */
  cancelled(): void {
    this.#isAnnouncing = false
  }

  /** It answered. Returns how long to wait until the next regular announce. */
  succeeded(announced: Announced, response: TrackerResponse): number {
    this.#isAnnouncing = false
    this.#state = 'working'
    this.#failures = 0
    this.#lastError = undefined
    this.#knowsUs = true
    // Somebody who starts with everything has not completed anything.
    if (announced.event === 'completed' || announced.left === 0) this.#knowsCompleted = true
    this.#lastResponse = response
    this.#trackerId = response.trackerId ?? this.#trackerId
    this.#peersReceived += response.peers.length
    const minIntervalMs = this.#minIntervalMs(response)
    this.#earliestUpdate = this.#clock.now() + minIntervalMs
    return this.#jittered(this.#waitMs(announced, response, minIntervalMs), WAIT_JITTER)
  }

  /** It did not answer, or with an error. */
  failed(error: CcbtError): void {
    this.#isAnnouncing = false
    this.#state = 'failed'
    this.#lastError = error.message
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures++)
    this.#backoffUntil = this.#clock.now() + this.#jittered(backoffMs, BACKOFF_JITTER)
    if (error.code === 'TRACKER_GONE') this.#isGivenUp = true
    const retryInS = 'retryInS' in error.context ? error.context.retryInS : undefined
    if (retryInS !== undefined) this.#pauseUntil = this.#clock.now() + retryInS * 1000
  }

  /** It was slower than another tracker. Returns the error that this counts as. */
  tooSlow(afterMs: number): CcbtError {
    const error = timedOut(this.#label, afterMs)
    this.failed(error)
    return error
  }

  /** A person wants an answer now. */
  forgetBackoff(): void {
    this.#backoffUntil = 0
  }

  /** `nextAt`: when the announcer plans its next round. */
  status(nextAt: number | undefined): TrackerStatus {
    const blockedUntil = Math.max(this.#backoffUntil, this.#pauseUntil)
    const isPlanned = nextAt !== undefined && !this.#isGivenUp && this.#state !== 'idle'
    const { seeders, leechers } = this.#lastResponse ?? {}
    return {
      url: this.url,
      tier: this.tier,
      state: this.#isAnnouncing ? 'announcing' : this.#state,
      peersReceived: this.#peersReceived,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      ...(isPlanned ? { nextAnnounceInMs: Math.max(0, Math.max(nextAt, blockedUntil) - this.#clock.now()) } : {}),
      ...(seeders === undefined ? {} : { seeders }),
      ...(leechers === undefined ? {} : { leechers }),
    }
  }

  #minIntervalMs(response: TrackerResponse): number {
    const fallback = this.#isLocal ? LOCAL_MIN_INTERVAL_S : DEFAULT_MIN_INTERVAL_S
    return 1000 * (response.minIntervalS ?? Math.min(response.intervalS, fallback))
  }

  /**
   * The tracker's interval, or less when peers are wanted and it gave few: then its minimum, doubled with each such
   * answer. A public tracker that states no minimum is left in peace.
   */
  #waitMs({ wantPeers }: Announced, response: TrackerResponse, minIntervalMs: number): number {
    const mayHurry = response.minIntervalS !== undefined || this.#isLocal
    const isHungry = wantPeers && mayHurry && response.peers.length < FEW_PEERS
    const intervalMs = response.intervalS * 1000
    if (!isHungry) {
      this.#hungryAnswers = 0
      return intervalMs
    }
    return Math.min(intervalMs, minIntervalMs * 2 ** this.#hungryAnswers++)
  }

  #jittered(ms: number, share: number): number {
    return ms * (1 + (share * randomBelow(this.#random, 1001)) / 1000)
  }
}

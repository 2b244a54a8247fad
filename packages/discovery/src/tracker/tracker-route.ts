// One tracker of one torrent over one address family: what came of it, and when it may be asked again. Two kinds of waiting: a back-off is
// our own caution, which a person's wish overrides; a pause is the tracker's wish (`retry in`) and stands.

import type { IpFamily } from '@ccbt/address'
import { isCcbtError, randomBelow } from '@ccbt/primitives'
import type { CcbtError, Clock, Random } from '@ccbt/primitives'

import { timedOut } from '../errors.ts'
import type { TrackerEntry } from './tracker-entry.ts'
import type { RouteStatus } from './tracker-status.ts'
import type { AnnounceEvent, TrackerResponse } from './tracker.ts'

const FIRST_BACKOFF_MS = 5_000
const MAX_BACKOFF_MS = 30 * 60_000
/** However often a person wishes for an answer. */
const MIN_RETRY_MS = 5_000
/** A back-off is up to this much longer, a regular wait up to {@link WAIT_JITTER}: clients must not come in step. */
const BACKOFF_JITTER = 0.25
const WAIT_JITTER = 0.1
/** Between two announces when the tracker states no minimum. */
const DEFAULT_MIN_INTERVAL_S = 60
/** The same for a tracker at a local address, which serves its owner alone. */
const LOCAL_MIN_INTERVAL_S = 5
/** With fewer peers than this in an answer, a torrent in want of peers asks again early. */
const FEW_PEERS = 20

/** What was asked and whether the torrent is in want of peers. */
export interface Announced {
  readonly event: AnnounceEvent
  readonly left: number
  readonly wantPeers: boolean
}

/** What a {@link TrackerRoute} works with. */
export interface TrackerRouteOptions {
  readonly entry: Pick<TrackerEntry, 'url' | 'tier' | 'label' | 'isLocal'>
  readonly family: IpFamily
  readonly clock: Clock
  readonly random: Random
}

/** What the last good answer said, without its peers. */
type Facts = Pick<TrackerResponse, 'seeders' | 'leechers' | 'downloaded' | 'warning' | 'externalIp'>

/** State of one tracker over one address family. */
export class TrackerRoute {
  readonly #options: TrackerRouteOptions
  #state: 'idle' | 'working' | 'failed' = 'idle'
  #isAnnouncing = false
  #isGivenUp = false
  #knowsUs = false
  #knowsCompleted = false
  #failuresInRow = 0
  #hungryAnswers = 0
  #backoffUntil = 0
  #pauseUntil = 0
  #earliestUpdate = 0
  #triedAt: number | undefined
  #latencyMs: number | undefined
  #lastError: CcbtError | undefined
  #facts: Facts = {}
  #trackerId: Uint8Array | undefined
  #announces = 0
  #failures = 0
  #peersReceived = 0

  constructor(options: TrackerRouteOptions) {
    this.#options = options
  }

  get url(): string {
    return this.#options.entry.url
  }

  get tier(): number {
    return this.#options.entry.tier
  }

  /** It was asked, and nothing good has come of it since. */
  get hasFailed(): boolean {
    return this.#state === 'failed' && !this.#isAnnouncing
  }

  /** There is no way to the tracker over this family: nothing that the tracker could be blamed for. */
  get isPathless(): boolean {
    const error = this.#lastError
    if (isCcbtError(error, 'TRACKER_UNREACHABLE'))
      return /^(ENETUNREACH|EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(error.context.errno)
    return isCcbtError(error, 'TRACKER_FAMILY_MISSING')
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
    this.#triedAt = this.#options.clock.now()
  }

  /** It is being asked from now on, after waiting for its turn. */
  sent(): void {
    this.#triedAt = this.#options.clock.now()
  }

  /** The announce was aborted by ourselves: nothing is known. */
  cancelled(): void {
    this.#isAnnouncing = false
  }

  /** It answered. Returns how long to wait until the next regular announce. */
  succeeded(announced: Announced, response: TrackerResponse): number {
    this.#isAnnouncing = false
    this.#state = 'working'
    this.#announces++
    this.#failuresInRow = 0
    this.#lastError = undefined
    this.#latencyMs = this.#options.clock.now() - (this.#triedAt ?? 0)
    this.#knowsUs = true
    // Somebody who starts with everything has not completed anything.
    if (announced.event === 'completed' || announced.left === 0) this.#knowsCompleted = true
    this.#facts = factsOf(response)
    this.#trackerId = response.trackerId ?? this.#trackerId
    this.#peersReceived += response.peers.length
    const minIntervalMs = this.#minIntervalMs(response)
    this.#earliestUpdate = this.#options.clock.now() + minIntervalMs
    return this.#jittered(this.#waitMs(announced, response, minIntervalMs), WAIT_JITTER)
  }

  /** It did not answer, or with an error. */
  failed(error: CcbtError): void {
    const now = this.#options.clock.now()
    this.#isAnnouncing = false
    this.#state = 'failed'
    this.#announces++
    this.#failures++
    this.#lastError = error
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failuresInRow++)
    // Names get addresses of another family seldom.
    const waitMs = error.code === 'TRACKER_FAMILY_MISSING' ? MAX_BACKOFF_MS : backoffMs
    this.#backoffUntil = now + this.#jittered(waitMs, BACKOFF_JITTER)
    if (error.code === 'TRACKER_GONE') this.#isGivenUp = true
    const retryInS = 'retryInS' in error.context ? error.context.retryInS : undefined
    if (retryInS !== undefined) this.#pauseUntil = now + retryInS * 1000
  }

  /** It was slower than another tracker. Returns the error that this counts as. */
  tooSlow(afterMs: number): CcbtError {
    const error = timedOut(this.#options.entry.label, afterMs)
    this.failed(error)
    return error
  }

  /** A person wants an answer now. */
  forgetBackoff(): void {
    this.#backoffUntil = Math.min(this.#backoffUntil, (this.#triedAt ?? -Infinity) + MIN_RETRY_MS)
  }

  /** `nextAt`: when the announcer plans its next round. `undefined` while the tracker has no address of this family. */
  status(nextAt: number | undefined): RouteStatus | undefined {
    if (isCcbtError(this.#lastError, 'TRACKER_FAMILY_MISSING')) return undefined
    const now = this.#options.clock.now()
    const blockedUntil = Math.max(this.#backoffUntil, this.#pauseUntil)
    const isPlanned = nextAt !== undefined && !this.#isGivenUp && this.#state !== 'idle'
    return {
      family: this.#options.family,
      state: this.#isAnnouncing ? 'announcing' : this.#state,
      announces: this.#announces,
      failures: this.#failures,
      peersReceived: this.#peersReceived,
      ...this.#facts,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError.message }),
      ...(this.#latencyMs === undefined ? {} : { latencyMs: this.#latencyMs }),
      ...(this.#triedAt === undefined ? {} : { lastAnnounceAgoMs: now - this.#triedAt }),
      ...(isPlanned ? { nextAnnounceInMs: Math.max(0, Math.max(nextAt, blockedUntil) - now) } : {}),
    }
  }

  #minIntervalMs(response: TrackerResponse): number {
    const fallback = this.#options.entry.isLocal ? LOCAL_MIN_INTERVAL_S : DEFAULT_MIN_INTERVAL_S
    return 1000 * (response.minIntervalS ?? Math.min(response.intervalS, fallback))
  }

  /**
   * The tracker's interval, or less when peers are wanted and it gave few: then its minimum, doubled with each such
   * answer. A public tracker that states no minimum is left in peace.
   */
  #waitMs({ wantPeers }: Announced, response: TrackerResponse, minIntervalMs: number): number {
    const mayHurry = response.minIntervalS !== undefined || this.#options.entry.isLocal
    const isHungry = wantPeers && mayHurry && response.peers.length < FEW_PEERS
    const intervalMs = response.intervalS * 1000
    if (!isHungry) {
      this.#hungryAnswers = 0
      return intervalMs
    }
    return Math.min(intervalMs, minIntervalMs * 2 ** this.#hungryAnswers++)
  }

  #jittered(ms: number, share: number): number {
    return ms * (1 + (share * randomBelow(this.#options.random, 1001)) / 1000)
  }
}

/** Not the answer itself: its peers would live as long as the torrent. */
function factsOf({ seeders, leechers, downloaded, warning, externalIp }: TrackerResponse): Facts {
  return {
    ...(seeders === undefined ? {} : { seeders }),
    ...(leechers === undefined ? {} : { leechers }),
    ...(downloaded === undefined ? {} : { downloaded }),
    ...(warning === undefined ? {} : { warning }),
    ...(externalIp === undefined ? {} : { externalIp }),
  }
}

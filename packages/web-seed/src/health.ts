// What is known about a web seed's trouble: whether it may be asked, and when again. Pure but for the clock.

import { isCcbtError } from '@ccbt/primitives'
import type { CcbtError, Clock } from '@ccbt/primitives'

import { isPermanentStatus } from './errors.ts'
import type { FetchFailure } from './outcome.ts'

/** The first wait after a failure; doubles with each further one. */
const FIRST_RETRY_MS = 5000
const MAX_RETRY_MS = 600_000

/** The record of one web seed. */
export class Health {
  readonly #clock: Clock
  readonly #isMultiFile: boolean
  /** Reasons by index of the file. */
  readonly #missingFiles = new Map<number, string>()
  #failures = 0
  #nextTryAt = 0
  #isGone = false
  #reason: string | undefined

  constructor(clock: Clock, isMultiFile: boolean) {
    this.#clock = clock
    this.#isMultiFile = isMultiFile
  }

  get failures(): number {
    return this.#failures
  }

  get isGone(): boolean {
    return this.#isGone
  }

  get reason(): string | undefined {
    return this.#reason
  }

  get missingFiles(): number {
    return this.#missingFiles.size
  }

  /** Milliseconds until a fetch may be made, 0 for now. */
  get waitMs(): number {
    return this.#isGone ? 0 : Math.max(0, Math.ceil(this.#nextTryAt - this.#clock.now()))
  }

  /** Why nothing may be asked at the moment. */
  get refusal(): FetchFailure | undefined {
    const reason = this.#reason ?? ''
    if (this.#isGone) return { kind: 'failed', isPermanent: true, reason }
    const retryAfterMs = this.waitMs
    return retryAfterMs > 0 ? { kind: 'failed', isPermanent: false, retryAfterMs, reason } : undefined
  }

  /** Why a file may not be asked for any more. */
  fileRefusal(fileIndex: number): FetchFailure | undefined {
    const reason = this.#missingFiles.get(fileIndex)
    return reason === undefined ? undefined : { kind: 'failed', isPermanent: true, fileIndex, reason }
  }

  /** Ends a row of failures, but no wait: a fetch that was under way before may succeed after the server has refused. */
  succeeded(): void {
    this.#failures = 0
    if (!this.#isGone && this.waitMs === 0) this.#reason = undefined
  }

  /** Takes down a failure that is the server's. */
  failed(error: CcbtError): FetchFailure {
    if (isCcbtError(error, 'WEB_SEED_FILE_UNAVAILABLE') && this.#isMultiFile) {
      const { fileIndex } = error.context
      this.#missingFiles.set(fileIndex, error.message)
      return { kind: 'failed', isPermanent: true, fileIndex, reason: error.message }
    }
    // Fetches that run at once fail at once: that is one failure.
    if (this.waitMs === 0) this.#failures++
    this.#reason = error.message
    this.#isGone ||= isPermanent(error)
    if (!this.#isGone) this.#nextTryAt = Math.max(this.#nextTryAt, this.#clock.now() + this.#delayMs(error))
    return this.refusal!
  }

  #delayMs(error: CcbtError): number {
    const asked = isCcbtError(error, 'WEB_SEED_HTTP_STATUS') ? error.context.retryAfterMs : undefined
    return asked ?? Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
  }
}

function isPermanent(error: CcbtError): boolean {
  if (isCcbtError(error, 'WEB_SEED_HTTP_STATUS')) return isPermanentStatus(error.context.status)
  return (
    isCcbtError(error, 'WEB_SEED_FILE_UNAVAILABLE') ||
    isCcbtError(error, 'WEB_SEED_ADDRESS_REFUSED') ||
    isCcbtError(error, 'WEB_SEED_RESPONSE_INVALID')
  )
}

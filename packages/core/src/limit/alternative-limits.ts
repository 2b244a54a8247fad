// Limits that hold for the session at certain hours, or when somebody says so, instead of its ordinary ones.

import type { Cancel, Clock } from '@ccbt/primitives'

import type { RatePair, SessionLimits } from './session-limits.ts'
import { WeeklySchedule } from './weekly-schedule.ts'
import type { WeeklySpan } from './weekly-schedule.ts'

/** How often the schedule is looked at: the clock on the wall may be set, and summer time begins. */
const LOOK_MS = 20_000

/** When alternative limits hold: always, never, or as their schedule says. */
export type AlternativeUse = 'on' | 'off' | 'schedule'

/** Limits in bytes per second, 0 or absent = none, and when they hold by themselves. */
export interface AlternativeLimitsOptions extends RatePair {
  /** Default: never. */
  readonly schedule?: readonly WeeklySpan[]
}

/** What {@link AlternativeLimits} work with. */
export interface AlternativeLimitsParts {
  readonly limits: SessionLimits
  readonly clock: Clock
  /** The time of day. */
  readonly wallClock: () => Date
}

/** Switches a session's limits. */
export class AlternativeLimits implements Disposable {
  readonly #parts: AlternativeLimitsParts
  #rates: RatePair = {}
  #schedule: WeeklySchedule = new WeeklySchedule([])
  #hasSchedule = false
  #use: AlternativeUse = 'schedule'
  #cancel: Cancel = () => {}

  /** @throws LIMIT_SCHEDULE_INVALID */
  constructor(options: AlternativeLimitsOptions, parts: AlternativeLimitsParts) {
    this.#parts = parts
    this.set(options)
  }

  /** Replaces rates and schedule. @throws LIMIT_SCHEDULE_INVALID */
  set({ schedule = [], ...rates }: AlternativeLimitsOptions): void {
    this.#schedule = new WeeklySchedule(schedule)
    this.#rates = rates
    this.#hasSchedule = schedule.length > 0
    if (this.#parts.limits.isAlternative) this.#parts.limits.replace(rates)
    this.#look()
  }

  /** Goes over the schedule, or back to it. */
  use(use: AlternativeUse): void {
    this.#use = use
    this.#look()
  }

  [Symbol.dispose](): void {
    this.#cancel()
  }

  #look(): void {
    const { limits, clock, wallClock } = this.#parts
    this.#cancel()
    const isDue = this.#use === 'on' || (this.#use === 'schedule' && this.#schedule.includes(wallClock()))
    if (isDue !== limits.isAlternative) limits.replace(isDue ? this.#rates : undefined)
    if (this.#use === 'schedule' && this.#hasSchedule) this.#cancel = clock.after(LOOK_MS, () => this.#look())
  }
}

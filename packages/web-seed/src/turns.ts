// A bound on what runs at once; who comes later waits in line.

import { bug } from '@ccbt/primitives'

import { orAborted } from './flow.ts'

/** More would be a mistake of the caller's. */
const MAX_WAITING = 64

/** Hands out turns. */
export class Turns {
  readonly #fullLimit: number
  #limit: number
  #running = 0
  readonly #waiting: PromiseWithResolvers<void>[] = []

  constructor(limit: number) {
    this.#fullLimit = limit
    this.#limit = limit
  }

  get running(): number {
    return this.#running
  }

  /** From now on one less than now may run. Returns false, and does nothing, when that would be none. */
  lower(): boolean {
    if (this.#running < 2) return false
    this.#limit = Math.min(this.#limit, this.#running - 1)
    return true
  }

  /** From now on as many may run as in the beginning. */
  restore(): void {
    this.#limit = this.#fullLimit
  }

  /**
   * Waits for a turn, which ends when it is disposed. Rejects with ABORTED, or with INTERNAL_BUG when too many wait.
   * @example using turn = await turns.take(signal)
   */
  async take(signal: AbortSignal): Promise<Disposable> {
    if (this.#running >= this.#limit) await this.#wait(signal)
    else this.#running++
    return { [Symbol.dispose]: () => this.#end() }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw bug('too many fetches wait for one web seed')
    const turn = Promise.withResolvers<void>()
    this.#waiting.push(turn)
    try {
      await orAborted(turn.promise, signal)
    } catch (error) {
      const place = this.#waiting.indexOf(turn)
      if (place !== -1) this.#waiting.splice(place, 1)
      // The turn came in the very moment of the abort.
      else this.#end()
      throw error
    }
  }

  #end(): void {
    this.#running--
    while (this.#running < this.#limit && this.#waiting.length > 0) {
      this.#running++
      this.#waiting.shift()!.resolve()
    }
  }
}

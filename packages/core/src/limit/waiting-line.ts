// Those who wait at a limit, in a ring through the waiters themselves: to join, to leave and to go to the back cost the
// same however many there are, and nothing is allocated.

/** Somebody who waits at no more than one limit. */
export abstract class Waiter {
  /** Bytes taken while something was limited, raised to what the others had had when it came. */
  served = 0
  /** Its place in the line, which alone changes it. After the last comes the first. */
  next: Waiter | undefined
  previous: Waiter | undefined

  /** Milliseconds until a turn makes sense. */
  abstract readyInMs(nowMs: number): number
  /**
   * May take about `bytes` now; returns what it took or is about to take. `isLost`: what it does not take nobody gets, so
   * that it must not keep anything for those behind it who come later.
   */
  abstract turn(bytes: number, nowMs: number, isLost?: boolean): number

  get isWaiting(): boolean {
    return this.next !== undefined
  }
}

/** A line of waiters: from the first along `next`, `size` of them. */
export class WaitingLine {
  #first: Waiter | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Whose turn is next. */
  get first(): Waiter | undefined {
    return this.#first
  }

  /** A waiter that is in no line joins at the back. */
  push(waiter: Waiter): void {
    const first = (this.#first ??= waiter)
    const last = first.previous ?? waiter
    waiter.next = first
    waiter.previous = last
    last.next = waiter
    first.previous = waiter
    this.#size++
  }

  /** The waiter must be in this line, or in none. */
  remove(waiter: Waiter): void {
    const { next, previous } = waiter
    if (next === undefined || previous === undefined) return
    next.previous = previous
    previous.next = next
    if (this.#first === waiter) this.#first = next === waiter ? undefined : next
    waiter.next = undefined
    waiter.previous = undefined
    this.#size--
  }

  /** The first goes to the back. */
  rotate(): void {
    this.#first = this.#first?.next
  }
}

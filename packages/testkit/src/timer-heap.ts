// Timers of a virtual clock as a binary heap: a simulation has thousands of them and fires millions. A cancelled one
// stays in its place, without its function, until its moment comes.

import type { Cancel } from '@ccbt/primitives'

interface Timer {
  readonly at: number
  /** Decides between timers of the same moment. */
  readonly order: number
  fn: (() => void) | undefined
}

/** Timers by moment, then by order of making. */
export class TimerHeap {
  readonly #heap: Timer[] = []
  #made = 0
  #size = 0

  /** Timers that are not cancelled. */
  get size(): number {
    return this.#size
  }

  add(at: number, fn: () => void): Cancel {
    const timer: Timer = { at, order: this.#made++, fn }
    this.#size++
    this.#heap.push(timer)
    this.#rise(this.#heap.length - 1)
    return () => {
      if (timer.fn === undefined) return
      timer.fn = undefined
      this.#size--
    }
  }

  /** Takes out the first timer when it is due at `end`. */
  take(end: number): { readonly at: number; readonly fn: () => void } | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.at <= end; first = this.#heap[0]) {
      this.#removeFirst()
      const { at, fn } = first
      if (fn === undefined) continue
      // Cancelling it from now on changes nothing.
      first.fn = undefined
      this.#size--
      return { at, fn }
    }
    return undefined
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink()
  }

  #rise(from: number): void {
    const heap = this.#heap
    let at = from
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(heap[at]!, heap[parent]!)) return
      swap(heap, at, parent)
      at = parent
    }
  }

  #sink(): void {
    const heap = this.#heap
    for (let at = 0; ;) {
      const left = 2 * at + 1
      let least = at
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left
      if (left + 1 < heap.length && isBefore(heap[left + 1]!, heap[least]!)) least = left + 1
      if (least === at) return
      swap(heap, at, least)
      at = least
    }
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

function swap(heap: Timer[], a: number, b: number): void {
  const held = heap[a]!
  heap[a] = heap[b]!
  heap[b] = held
}

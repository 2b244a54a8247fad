// The last lines of the log in memory, for faces that show them. The oldest goes when a new one has no place.

import type { LogLine } from '@ccbt/rpc-client'

const MAX_LINES = 5000
const MAX_ANSWER = 1000

/** Lines with numbers that only grow. */
export class LogBook {
  #lines: LogLine[] = []
  #next = 0

  add(line: LogLine): void {
    this.#lines.push(line)
    this.#next++
    // Half at once, so that a line costs no copy of all others.
    if (this.#lines.length >= 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES)
  }

  /** Lines from number `since` on, at most 1000; `next` is what to ask for after them. */
  since(since: number): { readonly next: number; readonly lines: readonly LogLine[] } {
    const first = this.#next - this.#lines.length
    const from = Math.min(Math.max(since, first), this.#next)
    const lines = this.#lines.slice(from - first, from - first + MAX_ANSWER)
    return { next: from + lines.length, lines }
  }
}

// Which line of a list is the first on the screen. It moves only when the cursor would leave the screen, so that most key
// presses change two lines and not all of them.

/** What is listed. */
export interface Scrolled {
  readonly cursor: number
  readonly length: number
  /** Lines on the screen. */
  readonly height: number
}

/** First lines by list. */
export class ScrollMemory {
  readonly #firsts = new Map<string, number>()

  /** The first line to show of a list; remembered under a name. */
  first(name: string, { cursor, length, height }: Scrolled): number {
    const last = Math.max(0, length - height)
    const kept = this.#firsts.get(name) ?? 0
    const first = Math.max(0, Math.min(last, Math.max(cursor - height + 1, Math.min(kept, cursor))))
    this.#firsts.set(name, first)
    return first
  }
}

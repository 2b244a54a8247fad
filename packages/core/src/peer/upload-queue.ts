// Requests of one peer that wait to be served, oldest first, in flat arrays: no object per request.

/** More than any client has in flight; at the bound a request is rejected. */
const MAX_QUEUED = 2000

/** A bounded first-in-first-out queue of (piece, begin, length). */
export class UploadQueue {
  #items: number[] = []
  #head = 0

  get length(): number {
    return this.#items.length / 3 - this.#head
  }

  /** False when the queue is full. */
  push(piece: number, begin: number, length: number): boolean {
    if (this.length >= MAX_QUEUED) return false
    this.#items.push(piece, begin, length)
    return true
  }

  /** Removes and gives the oldest request. */
  shift(): { piece: number; begin: number; length: number } | undefined {
    if (this.length === 0) return undefined
    const at = this.#head * 3
    const request = { piece: this.#items[at]!, begin: this.#items[at + 1]!, length: this.#items[at + 2]! }
    this.#head++
    this.#compact()
    return request
  }

  /** Takes a request out again; false when it is not (or no longer) queued. */
  remove(piece: number, begin: number, length: number): boolean {
    for (let at = this.#head * 3; at < this.#items.length; at += 3) {
      if (this.#items[at] !== piece || this.#items[at + 1] !== begin || this.#items[at + 2] !== length) continue
      this.#items.splice(at, 3)
      return true
    }
    return false
  }

  /** Empties the queue, giving each request to `visit`. */
  clear(visit: (piece: number, begin: number, length: number) => void): void {
    for (let at = this.#head * 3; at < this.#items.length; at += 3) {
      visit(this.#items[at]!, this.#items[at + 1]!, this.#items[at + 2]!)
    }
    this.#items = []
    this.#head = 0
  }

  #compact(): void {
    if (this.#head < 512) return
    this.#items.splice(0, this.#head * 3)
    this.#head = 0
  }
}

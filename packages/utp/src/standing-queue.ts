// The queue that stays. Packets that leave together wait for each other, which says nothing about the path; what the
// luckiest packet of a round trip waits for is there all the time.

/** The least queuing delay of the last one to two round trips. */
export class StandingQueue {
  #lowUs = 0
  #lastLowUs = 0
  #roundEndsUs = 0

  get lowestUs(): number {
    return Math.min(this.#lowUs, this.#lastLowUs)
  }

  /** Takes a delay; rounds take `roundTripUs`. */
  add(queuingUs: number, roundTripUs: number, nowUs: number): void {
    if (nowUs < this.#roundEndsUs) {
      this.#lowUs = Math.min(this.#lowUs, queuingUs)
      return
    }
    this.#lastLowUs = this.#lowUs
    this.#lowUs = queuingUs
    this.#roundEndsUs = nowUs + roundTripUs
  }
}

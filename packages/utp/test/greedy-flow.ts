// A flow that behaves as TCP Reno does: a packet more per round trip, half of it after a loss, deaf to delay.

import type { Link, Time } from './simulation.ts'

const PACKET_BYTES = 1500

/** Sends without end through a link. */
export class GreedyFlow {
  receivedBytes = 0
  readonly #time: Time
  readonly #link: Link
  readonly #backUs: number
  #window = 10
  #flight = 0
  #cutAtUs = -Infinity

  /** `backUs` is how long acknowledgments take. */
  constructor(time: Time, link: Link, backUs: number) {
    this.#time = time
    this.#link = link
    this.#backUs = backUs
  }

  start(): void {
    while (this.#flight < this.#window) this.#send()
  }

  #send(): void {
    this.#flight++
    const sentUs = this.#time.nowUs
    const isTaken = this.#link.send(PACKET_BYTES, () => {
      this.receivedBytes += PACKET_BYTES
      this.#later(this.#backUs, () => (this.#window += 1 / this.#window))
    })
    if (!isTaken) this.#later(this.#link.waitUs + 2 * this.#backUs, () => this.#halve(sentUs))
  }

  #later(us: number, fn: () => void): void {
    this.#time.at(this.#time.nowUs + us, () => {
      this.#flight--
      fn()
      this.start()
    })
  }

  #halve(sentUs: number): void {
    if (sentUs < this.#cutAtUs) return
    this.#cutAtUs = this.#time.nowUs
    this.#window = Math.max(2, this.#window / 2)
  }
}

// When web seeds rest. Servers are paid for by somebody, so what peers can do as well is left to them.

/** Peers that have to send before web seeds rest. */
const MIN_SENDERS = 4
/** Seconds of fetching after which it is known how fast the web seeds are. */
const MEASURED_TICKS = 3

/** What the peers of a torrent send. */
export interface PeersTogether {
  /** Peers that have something for us and let us download. */
  readonly senders: number
  readonly bps: number
}

/** Web seeds rest while at least four peers send, and send together more than all web seeds were ever seen to. */
export class RestRule {
  #bestBps = 0
  #ticks = 0

  /** Once a second while web seeds fetch: how fast they are together. */
  measured(bps: number): void {
    this.#ticks++
    this.#bestBps = Math.max(this.#bestBps, bps)
  }

  /** Whether the web seeds shall begin no fetch now. */
  isResting(peers: PeersTogether): boolean {
    return this.#ticks >= MEASURED_TICKS && peers.senders >= MIN_SENDERS && peers.bps > this.#bestBps
  }
}

// Slows down guessing: after a few wrong passwords an address waits, twice as long with each further one. It never lasts for
// ever, so nobody locks the owner out for good; the unix socket asks for no password and does not come here.

import { ipFromBytes, ipToBytes } from '@ccbt/address'

/** Wrong ones without a wait: a person mistypes. */
const FREE_FAILURES = 4
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 300_000
/** A quiet address is forgotten after this time. */
const MEMORY_MS = 3_600_000
/** Addresses that are remembered; beyond it the one that was quiet the longest is forgotten. */
const MAX_ADDRESSES = 10_000

interface Failures {
  readonly count: number
  readonly atMs: number
}

/** Failures by address. `now` is a clock that only runs forward. */
export class Attempts {
  readonly #now: () => number
  readonly #failures = new Map<string, Failures>()

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Milliseconds that the address has to wait before it is listened to; 0 = none. */
  waitMs(address: string): number {
    const failures = this.#failures.get(networkOf(address))
    if (failures === undefined || failures.count < FREE_FAILURES) return 0
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures.count - FREE_FAILURES), LONGEST_WAIT_MS)
    return Math.max(0, failures.atMs + waitMs - this.#now())
  }

  failed(address: string): void {
    const network = networkOf(address)
    const before = this.#failures.get(network)
    const isOld = before === undefined || this.#now() - before.atMs > MEMORY_MS
    this.#failures.delete(network)
    this.#failures.set(network, { count: isOld ? 1 : before.count + 1, atMs: this.#now() })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest)
  }

  succeeded(address: string): void {
    this.#failures.delete(networkOf(address))
  }
}

/** One computer has a whole /64 of IPv6. */
function networkOf(address: string): string {
  const bytes = ipToBytes(address)
  if (bytes === undefined || bytes.length === 4) return address
  return ipFromBytes(bytes.fill(0, 8)) ?? address
}

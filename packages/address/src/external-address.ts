// Which address others see us at. Trackers, peers, DHT nodes and the gateway each tell one; any of them may lie or be
// wrong, so it is a vote: one voice for each network, the latest voices only, and a majority of them. Pure.

import { toHex } from '@ccbt/primitives'

import { familyOf, ipToBytes, normalIp } from './ip.ts'
import type { IpFamily } from './ip.ts'
import { scopeOf } from './scope.ts'

/** Voices per family that count; the oldest makes room. After a change of address 17 new ones decide. */
const MAX_VOICES = 32
/** Fewer voices decide nothing. */
const MIN_VOICES = 2

/** What one network said last, by the network's name; the oldest first. */
type Voices = Map<string, string>

/**
 * Counts votes about our own address. The winner of a family stays until another has a majority.
 * @example
 * const vote = new ExternalAddressVote((ip) => log(`seen as ${ip}`))
 * vote.add('203.0.113.9', tracker.address)
 */
export class ExternalAddressVote {
  readonly #onChanged: (ip: string, family: IpFamily) => void
  readonly #voices: Readonly<Record<IpFamily, Voices>> = { ipv4: new Map(), ipv6: new Map() }
  readonly #winners: Partial<Record<IpFamily, string>> = {}

  /** `onChanged` is told each new winner, once. */
  constructor(onChanged: (ip: string, family: IpFamily) => void) {
    this.#onChanged = onChanged
  }

  /** The address that has won in `family`, in normal form. */
  winner(family: IpFamily): string | undefined {
    return this.#winners[family]
  }

  /**
   * `voter` sees us at `ip`, which is an IP literal. A voter is an IP literal too, or the name of something that speaks
   * for many (`dht`). A voter's network (/24, /64) has one voice, its last, and so has each name. What is no global
   * address does not count.
   */
  add(ip: string, voter: string): void {
    const candidate = normalIp(ip)
    const network = networkOf(voter)
    if (candidate === undefined || scopeOf(candidate) !== 'global') return
    const family = familyOf(candidate)
    const voices = this.#voices[family]
    voices.delete(network)
    voices.set(network, candidate)
    const [oldest] = voices.keys()
    if (voices.size > MAX_VOICES && oldest !== undefined) voices.delete(oldest)
    this.#decide(candidate, family)
  }

  /** Only the one that got a voice can have won by it. */
  #decide(candidate: string, family: IpFamily): void {
    const voices = [...this.#voices[family].values()]
    const count = voices.filter((ip) => ip === candidate).length
    if (count < MIN_VOICES || count * 2 <= voices.length || this.#winners[family] === candidate) return
    this.#winners[family] = candidate
    this.#onChanged(candidate, family)
  }
}

/** The /24 or /64 of an IP literal, as text; a zone index does not matter. A name stands for itself. */
function networkOf(voter: string): string {
  const bytes = ipToBytes(voter.replace(/%.*$/, ''))
  return bytes === undefined ? voter : toHex(bytes.subarray(0, bytes.length === 4 ? 3 : 8))
}

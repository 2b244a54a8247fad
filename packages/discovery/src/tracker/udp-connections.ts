// The connection ids of UDP trackers (BEP 15): one per tracker and address, shared by all torrents. While one is being
// asked for, whoever needs it too waits for the same answer.

import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

import { refused, responseInvalid, unreachable } from '../errors.ts'
import { orAborted } from './deadline.ts'
import { trackerText } from './tracker-url.ts'
import type { TrackerUrl } from './tracker-url.ts'
import { connectPacket } from './udp-packets.ts'
import type { UdpExchange, UdpOutcome, UdpTarget } from './udp-exchange.ts'

/** BEP 15: a client may use a connection id for a minute. */
const LIFETIME_MS = 60_000
/** Trackers whose connection id is remembered; the oldest goes first. */
const MAX_CONNECTIONS = 256

interface Connection {
  readonly id: bigint
  readonly until: number
}

/** Gets and keeps connection ids. */
export class UdpConnections {
  readonly #exchange: UdpExchange
  readonly #clock: Clock
  readonly #known = new Map<string, Connection>()
  /** Bounded by the callers, who each wait for one. */
  readonly #opening = new Map<string, Promise<bigint>>()

  constructor(exchange: UdpExchange, clock: Clock) {
    this.#exchange = exchange
    this.#clock = clock
  }

  /** An id that is good now. Rejects with TRACKER_*, or ABORTED when `signal` is. */
  async get(target: UdpTarget, url: TrackerUrl, signal: AbortSignal): Promise<bigint> {
    const name = nameOf(target)
    for (;;) {
      const known = this.#known.get(name)
      if (known !== undefined && known.until > this.#clock.now()) return known.id
      const opening = this.#opening.get(name)
      if (opening === undefined) return await this.#open(target, url, signal)
      try {
        return await orAborted(opening, signal)
      } catch (error) {
        // Only he who asked has given up: the next one asks.
        if (signal.aborted || !isCcbtError(error, 'ABORTED')) throw error
      }
    }
  }

  /** The id was refused or left without an answer. */
  forget(target: UdpTarget): void {
    this.#known.delete(nameOf(target))
  }

  async #open(target: UdpTarget, url: TrackerUrl, signal: AbortSignal): Promise<bigint> {
    const name = nameOf(target)
    const opening = this.#ask(target, url, signal)
    this.#opening.set(name, opening)
    try {
      return await opening
    } finally {
      this.#opening.delete(name)
    }
  }

  async #ask(target: UdpTarget, url: TrackerUrl, signal: AbortSignal): Promise<bigint> {
    // The id's life starts when the tracker gives it, which is before its answer arrives: count from the question.
    const until = this.#clock.now() + LIFETIME_MS
    const question = { action: 'connect', packet: connectPacket } as const
    const answer = checked(await this.#exchange.ask(target, question, signal), url)
    if (answer.action !== 'connect') throw responseInvalid(url.label, 'not a connection id')
    this.#remember(nameOf(target), { id: answer.connection, until })
    return answer.connection
  }

  #remember(name: string, connection: Connection): void {
    this.#known.delete(name)
    this.#known.set(name, connection)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_CONNECTIONS && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** The outcome when it is an answer; throws TRACKER_UNREACHABLE or TRACKER_REFUSED for the others. */
export function checked(outcome: UdpOutcome, url: TrackerUrl): Exclude<UdpOutcome, { action: 'error' | 'unsent' }> {
  if (outcome.action === 'unsent') throw unreachable(url.label, { code: outcome.errno })
  if (outcome.action === 'error') throw refused(url.label, trackerText(outcome.text, url))
  return outcome
}

function nameOf({ address, port }: UdpTarget): string {
  return `${address} ${port}`
}

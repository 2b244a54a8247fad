// Announces by UDP (BEP 15). A try is a connect, unless a connection id of the last minute is there, and an announce;
// a try without an answer is repeated after 15 s, then 30 s and so on, at the tracker's next address.

import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

import type { AddressGuard } from '../address-guard.ts'
import { boundedIntervals } from './answer-bounds.ts'
import { Deadline, orAborted } from './deadline.ts'
import { refused, responseInvalid, timedOut, unreachable } from '../errors.ts'
import { PeerList } from '../peer-address.ts'
import { trackerText } from './tracker-url.ts'
import type { TrackerUrl } from './tracker-url.ts'
import type { TrackerRequest, TrackerResponse } from './tracker.ts'
import { announcePacket, connectPacket } from './udp-packets.ts'
import type { UdpAnnounceAnswer } from './udp-packets.ts'
import type { UdpExchange, UdpOutcome, UdpTarget } from './udp-exchange.ts'

const FIRST_WAIT_MS = 15_000
/**
 * BEP 15 goes on up to 15 * 2^8 s. Here the announcer has other trackers to ask and its own back-off, so an announce
 * ends within the second repetition.
 */
const TOTAL_TIMEOUT_MS = 60_000
/** BEP 15: a client may use a connection id for a minute. */
const CONNECTION_LIFETIME_MS = 60_000
/** Trackers whose connection id is remembered; the oldest goes first. */
const MAX_CONNECTIONS = 256

interface Connection {
  readonly id: bigint
  readonly until: number
}

/** What a {@link UdpTracker} works with. */
export interface UdpTrackerOptions {
  readonly exchange: UdpExchange
  readonly guard: AddressGuard
  readonly clock: Clock
}

/** Announces by UDP. */
export class UdpTracker {
  readonly #options: UdpTrackerOptions
  readonly #connections = new Map<string, Connection>()

  constructor(options: UdpTrackerOptions) {
    this.#options = options
  }

  async announce(url: TrackerUrl, request: TrackerRequest, signal: AbortSignal): Promise<TrackerResponse> {
    const { clock, guard } = this.#options
    using deadline = new Deadline(clock, TOTAL_TIMEOUT_MS, signal)
    try {
      const addresses = await orAborted(guard.resolve(url, url), deadline.signal)
      const targets = addresses.map(({ address, family }): UdpTarget => ({
        address,
        family: family === 6 ? 6 : 4,
        port: url.port,
      }))
      for (let n = 0; ; n++) {
        using wait = new Deadline(clock, FIRST_WAIT_MS * 2 ** n, deadline.signal)
        const response = await this.#attempt(targets[n % targets.length]!, url, request, wait)
        if (response !== undefined) return response
      }
    } catch (error) {
      if (deadline.isExpired && isCcbtError(error, 'ABORTED')) throw timedOut(url.label, TOTAL_TIMEOUT_MS)
      throw error
    }
  }

  /** One try; `undefined` when nothing came in time. */
  async #attempt(
    target: UdpTarget,
    url: TrackerUrl,
    request: TrackerRequest,
    wait: Deadline,
  ): Promise<TrackerResponse | undefined> {
    const name = `${target.address} ${target.port}`
    try {
      const connection = await this.#connection(name, target, url, wait.signal)
      const question = {
        action: 'announce',
        packet: (transaction: number) => announcePacket(connection, transaction, request, url.path),
      } as const
      const answer = this.#checked(await this.#options.exchange.ask(target, question, wait.signal), url, name)
      if (answer.action === 'announce') return responseOf(answer.announce, target, url)
    } catch (error) {
      if (!wait.isExpired || !isCcbtError(error, 'ABORTED')) throw error
    }
    // A tracker that was restarted ignores ids from before; the next try asks for a new one.
    this.#connections.delete(name)
    return undefined
  }

  async #connection(name: string, target: UdpTarget, url: TrackerUrl, signal: AbortSignal): Promise<bigint> {
    const { clock, exchange } = this.#options
    const known = this.#connections.get(name)
    if (known !== undefined && known.until > clock.now()) return known.id
    // The id's life starts when the tracker gives it, which is before its answer arrives: count from the question.
    const until = clock.now() + CONNECTION_LIFETIME_MS
    const answer = this.#checked(await exchange.ask(target, { action: 'connect', packet: connectPacket }, signal), url)
    if (answer.action !== 'connect') throw responseInvalid(url.label, 'not a connection id')
    this.#remember(name, { id: answer.connection, until })
    return answer.connection
  }

  #remember(name: string, connection: Connection): void {
    this.#connections.delete(name)
    this.#connections.set(name, connection)
    if (this.#connections.size <= MAX_CONNECTIONS) return
    for (const oldest of this.#connections.keys()) {
      this.#connections.delete(oldest)
      return
    }
  }

  /** The outcome when it is an answer. Errors become exceptions, and end the life of the connection id they are for. */
  #checked(outcome: UdpOutcome, url: TrackerUrl, name?: string): Exclude<UdpOutcome, { action: 'error' | 'unsent' }> {
    if (outcome.action === 'unsent') throw unreachable(url.label, { code: outcome.errno })
    if (outcome.action !== 'error') return outcome
    if (name !== undefined) this.#connections.delete(name)
    throw refused(url.label, trackerText(outcome.text, url))
  }
}

function responseOf(answer: UdpAnnounceAnswer, target: UdpTarget, url: TrackerUrl): TrackerResponse {
  const list = new PeerList(url.isLocal)
  if (target.family === 6) list.addCompact(answer.peers, 'ipv6')
  else list.addCompact(answer.peers, 'ipv4')
  return {
    ...boundedIntervals(url, answer.intervalS, undefined),
    peers: list.toArray(),
    seeders: answer.seeders,
    leechers: answer.leechers,
  }
}

// Announces and scrapes by UDP (BEP 15). A try is a connect, unless a connection id of the last minute is there, and a
// request; a try without an answer is repeated after 15 s, then 30 s and so on, at the tracker's next address.

import type { IpFamily } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

import type { AddressGuard } from '../address-guard.ts'
import { responseInvalid, timedOut } from '../errors.ts'
import { PeerList } from '../peer-address.ts'
import { boundedIntervals } from './answer-bounds.ts'
import { Deadline, orAborted } from './deadline.ts'
import type { TrackerUrl } from './tracker-url.ts'
import type { ScrapeCounts, TrackerRequest, TrackerResponse } from './tracker.ts'
import { checked, UdpConnections } from './udp-connections.ts'
import type { UdpExchange, UdpQuestion, UdpTarget } from './udp-exchange.ts'
import { announcePacket, scrapePacket } from './udp-packets.ts'
import type { UdpAnnounceAnswer } from './udp-packets.ts'

const FIRST_WAIT_MS = 15_000
/**
 * BEP 15 goes on up to 15 * 2^8 s. Here the announcer has other trackers to ask and its own back-off, so a request ends
 * within the second repetition.
 */
const TOTAL_TIMEOUT_MS = 60_000

/** What a {@link UdpTracker} works with. */
export interface UdpTrackerOptions {
  readonly exchange: UdpExchange
  readonly guard: AddressGuard
  readonly clock: Clock
}

/** A request of which only the connection id and the transaction are open. */
interface Question {
  readonly action: Exclude<UdpQuestion['action'], 'connect'>
  readonly family?: IpFamily
  readonly packet: (connection: bigint, transaction: number) => Uint8Array
}

type Answer = ReturnType<typeof checked>

/** Announces and scrapes by UDP. */
export class UdpTracker {
  readonly #options: UdpTrackerOptions
  readonly #connections: UdpConnections

  constructor(options: UdpTrackerOptions) {
    this.#options = options
    this.#connections = new UdpConnections(options.exchange, options.clock)
  }

  async announce(url: TrackerUrl, request: TrackerRequest, signal: AbortSignal): Promise<TrackerResponse> {
    const { family } = request
    const question: Question = {
      action: 'announce',
      packet: (connection, transaction) => announcePacket(connection, transaction, request, url.path),
      ...(family === undefined ? {} : { family }),
    }
    const answer = await this.#ask(url, question, signal)
    if (answer.action !== 'announce') throw responseInvalid(url.label, 'not an answer to an announce')
    return responseOf(answer.announce, answer.family, url)
  }

  /** Asks about as many hashes as a datagram holds. */
  async scrape(
    url: TrackerUrl,
    infoHashes: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<(ScrapeCounts | undefined)[]> {
    const question: Question = {
      action: 'scrape',
      packet: (connection, transaction) => scrapePacket(connection, transaction, infoHashes),
    }
    const answer = await this.#ask(url, question, signal)
    if (answer.action !== 'scrape') throw responseInvalid(url.label, 'not an answer to a scrape')
    return infoHashes.map((_, i) => answer.counts[i])
  }

  async #ask(url: TrackerUrl, question: Question, signal: AbortSignal): Promise<Answer> {
    const { clock } = this.#options
    using deadline = new Deadline(clock, TOTAL_TIMEOUT_MS, signal)
    try {
      const targets = await this.#targets(url, question.family, deadline.signal)
      for (let n = 0; ; n++) {
        using wait = new Deadline(clock, FIRST_WAIT_MS * 2 ** n, deadline.signal)
        const target = targets[n % targets.length]!
        const answer = await this.#attempt(target, url, question, wait)
        if (answer !== undefined) return answer
      }
    } catch (error) {
      if (deadline.isExpired && isCcbtError(error, 'ABORTED')) throw timedOut(url.label, TOTAL_TIMEOUT_MS)
      throw error
    }
  }

  async #targets(url: TrackerUrl, family: IpFamily | undefined, signal: AbortSignal): Promise<UdpTarget[]> {
    const addresses = await orAborted(this.#options.guard.resolve(url, url, family), signal)
    return addresses.map(({ address, family }) => ({ address, family: targetFamily(family), port: url.port }))
  }

  /** One try; `undefined` when nothing came in time. */
  async #attempt(
    target: UdpTarget,
    url: TrackerUrl,
    { action, packet }: Question,
    wait: Deadline,
  ): Promise<Answer | undefined> {
    try {
      const connection = await this.#connections.get(target, url, wait.signal)
      const question: UdpQuestion = { action, packet: (transaction) => packet(connection, transaction) }
      return checked(await this.#options.exchange.ask(target, question, wait.signal), url)
    } catch (error) {
      const isGivenUp = isCcbtError(error, 'ABORTED') && !wait.isExpired
      // An error may be about the id; and a tracker that was restarted ignores ids from before.
      if (!isGivenUp) this.#connections.forget(target)
      if (isGivenUp || !isCcbtError(error, 'ABORTED')) throw error
      return undefined
    }
  }
}

function targetFamily(family: number): UdpTarget['family'] {
  return family === 4 || family === 6 ? family : 0
}

function responseOf(answer: UdpAnnounceAnswer, family: 4 | 6, url: TrackerUrl): TrackerResponse {
  const list = new PeerList(url.isLocal)
  list.addCompact(answer.peers, family === 6 ? 'ipv6' : 'ipv4')
  return {
    ...boundedIntervals(url, answer.intervalS, undefined),
    peers: list.toArray(),
    seeders: answer.seeders,
    leechers: answer.leechers,
  }
}

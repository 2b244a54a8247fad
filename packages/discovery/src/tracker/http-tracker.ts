// Announces and scrapes over HTTP and HTTPS. Redirects are followed by hand, because each hop is judged anew: not from the internet
// to an address inside, not from https to http.

import type { IpFamily } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'

import type { AddressGuard } from '../address-guard.ts'
import { announceQuery, scrapeQuery, withQuery } from './announce-query.ts'
import { Deadline, orAborted } from './deadline.ts'
import { addressRefused, gone, httpStatus, responseInvalid, scrapeUnsupported, timedOut } from '../errors.ts'
import type { BencodeDict } from '@ccbt/bencode'
import { decodeAnswer, readAnswer, readScrape, throwIfRefused } from './http-answer.ts'
import type { HttpAnswer, HttpFetcher } from './http-fetch.ts'
import { parseTrackerUrl, scrapePath } from './tracker-url.ts'
import type { TrackerUrl } from './tracker-url.ts'
import type { ScrapeCounts, TrackerRequest, TrackerResponse } from './tracker.ts'

const MAX_REDIRECTS = 5
const TOTAL_TIMEOUT_MS = 30_000

/** What an {@link HttpTracker} works with. */
export interface HttpTrackerOptions {
  readonly fetcher: HttpFetcher
  readonly guard: AddressGuard
  readonly clock: Clock
}

/** What to ask of the tracker at `origin`. */
interface Question {
  readonly origin: TrackerUrl
  readonly path: string
  readonly query: string
  readonly family?: IpFamily
}

/** Announces and scrapes over HTTP(S). */
export class HttpTracker {
  readonly #options: HttpTrackerOptions

  constructor(options: HttpTrackerOptions) {
    this.#options = options
  }

  async announce(url: TrackerUrl, request: TrackerRequest, signal: AbortSignal): Promise<TrackerResponse> {
    const { family } = request
    const query = announceQuery(request)
    const question = { origin: url, path: url.path, query, ...(family === undefined ? {} : { family }) }
    return readAnswer(await this.#ask(question, signal), url)
  }

  /** Asks about as many hashes as the caller put into one request. */
  async scrape(
    url: TrackerUrl,
    infoHashes: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<(ScrapeCounts | undefined)[]> {
    const path = scrapePath(url.path)
    if (path === undefined) throw scrapeUnsupported(url.label)
    const answer = await this.#ask({ origin: url, path, query: scrapeQuery(infoHashes) }, signal)
    return readScrape(answer, url, infoHashes)
  }

  async #ask(question: Question, signal: AbortSignal): Promise<BencodeDict> {
    using deadline = new Deadline(this.#options.clock, TOTAL_TIMEOUT_MS, signal)
    try {
      return answerOf(await this.#follow(question, deadline.signal), question.origin)
    } catch (error) {
      if (deadline.isExpired && isCcbtError(error, 'ABORTED')) throw timedOut(question.origin.label, TOTAL_TIMEOUT_MS)
      throw error
    }
  }

  async #follow({ origin, path: firstPath, query, family }: Question, signal: AbortSignal): Promise<HttpAnswer> {
    let url = origin
    let path = withQuery(firstPath, query)
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const addresses = await orAborted(this.#options.guard.resolve(url, origin, family), signal)
      const answer = await this.#options.fetcher.get({ url, addresses }, path, signal)
      if (answer.location === undefined) return answer
      url = redirectTarget(answer.location, { ...url, path }, origin)
      // A redirect may carry our query along, or leave it out.
      path = /[?&]info_hash=/.test(url.path) ? url.path : withQuery(url.path, query)
    }
    throw responseInvalid(origin.label, `more than ${MAX_REDIRECTS} redirects`)
  }
}

/** Where a redirect leads. Throws for what an announce may not be led to. */
function redirectTarget(location: string, from: TrackerUrl, origin: TrackerUrl): TrackerUrl {
  const host = from.hostname.includes(':') ? `[${from.hostname}]` : from.hostname
  const next = URL.parse(location, `${from.protocol}//${host}:${from.port}${from.path}`)
  if (next === null || !/^https?:$/.test(next.protocol) || next.port === '0')
    throw addressRefused(origin.label, 'it redirects to something that is no web address')
  if (from.protocol === 'https:' && next.protocol === 'http:')
    throw addressRefused(origin.label, 'it redirects from https to http')
  return parseTrackerUrl(next.href)
}

/** The dictionary of an answer that is no refusal. */
function answerOf({ status, body }: HttpAnswer, url: TrackerUrl): BencodeDict {
  if (status === 410) throw gone(url.label, 'HTTP status 410')
  const answer = decodeAnswer(body)
  if (status !== 200) {
    // Some trackers give their reason with a status of 400 or 403.
    if (answer !== undefined) throwIfRefused(answer, url)
    throw httpStatus(url.label, status)
  }
  if (answer === undefined) throw responseInvalid(url.label, 'not a bencoded dictionary')
  throwIfRefused(answer, url)
  return answer
}

// Reads the bodies of HTTP answers: BEP 3 and 23, 7 (peers6), 24 (external ip), 31 (retry in), 48 (scrape).

import { ipFromBytes } from '@ccbt/address'
import { asBytes, asDict, asInt, asList, asText, decode, keyOf } from '@ccbt/bencode'
import type { BencodeDict } from '@ccbt/bencode'
import { isCcbtError } from '@ccbt/primitives'

import { boundedIntervals, count } from './answer-bounds.ts'
import { gone, refused, responseInvalid } from '../errors.ts'
import { PeerList } from '../peer-address.ts'
import type { PeerAddress } from '../peer-address.ts'
import { trackerText } from './tracker-url.ts'
import type { TrackerUrl } from './tracker-url.ts'
import type { ScrapeCounts, TrackerResponse } from './tracker.ts'

/** A list of peers as dictionaries is three levels deep. */
const MAX_DEPTH = 8
const MAX_TOKENS = 100_000
/** Longest tracker id that is kept and sent back. */
const MAX_TRACKER_ID_BYTES = 256
/** BEP 31 counts in minutes. */
const SECONDS_PER_MINUTE = 60
const MAX_RETRY_IN_S = 7 * 86_400

/** The answer's dictionary, `undefined` when the body is none. */
export function decodeAnswer(body: Uint8Array): BencodeDict | undefined {
  try {
    // Some trackers end their answer with a line break.
    return asDict(decode(body, { maxDepth: MAX_DEPTH, maxTokens: MAX_TOKENS, allowTrailing: true }).value)
  } catch (error) {
    if (isCcbtError(error) && error.blame === 'input') return undefined
    throw error
  }
}

/** Throws TRACKER_REFUSED or TRACKER_GONE when the tracker says no. */
export function throwIfRefused(answer: BencodeDict, url: TrackerUrl): void {
  const failure = asBytes(answer.get('failure reason'))
  if (failure === undefined) return
  const reason = trackerText(failure, url)
  if (asText(answer.get('retry in')) === 'never') throw gone(url.label, reason)
  const minutes = retryMinutes(answer)
  throw refused(
    url.label,
    reason,
    minutes === undefined ? undefined : Math.min(MAX_RETRY_IN_S, minutes * SECONDS_PER_MINUTE),
  )
}

/** The `retry in` of BEP 31: a positive integer, which some trackers write as a string. */
function retryMinutes(answer: BencodeDict): number | undefined {
  const value = answer.get('retry in')
  const minutes = asInt(value) ?? Number.parseInt(asText(value) ?? '', 10)
  return Number.isSafeInteger(minutes) && minutes > 0 ? minutes : undefined
}

/** Reads the answer to an announce that is no refusal. Throws TRACKER_RESPONSE_INVALID. */
export function readAnswer(answer: BencodeDict, url: TrackerUrl): TrackerResponse {
  const hasPeers = answer.has('peers') || answer.has('peers6')
  if (!hasPeers && !answer.has('interval')) throw responseInvalid(url.label, 'neither peers nor an interval')
  const warning = asBytes(answer.get('warning message'))
  const trackerId = asBytes(answer.get('tracker id'))
  const externalIp = ipFromBytes(asBytes(answer.get('external ip')) ?? new Uint8Array())
  return {
    ...boundedIntervals(url, asInt(answer.get('interval')), asInt(answer.get('min interval'))),
    peers: readPeers(answer, url),
    ...optionalCount('seeders', answer, 'complete'),
    ...optionalCount('leechers', answer, 'incomplete'),
    ...optionalCount('downloaded', answer, 'downloaded'),
    ...(warning === undefined ? {} : { warning: trackerText(warning, url) }),
    ...(trackerId === undefined || trackerId.length > MAX_TRACKER_ID_BYTES ? {} : { trackerId: trackerId.slice() }),
    ...(externalIp === undefined ? {} : { externalIp }),
  }
}

/** Reads the answer to a scrape that is no refusal, in the order of `infoHashes`. Throws TRACKER_RESPONSE_INVALID. */
export function readScrape(
  answer: BencodeDict,
  url: TrackerUrl,
  infoHashes: readonly Uint8Array[],
): (ScrapeCounts | undefined)[] {
  const files = asDict(answer.get('files'))
  if (files === undefined) throw responseInvalid(url.label, 'no list of torrents')
  return infoHashes.map((infoHash) => {
    const file = asDict(files.get(keyOf(infoHash)))
    return file === undefined ? undefined : countsOf(file)
  })
}

/** What cannot be a count, or is none at all, is 0. */
function countsOf(file: BencodeDict): ScrapeCounts {
  const countOf = (key: string): number => count(asInt(file.get(key))) ?? 0
  return { seeders: countOf('complete'), leechers: countOf('incomplete'), downloaded: countOf('downloaded') }
}

function optionalCount<K extends string>(name: K, answer: BencodeDict, key: string): { [N in K]?: number } {
  const value = count(asInt(answer.get(key)))
  const out: { [N in K]?: number } = {}
  if (value !== undefined) out[name] = value
  return out
}

function readPeers(answer: BencodeDict, url: TrackerUrl): PeerAddress[] {
  const list = new PeerList(url.isLocal)
  list.addCompact(asBytes(answer.get('peers')) ?? new Uint8Array(), 'ipv4')
  list.addCompact(asBytes(answer.get('peers6')) ?? new Uint8Array(), 'ipv6')
  for (const entry of asList(answer.get('peers')) ?? []) {
    if (list.isFull) break
    const dict = asDict(entry)
    if (dict !== undefined) addDict(list, dict)
  }
  return list.toArray()
}

/** The form of BEP 3. Its `ip` may be a host name; those are dropped: a tracker could make us resolve anything. */
function addDict(list: PeerList, dict: BencodeDict): void {
  const host = asText(dict.get('ip'))
  const port = asInt(dict.get('port'))
  const peerId = asBytes(dict.get('peer id'))
  if (host === undefined || port === undefined) return
  // A copy: the answer's bytes shall not live as long as the peer.
  list.add(host, port, peerId?.length === 20 ? peerId.slice() : undefined)
}

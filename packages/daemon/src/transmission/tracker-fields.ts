// The fields of `torrent-get` that are about trackers. A torrent that does not run has them as well: they are what it is
// going to ask.

import type { TrackerSnapshot } from '@ccbt/core'

import type { Arguments } from '../http/arguments.ts'
import type { Field, FieldSource } from './field-source.ts'

/** States of Transmission: 0 nothing is planned, 1 waits for the next announce, 3 asks now. */
const ANNOUNCE_STATE = { inactive: 0, waiting: 1, active: 3 } as const

/** Every field by its name. */
export const TRACKER_FIELDS: Readonly<Record<string, Field>> = {
  trackers: (source) => trackersOf(source).map(({ url, tier }, id) => namesOf(url, tier, id)),
  trackerStats: statsOf,
  trackerList: ({ torrent }) => torrent.trackers().map(lines).join('\n\n'),
  manualAnnounceTime: (source) => (trackersOf(source).length > 0 ? nowS() : -1),
}

interface TrackerPlace {
  readonly url: string
  readonly tier: number
}

/** Clients name a tracker by its place in this list. */
export function trackersOf({ torrent }: Pick<FieldSource, 'torrent'>): TrackerPlace[] {
  return torrent.trackers().flatMap((urls, tier) => urls.map((url) => ({ url, tier })))
}

function lines(urls: readonly string[]): string {
  return urls.join('\n')
}

function namesOf(url: string, tier: number, id: number): Arguments {
  return { id, tier, announce: url, scrape: scrapeOf(url), sitename: siteOf(url) }
}

function statsOf(source: FieldSource): Arguments[] {
  const live = new Map((source.snapshot()?.trackers ?? []).map((tracker) => [tracker.url, tracker]))
  const used = new Set<number>()
  return trackersOf(source).map(({ url, tier }, id) => {
    const isBackup = used.has(tier)
    used.add(tier)
    const announce = announceOf(live.get(url))
    return Object.assign(namesOf(url, tier, id), { host: hostOf(url), isBackup }, announce, NO_SCRAPE)
  })
}

/** Numbers of seeds and peers come with announces: nobody is asked for them alone. */
const NO_SCRAPE: Arguments = {
  hasScraped: false,
  lastScrapeResult: '',
  lastScrapeStartTime: 0,
  lastScrapeSucceeded: false,
  lastScrapeTime: 0,
  lastScrapeTimedOut: false,
  nextScrapeTime: 0,
  scrapeState: 0,
}

const NEVER_ASKED: Partial<TrackerSnapshot> = {}

function announceOf(tracker: TrackerSnapshot | undefined): Arguments {
  const { state, error, lastAnnounceAgoMs, nextAnnounceInMs, peersReceived = 0 } = tracker ?? NEVER_ASKED
  const lastS = lastAnnounceAgoMs === undefined ? 0 : nowS(-lastAnnounceAgoMs)
  const isAnswered = state === 'working'
  return {
    announceState: tracker === undefined ? ANNOUNCE_STATE.inactive : stateOf(tracker),
    hasAnnounced: isAnswered || error !== undefined,
    lastAnnouncePeerCount: peersReceived,
    lastAnnounceResult: error ?? (isAnswered ? 'Success' : ''),
    lastAnnounceStartTime: lastS,
    lastAnnounceSucceeded: isAnswered,
    lastAnnounceTime: lastS,
    lastAnnounceTimedOut: false,
    nextAnnounceTime: nextAnnounceInMs === undefined ? 0 : nowS(nextAnnounceInMs),
    seederCount: tracker?.seeders ?? -1,
    leecherCount: tracker?.leechers ?? -1,
    downloadCount: tracker?.downloaded ?? -1,
  }
}

function stateOf({ state, nextAnnounceInMs }: TrackerSnapshot): number {
  if (state === 'announcing') return ANNOUNCE_STATE.active
  return nextAnnounceInMs === undefined ? ANNOUNCE_STATE.inactive : ANNOUNCE_STATE.waiting
}

function nowS(inMs = 0): number {
  return Math.floor((Date.now() + inMs) / 1000)
}

/** Where a tracker tells numbers alone (BEP 48): `announce` at the end of the path becomes `scrape`. */
function scrapeOf(url: string): string {
  if (url.startsWith('udp:')) return url
  const at = url.lastIndexOf('/')
  return url.startsWith('/announce', at) ? `${url.slice(0, at)}/scrape${url.slice(at + '/announce'.length)}` : ''
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? ''
}

/** The part of the host name that people know: `example` of tracker.example.org. */
function siteOf(url: string): string {
  const parts = (URL.parse(url)?.hostname ?? '').split('.')
  const isAddress = parts.every((part) => /^\d*$/.test(part))
  return isAddress ? parts.join('.') : (parts.at(-2) ?? parts.at(-1) ?? '')
}

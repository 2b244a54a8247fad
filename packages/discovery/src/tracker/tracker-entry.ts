// The trackers of one torrent and the routes to each: one per address family that it may be announced over.

import { familyOf, normalIp } from '@ccbt/address'
import type { IpFamily } from '@ccbt/address'
import { isCcbtError, randomBelow } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'

import { TrackerRoute } from './tracker-route.ts'
import { parseTrackerUrl } from './tracker-url.ts'
import type { TrackerUrl } from './tracker-url.ts'

/** One tracker of a torrent. */
export interface TrackerEntry {
  readonly url: string
  /** Counted from 0. */
  readonly tier: number
  /** Host for messages. */
  readonly label: string
  readonly isLocal: boolean
  readonly routes: ReadonlyMap<IpFamily, TrackerRoute>
}

/** Where entries come from. */
export interface TrackerEntriesOptions {
  /** Tracker URLs; the first tier is asked first. */
  readonly tiers: readonly (readonly string[])[]
  readonly families: readonly IpFamily[]
  readonly clock: Clock
  readonly random: Random
}

/** The trackers that can be spoken to, once each, in tier order, each tier shuffled (BEP 12). */
export function trackerEntries(options: TrackerEntriesOptions): TrackerEntry[] {
  const known = new Set<string>()
  const entries: TrackerEntry[] = []
  let tier = 0
  for (const urls of options.tiers) {
    const fresh = [...new Set(urls)].filter((url) => !known.has(url))
    for (const url of fresh) known.add(url)
    const usable = shuffled(fresh, options.random).flatMap((url) => entryOf(url, tier, options) ?? [])
    if (usable.length > 0) tier++
    entries.push(...usable)
  }
  return entries
}

function entryOf(text: string, tier: number, options: TrackerEntriesOptions): TrackerEntry | undefined {
  const url = parsed(text)
  if (url === undefined) return undefined
  const head = { url: text, tier, label: url.label, isLocal: url.isLocal }
  const families = familiesOf(url, options.families)
  const routes = families.map((family) => [family, new TrackerRoute({ ...options, entry: head, family })] as const)
  return { ...head, routes: new Map(routes) }
}

/** An IP literal has one family, even when that may not be used: then asking it tells why. */
function familiesOf({ hostname }: TrackerUrl, usable: readonly IpFamily[]): readonly IpFamily[] {
  const ip = normalIp(hostname)
  if (ip === undefined) return usable
  return usable.includes(familyOf(ip)) ? [familyOf(ip)] : usable.slice(0, 1)
}

function parsed(url: string): TrackerUrl | undefined {
  try {
    return parseTrackerUrl(url)
  } catch (error) {
    if (isCcbtError(error, 'TRACKER_URL_UNSUPPORTED')) return undefined
    throw error
  }
}

function shuffled(urls: readonly string[], random: Random): string[] {
  const out = [...urls]
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1)
    const other = out[j]!
    out[j] = out[i]!
    out[i] = other
  }
  return out
}

// Changes of a torrent's trackers as requests describe them: a whole list, or additions, removals and replacements by the
// numbers that clients see.

import { invalidRequest } from '../errors.ts'
import { textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'

type Tiers = readonly (readonly string[])[]

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'udp:', 'ws:', 'wss:'])
const MAX_TRACKERS = 100
const MAX_URL_LENGTH = 2048

/** The tiers after a request; undefined when it says nothing about them. @throws DAEMON_REQUEST_INVALID */
export function editedTrackers(args: Arguments, tiers: Tiers): Tiers | undefined {
  const whole = textOf(args, 'trackerList')
  const isEdit = ['trackerAdd', 'trackerRemove', 'trackerReplace'].some((name) => args[name] !== undefined)
  if (whole === undefined && !isEdit) return undefined
  const edited = whole === undefined ? added(replacedOrRemoved(args, tiers), args) : parsedList(whole)
  return checked(edited)
}

/** A line for each URL, an empty line between two tiers. */
function parsedList(text: string): string[][] {
  return text
    .split(/\r?\n\s*\r?\n/)
    .map((tier) => tier.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()])))
    .filter((tier) => tier.length > 0)
}

/** By the numbers that the trackers have before any of it. */
function replacedOrRemoved(args: Arguments, tiers: Tiers): (string | undefined)[][] {
  const count = tiers.reduce((sum, tier) => sum + tier.length, 0)
  const removed = new Set(numbersOf(args, 'trackerRemove', count))
  const replaced = new Map(replacementsOf(args, count))
  let number = 0
  return tiers.map((tier) =>
    tier.map((url) => {
      const own = number++
      return removed.has(own) ? undefined : (replaced.get(own) ?? url)
    }),
  )
}

function added(tiers: readonly (readonly (string | undefined)[])[], args: Arguments): string[][] {
  const kept = tiers.map((tier) => tier.filter((url) => url !== undefined)).filter((tier) => tier.length > 0)
  const known = new Set(kept.flat())
  const fresh = (textsOf(args, 'trackerAdd') ?? []).filter((url) => !known.has(url))
  return [...kept, ...fresh.map((url) => [url])]
}

function numbersOf(args: Arguments, name: string, count: number): number[] {
  const value = args[name] ?? []
  if (!Array.isArray(value)) throw invalidRequest(`${name} must be a list`)
  return value.map((number: unknown) => trackerNumber(number, count))
}

/** Number and URL by turns. */
function replacementsOf(args: Arguments, count: number): [number, string][] {
  const value = args['trackerReplace'] ?? []
  if (!Array.isArray(value) || value.length % 2 !== 0) throw invalidRequest('trackerReplace must be a list of pairs')
  const list: readonly unknown[] = value
  return Array.from({ length: list.length / 2 }, (_, i) => {
    const url = list[2 * i + 1]
    if (typeof url !== 'string') throw invalidRequest('trackerReplace must be a list of pairs')
    return [trackerNumber(list[2 * i], count), url]
  })
}

function trackerNumber(value: unknown, count: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count) return value
  throw invalidRequest(`there is no tracker ${String(value)}`)
}

function checked(tiers: readonly (readonly string[])[]): Tiers {
  const urls = tiers.flat()
  if (urls.length > MAX_TRACKERS) throw invalidRequest(`a torrent has at most ${MAX_TRACKERS} trackers`)
  for (const url of urls) {
    const isRight = url.length <= MAX_URL_LENGTH && SCHEMES.has(URL.parse(url)?.protocol ?? '') && !/\s/.test(url)
    if (!isRight) throw invalidRequest(`'${url.slice(0, 100)}' is no address of a tracker`)
  }
  return tiers
}

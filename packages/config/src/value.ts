// The types that a setting can have: what is accepted, what it becomes, and how it is written again.
// A value in a file is what TOML makes of it; one from the environment or an argument is text.

import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { parseEndpoint } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'
import { parseProxyUrl, proxyLabel } from '@ccbt/proxy/settings'
import { parseHours } from './hours.ts'
import { parseRate, parseSize, parseTimeMs } from './units.ts'

/** What a list holds. */
export type ItemType =
  | 'endpoint'
  | 'url'
  | 'tracker'
  | 'glob'
  | 'path'
  | 'traffic'
  | 'hours'
  | 'host'
  | 'network'
  | 'area'
  | 'argument'

/** A type with its unit, bounds and default. Bounds and defaults with a unit are written as in a file. */
export type ValueSpec =
  | { readonly type: 'boolean'; readonly default?: boolean }
  | { readonly type: 'integer' | 'number'; readonly min: number; readonly max: number; readonly default?: number }
  /** Bytes, bytes per second, milliseconds. */
  | {
      readonly type: 'size' | 'rate' | 'time'
      readonly min: string
      readonly max: string
      readonly default?: string
    }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default?: string }
  | {
      readonly type: 'text' | 'pattern' | 'host'
      readonly maxLength: number
      readonly default?: string
      /** What of it is accepted: a regular expression, and what to call that. */
      readonly form?: { readonly pattern: string; readonly name: string }
    }
  /** The address of a proxy may have a password: it is not shown. */
  | { readonly type: 'path' | 'ip' | 'proxy'; readonly default?: string }
  | {
      readonly type: 'list'
      readonly items: ItemType
      readonly maxItems: number
      readonly default?: readonly string[]
    }

/** A checked value: sizes are bytes, rates bytes per second, times milliseconds, paths absolute. */
export type Value = boolean | number | string | readonly string[]

/** A value, or what is wrong with it: `must be ...`. */
export type Parsed = { readonly value: Value } | { readonly problem: string }

/** Reads what TOML made of a value. Relative paths are those of `folder`. */
export function parseValue(spec: ValueSpec, raw: unknown, folder: string): Parsed {
  const value = READERS[spec.type](spec, raw, folder)
  if (value !== undefined) return { value }
  const found = spec.type === 'proxy' ? '' : `, not ${shown(raw)}`
  return { problem: `must be ${expectation(spec)}${found}` }
}

/** Reads a value from the environment or an argument; lists are divided by commas. */
export function parseText(spec: ValueSpec, text: string, folder: string): Parsed {
  return parseValue(spec, rawOf(spec, text.trim()), folder)
}

function rawOf(spec: ValueSpec, text: string): unknown {
  if (spec.type === 'boolean')
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text
  if (spec.type === 'integer' || spec.type === 'number')
    return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
  if (spec.type !== 'list') return text
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** What is accepted: `a rate such as 500K, 10M or 2 MB/s`. */
export function expectation(spec: ValueSpec): string {
  if ('items' in spec) return `a list of at most ${spec.maxItems} ${ITEMS[spec.items].name}`
  if ('choices' in spec) return spec.choices.map((choice) => `'${choice}'`).join(' or ')
  if ('maxLength' in spec) return spec.form?.name ?? TEXTS[spec.type](spec.maxLength)
  if (spec.type === 'integer' || spec.type === 'number') return `${NUMBERS[spec.type]} from ${spec.min} to ${spec.max}`
  return 'min' in spec ? `${EXAMPLES[spec.type]}, from ${spec.min} to ${spec.max}` : OTHERS[spec.type]
}

const NUMBERS = { integer: 'a whole number', number: 'a number' } as const

const TEXTS = {
  text: (most: number) => `text of 1 to ${most} characters`,
  pattern: (most: number) => `a regular expression of at most ${most} characters`,
  host: () => "a host name such as 'tracker.example.org' or '*.example.org'",
} as const

const OTHERS = {
  boolean: 'true or false',
  path: "a path, absolute, under '~/' or relative to this file",
  ip: 'an IP address of this computer',
  proxy: "a proxy such as 'socks5://user:password@127.0.0.1:1080' or 'http://127.0.0.1:3128'",
} as const

const EXAMPLES = {
  size: "a size such as '512K', '10M' or '1.5GiB'",
  rate: "a rate such as '500K', '10M' or '2 MB/s'",
  time: "a time such as '30s', '10m', '2h' or '7d'",
} as const

interface Items {
  readonly name: string
  accepts(text: string): boolean
}

const ITEMS: Readonly<Record<ItemType, Items>> = {
  endpoint: { name: "addresses such as 'host:6881' or '[::1]:6881'", accepts: isEndpoint },
  url: { name: 'http or https addresses', accepts: (text) => /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) },
  tracker: { name: 'http, https or udp addresses', accepts: isTracker },
  glob: { name: "patterns such as '*.nfo' or 'extras/**'", accepts: (text) => text !== '' && text.length <= 300 },
  hours: {
    name: "hours such as 'mon-fri 08:00-18:00' or 'daily 22:00-06:00'",
    accepts: (text) => parseHours(text) !== undefined,
  },
  host: { name: "host names such as 'torrents.example.org'", accepts: (text) => /^[\w.-]+$/.test(text) },
  network: { name: "addresses or networks such as '10.0.0.0/8'", accepts: isNetwork },
  area: {
    name: "levels such as 'peer=debug'",
    accepts: (text) => /^[a-z-]{1,30}=(?:debug|info|warning|error)$/.test(text),
  },
  argument: { name: 'texts', accepts: (text) => text !== '' && text.length <= 4096 && !text.includes('\0') },
  traffic: { name: "of 'peers', 'trackers' and 'web'", accepts: (text) => /^(?:peers|trackers|web)$/.test(text) },
  path: { name: "paths, absolute, under '~/' or relative to this file", accepts: (text) => isPath(text) },
}

function isTracker(text: string): boolean {
  return /^(?:https?|udp):\/\/[^/]/i.test(text) && URL.canParse(text)
}

type Reader = (spec: ValueSpec, raw: unknown, folder: string) => Value | undefined

const READERS: Readonly<Record<ValueSpec['type'], Reader>> = {
  boolean: (_, raw) => (typeof raw === 'boolean' ? raw : undefined),
  integer: (spec, raw) => (Number.isSafeInteger(raw) ? within(spec, raw) : undefined),
  number: (spec, raw) => within(spec, raw),
  size: (spec, raw) => within(spec, measure(raw, parseSize)),
  rate: (spec, raw) => within(spec, measure(raw, parseRate)),
  time: (spec, raw) => within(spec, measure(raw, parseTimeMs)),
  choice: (spec, raw) => (spec.type === 'choice' ? spec.choices.find((choice) => choice === raw) : undefined),
  text,
  pattern: (spec, raw) => (isPattern(raw) ? text(spec, raw) : undefined),
  host: (spec, raw) => (typeof raw === 'string' && HOST.test(raw) ? text(spec, raw.toLowerCase()) : undefined),
  path: (_, raw, folder) => (typeof raw === 'string' ? fullPath(raw, folder) : undefined),
  proxy: (_, raw) => (typeof raw === 'string' && isProxy(raw) ? raw : undefined),
  ip: (_, raw) => (typeof raw === 'string' && isIP(raw) !== 0 ? raw : undefined),
  list,
}

const HOST = /^(?:\*\.)?[\w.:[\]-]+$/

/** A number of TOML is in the unit without a prefix: bytes, bytes per second, seconds. */
function measure(raw: unknown, parse: (text: string) => number | undefined): number | undefined {
  if (typeof raw === 'number') return raw >= 0 ? parse(String(raw)) : undefined
  return typeof raw === 'string' ? parse(raw) : undefined
}

function within(spec: ValueSpec, value: unknown): number | undefined {
  if (typeof value !== 'number' || !('min' in spec)) return undefined
  return value >= bound(spec.type, spec.min) && value <= bound(spec.type, spec.max) ? value : undefined
}

/** A bound or default of a spec as the number that values are compared with. */
function bound(type: ValueSpec['type'], written: number | string): number {
  if (typeof written === 'number') return written
  return (type === 'time' ? parseTimeMs(written) : parseSize(written)) ?? Number.NaN
}

function text(spec: ValueSpec, raw: unknown): string | undefined {
  if (typeof raw !== 'string' || !('maxLength' in spec)) return undefined
  if (spec.form !== undefined && !new RegExp(spec.form.pattern).test(raw)) return undefined
  return raw.length > 0 && raw.length <= spec.maxLength ? raw : undefined
}

function isPattern(raw: unknown): boolean {
  if (typeof raw !== 'string') return false
  try {
    return new RegExp(raw, 'u') instanceof RegExp
  } catch {
    // A SyntaxError is what says no.
    return false
  }
}

function list(spec: ValueSpec, raw: unknown, folder: string): readonly string[] | undefined {
  if (spec.type !== 'list' || !Array.isArray(raw) || raw.length > spec.maxItems) return undefined
  const kind = ITEMS[spec.items]
  const items: unknown[] = raw
  const texts = items.filter((item) => typeof item === 'string')
  if (texts.length !== items.length || !texts.every((item) => kind.accepts(item))) return undefined
  return spec.items === 'path' ? texts.flatMap((item) => fullPath(item, folder) ?? []) : texts
}

function isEndpoint(value: string): boolean {
  try {
    return parseEndpoint(value).port > 0
  } catch (error) {
    if (!isCcbtError(error)) throw error
    return false
  }
}

function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  const most = isIP(address) === 6 ? 128 : 32
  return (
    isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  )
}

function isPath(text: string): boolean {
  return text !== '' && !text.includes('\0')
}

function isProxy(value: string): boolean {
  try {
    return parseProxyUrl(value).port > 0
  } catch (error) {
    if (!isCcbtError(error)) throw error
    return false
  }
}

function fullPath(path: string, folder: string): string | undefined {
  if (!isPath(path)) return undefined
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1))
  return isAbsolute(path) ? path : resolve(folder, path)
}

const MAX_SHOWN = 40

/** A refused value in a message. */
function shown(raw: unknown): string {
  if (raw instanceof Date) return 'a date'
  if (Array.isArray(raw)) return raw.length === 0 ? 'an empty list' : 'this list'
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') return 'a table'
  const text = typeof raw === 'string' ? `'${raw}'` : String(raw)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text
}

/**
 * A value as a file has it, without quotes: `128MiB`, `90s`. Read again it is the same value, but for the password of a
 * proxy, which is left out.
 */
export function formatValue(spec: ValueSpec, value: Value): string {
  if (spec.type === 'proxy') return withoutPassword(String(value))
  if (typeof value !== 'number') return typeof value === 'object' ? value.join(', ') : String(value)
  if (spec.type === 'time') return largest(value, TIMES)
  return spec.type === 'size' || spec.type === 'rate' ? largest(value, SIZES) : String(value)
}

function withoutPassword(url: string): string {
  const settings = parseProxyUrl(url)
  const label = proxyLabel(settings)
  return settings.credentials === undefined ? label : label.replace('://', '://***@')
}

const TIMES: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
]

const SIZES: readonly (readonly [string, number])[] = ['T', 'G', 'M', 'K'].flatMap((prefix, index) => [
  [`${prefix}iB`, 1024 ** (4 - index)] as const,
  [`${prefix}B`, 1000 ** (4 - index)] as const,
])

/** In the largest unit of which it is a whole number; what is less than a second is a fraction of one. */
function largest(value: number, units: typeof TIMES): string {
  const unit = units.find(([, size]) => value > 0 && value % size === 0)
  if (unit !== undefined) return `${value / unit[1]}${unit[0]}`
  return units === TIMES ? `${value / 1000}s` : String(value)
}

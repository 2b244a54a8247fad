// Parsers of option values for commander: each turns text into a checked value or says what is wrong with it.

import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { fromHex, isCcbtError } from '@ccbt/primitives'
import { parseProxyUrl } from '@ccbt/proxy/settings'
import type { Endpoint } from '@ccbt/address'
import { InvalidArgumentError } from 'commander'
import { parseRate, parseRatio, parseSize, parseTimeMs, parseWhole } from '@ccbt/config/units'
import { usageError } from '../errors.ts'

/** Adds one more value to a repeatable option. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** A file, relative to where the command runs; repeatable. */
export function path(text: string, previous: readonly string[] | undefined): string[] {
  return collect(resolve(valid(text === '' ? undefined : text, 'Give a file.')), previous)
}

/** 0 to 65535; 0 = any free port. */
export function port(text: string): number {
  return valid(parseWhole(text, 0, 65_535), 'Ports are 0 to 65535.')
}

/** Where remote control listens: `host:port`, port 0 = any free one; repeatable. */
export function httpAddress(text: string, previous: readonly Endpoint[] | undefined): Endpoint[] {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d+)$/.exec(text) ?? []
  const host = valid(bracketed ?? plain, 'Give an address and a port, such as 127.0.0.1:9091.')
  return [...(previous ?? []), { host, port: port(digits) }]
}

/** A number of connections. */
export function peerCount(text: string): number {
  return valid(parseWhole(text, 1, 10_000), 'Give a number from 1 to 10000.')
}

/** A number of upload slots. */
export function slotCount(text: string): number {
  return valid(parseWhole(text, 0, 10_000), 'Give a number from 0 to 10000.')
}

/** Bytes per second. */
export function rate(text: string): number {
  return valid(parseRate(text), 'Give a rate such as 500K, 10M or 1.5MiB (bytes per second).')
}

/** Bytes per second, or what the configuration says. */
export function rateOrConfig(text: string): number | 'config' {
  return text === 'config' ? text : rate(text)
}

/** Uploaded / size. */
export function ratio(text: string): number {
  return valid(parseRatio(text), 'Give a number such as 1.5.')
}

/** Milliseconds. */
export function time(text: string): number {
  return valid(parseTimeMs(text), 'Give a time such as 90s, 30m, 12h or 7d.')
}

/** Milliseconds between two announces: 1 s to 1 h. */
export function interval(text: string): number {
  const ms = time(text)
  return valid(ms >= 1000 && ms <= 3_600_000 ? ms : undefined, 'Give a time from 1s to 1h.')
}

const MIN_PIECE_BYTES = 16 * 1024
const MAX_PIECE_BYTES = 256 * 1024 * 1024

/** A power of two from 16 KiB to 256 MiB. */
export function pieceSize(text: string): number {
  const bytes = valid(parseSize(text), 'Give a size such as 256KiB or 1MiB.')
  const isPowerOfTwo = Number.isInteger(Math.log2(bytes))
  const inRange = bytes >= MIN_PIECE_BYTES && bytes <= MAX_PIECE_BYTES
  return valid(isPowerOfTwo && inRange ? bytes : undefined, 'Give a power of two from 16KiB to 256MiB (1MiB, not 1M).')
}

/** The address of a proxy. It may have a password, so what is wrong with it is said without repeating it. */
export function proxy(text: string): string {
  try {
    parseProxyUrl(text)
  } catch (error) {
    throw isCcbtError(error, 'PROXY_URL_INVALID') ? usageError('--proxy', `--proxy: ${error.message}`) : error
  }
  return text
}

/** Kinds of traffic with commas between them. */
export function proxyFor(text: string): string[] {
  const kinds = text.split(',')
  const isValid = kinds.every((kind) => /^(?:peers|trackers|web)$/.test(kind))
  return valid(isValid ? kinds : undefined, 'Give peers, trackers or web, with commas between them.')
}

/** A local IP address. */
export function address(text: string): string {
  return valid(isIP(text) === 0 ? undefined : text, 'Give an IP address of this computer.')
}

/** `HOST:PORT` or `[IPv6]:PORT`; repeatable. */
export function peer(text: string, previous: readonly string[] | undefined): string[] {
  const match = /^(?:\[([0-9a-f:.]+)\]|[^\s:[\]/]+):(\d{1,5})$/i.exec(text)
  const isValid = match !== null && parseWhole(match[2] ?? '', 1, 65_535) !== undefined
  return collect(valid(isValid ? text : undefined, 'Give HOST:PORT or [IPv6]:PORT.'), previous)
}

/** A tier of trackers: announce addresses with commas between them; repeatable. */
export function trackerTier(text: string, previous: readonly (readonly string[])[] | undefined): (readonly string[])[] {
  // A comma may be part of an address; between two of them it has a scheme behind it.
  const urls = text.split(/,(?=[a-z][a-z\d+.-]*:\/\/)/i)
  const problem = 'Give http, https, udp, ws or wss addresses, those of one tier with commas between them.'
  return [...(previous ?? []), urls.map((part) => url(part, /^(?:https?|udp|wss?):$/, problem))]
}

/** The announce address of a tracker; repeatable. */
export function trackerUrl(text: string, previous: readonly string[] | undefined): string[] {
  return collect(url(text, /^(?:https?|udp):$/, 'Give an http, https or udp address.'), previous)
}

/** The address of a web seed; repeatable. */
export function webSourceUrl(text: string, previous: readonly string[] | undefined): string[] {
  return collect(url(text, /^https?:$/, 'Give an http or https address.'), previous)
}

function url(text: string, schemes: RegExp, problem: string): string {
  const isValid = URL.canParse(text) && schemes.test(new URL(text).protocol) && new URL(text).host !== ''
  return valid(isValid ? text : undefined, problem)
}

/** The info-hash of a v1 torrent, 20 bytes; repeatable. */
export function infoHashes(text: string, previous: readonly Uint8Array[] | undefined): Uint8Array[] {
  const bytes = text.length === 40 ? fromHex(text) : undefined
  return [...(previous ?? []), valid(bytes, 'Give the 40 hexadecimal digits of an infohash.')]
}

/** Unix seconds; `none` stays as it is. */
export function date(text: string): number | 'none' {
  if (text === 'none') return text
  const seconds = /^\d{1,11}$/.test(text) ? Number(text) : Math.floor(dateMs(text) / 1000)
  return valid(seconds >= 0 ? seconds : undefined, 'Give Unix seconds, 2026-01-31, 2026-01-31T12:00:00Z or none.')
}

/** NaN unless it is a date, with or without a time of day in UTC or with an offset. */
function dateMs(text: string): number {
  return /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN
}

function valid<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new InvalidArgumentError(problem)
  return value
}

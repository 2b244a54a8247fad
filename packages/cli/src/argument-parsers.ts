// Parsers of option values for commander: each turns text into a checked value or says what is wrong with it.

import { isIP } from 'node:net'
import { InvalidArgumentError } from 'commander'
import { parseRate, parseRatio, parseSize, parseTimeMs, parseWhole } from './parse-units.ts'

/** Adds one more value to a repeatable option. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** 0 to 65535; 0 = any free port. */
export function port(text: string): number {
  return valid(parseWhole(text, 0, 65_535), 'Ports are 0 to 65535.')
}

/** A number of connections. */
export function peerCount(text: string): number {
  return valid(parseWhole(text, 1, 10_000), 'Give a number from 1 to 10000.')
}

/** Bytes per second. */
export function rate(text: string): number {
  return valid(parseRate(text), 'Give a rate such as 500K, 10M or 1.5MiB (bytes per second).')
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

/** A tracker's announce address; repeatable. */
export function trackerUrl(text: string, previous: readonly string[] | undefined): string[] {
  return collect(url(text, /^(?:https?|udp|wss?):$/, 'Give an http, https, udp, ws or wss address.'), previous)
}

/** A web seed's address for a torrent file; repeatable. */
export function webSeedUrl(text: string, previous: readonly string[] | undefined): string[] {
  return collect(url(text, /^(?:https?|ftp):$/, 'Give an http, https or ftp address.'), previous)
}

/** The address of a web seed to download from; repeatable. */
export function webSourceUrl(text: string, previous: readonly string[] | undefined): string[] {
  return collect(url(text, /^https?:$/, 'Give an http or https address.'), previous)
}

function url(text: string, schemes: RegExp, problem: string): string {
  const isValid = URL.canParse(text) && schemes.test(new URL(text).protocol) && new URL(text).host !== ''
  return valid(isValid ? text : undefined, problem)
}

function valid<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new InvalidArgumentError(problem)
  return value
}

// What an IP filter of a million ranges costs: reading it in each of the usual forms, the longest step of that, one
// lookup, and memory (exact with --expose-gc).

import { IpFilterParser } from '@ccbt/ip-filter'
import type { ParsedIpFilter } from '@ccbt/ip-filter'
import { seededRandom } from '@ccbt/primitives'

const RANGES = 1_000_000
const PART_CHARACTERS = 65_536
const LOOKUPS = 1_000_000

function octets(word: number): number[] {
  return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]
}

const plain = (word: number): string => octets(word).join('.')
const padded = (word: number): string =>
  octets(word)
    .map((octet) => String(octet).padStart(3, '0'))
    .join('.')

const FORMS: Readonly<Record<string, (n: number, random: number) => string>> = {
  'dat, in order': (n) => `${padded(n * 4294)} - ${padded(n * 4294 + 2000)} , 000 , An organisation with a name`,
  'p2p, in any order': (_, word) => `An organisation, with a name:${plain(word)}-${plain(word | 255)}`,
  'cidr, in any order': (_, word) => `${plain(word)}/28`,
}

/** The text in parts of the size that files are read in. */
function partsOf(line: (n: number, random: number) => string): string[] {
  const random = seededRandom(4)
  const parts: string[] = []
  let text = ''
  for (let n = 0; n < RANGES; n++) {
    text += `${line(n, random.u32())}\n`
    if (text.length < PART_CHARACTERS) continue
    parts.push(Buffer.from(text, 'latin1').toString('latin1'))
    text = ''
  }
  return [...parts, text]
}

/** Reads all parts; `longestMs` is the longest time that nobody else would run. */
function read(parts: readonly string[]): ParsedIpFilter & { totalMs: number; longestMs: number } {
  const startedAt = performance.now()
  let longestMs = 0
  const timed = <T>(step: () => T): T => {
    const from = performance.now()
    const result = step()
    longestMs = Math.max(longestMs, performance.now() - from)
    return result
  }
  const parser = new IpFilterParser()
  for (const part of parts) timed(() => parser.push(part))
  const steps = parser.finish()
  let step = timed(() => steps.next())
  while (step.done !== true) step = timed(() => steps.next())
  return { ...step.value, totalMs: performance.now() - startedAt, longestMs }
}

function lookupNs({ filter }: ParsedIpFilter): number {
  const random = seededRandom(5)
  const ips = Array.from({ length: LOOKUPS }, () => plain(random.u32()))
  const startedAt = performance.now()
  let blocked = 0
  for (const ip of ips) blocked += Number(filter.isBlocked(ip))
  const ns = ((performance.now() - startedAt) * 1e6) / LOOKUPS
  if (blocked === 0) throw new Error('the filter blocks nobody')
  return ns
}

function arrayMegabytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().arrayBuffers / 2 ** 20
}

function measure(name: string, line: (n: number, random: number) => string): void {
  const parts = partsOf(line)
  const before = arrayMegabytes()
  const parsed = read(parts)
  const megabytes = arrayMegabytes() - before
  const figures = [
    `${parsed.filter.ranges} ranges`,
    `read in ${parsed.totalMs.toFixed(0)} ms`,
    `longest step ${parsed.longestMs.toFixed(1)} ms`,
    `lookup ${lookupNs(parsed).toFixed(0)} ns`,
    `${megabytes.toFixed(1)} MiB`,
  ]
  process.stdout.write(`${name.padEnd(20)} ${figures.join(', ')}\n`)
}

/** Prints one line for each form. */
export function run(): void {
  for (const [name, line] of Object.entries(FORMS)) measure(name, line)
}

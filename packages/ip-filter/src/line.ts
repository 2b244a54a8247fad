// One line of a list of addresses, in any of the forms that are in use:
//   001.002.003.000 - 001.002.003.255 , 000 , note    eMule; from level 128 on the range is allowed
//   note:1.2.3.0-1.2.3.255                            PeerGuardian
//   1.2.3.0/24                                        CIDR
//   1.2.3.4                                           one address
// with IPv6 in all of them, and whatever behind a `,`, `#` or `;`. Everything is linear in the length of the line.

import { ipWords } from './ip-words.ts'
import type { IpWords } from './ip-words.ts'

/** Addresses that follow one another; both ends are of one family and included. */
export interface IpRange {
  readonly first: IpWords
  readonly last: IpWords
}

/** Access levels from here on allow what they name. */
const FIRST_ALLOWED_LEVEL = 128

/** The range that a line blocks; `nothing` when it blocks none and is right, `junk` when it makes no sense. */
export function readLine(line: string): IpRange | 'nothing' | 'junk' {
  const text = line.trim()
  if (text === '' || text.startsWith('#') || text.startsWith('//') || text.startsWith(';')) return 'nothing'
  // A note may look like an address, so what makes sense as a whole goes first. In an IPv4 range there is no colon, so
  // the last one ends the note; where that makes no sense there may be IPv6 after the first one.
  return (
    readRange(text) ??
    readRange(text.slice(text.lastIndexOf(':') + 1)) ??
    readRange(text.slice(text.indexOf(':') + 1)) ??
    'junk'
  )
}

function readRange(text: string): IpRange | 'nothing' | undefined {
  const scanner = new Scanner(text)
  const first = scanner.ip()
  const last = first === undefined ? undefined : readLast(scanner, first)
  if (last === undefined || !scanner.isAtRest()) return undefined
  if (scanner.eat(',') && (scanner.number() ?? 0) >= FIRST_ALLOWED_LEVEL) return 'nothing'
  return first === undefined || !isInOrder(first, last[1]) ? undefined : { first: last[0], last: last[1] }
}

/** The ends of the range that `first` begins: a network's are other ones than were written. */
function readLast(scanner: Scanner, first: IpWords): readonly [first: IpWords, last: IpWords] | undefined {
  if (scanner.eat('/')) return networkOf(first, scanner.number())
  const isRange = scanner.eat('-')
  const last = isRange ? scanner.ip() : scanner.ipAfterComma()
  if (last === undefined) return isRange ? undefined : [first, first]
  return [first, last]
}

function networkOf(ip: IpWords, prefix: number | undefined): readonly [first: IpWords, last: IpWords] | undefined {
  if (prefix === undefined || prefix > 32 * ip.length) return undefined
  // Shifts count modulo 32, so a word without fixed bits is a case of its own.
  const masks = ip.map((_, i) =>
    prefix <= 32 * i ? 0xffff_ffff : prefix >= 32 * (i + 1) ? 0 : 0xffff_ffff >>> (prefix - 32 * i),
  )
  return [ip.map((word, i) => (word & ~masks[i]!) >>> 0), ip.map((word, i) => (word | masks[i]!) >>> 0)]
}

function isInOrder(first: IpWords, last: IpWords): boolean {
  if (first.length !== last.length) return false
  const differsAt = first.findIndex((word, i) => word !== last[i])
  return differsAt === -1 || first[differsAt]! < last[differsAt]!
}

/** Reads a line from left to right; blanks do not matter. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  eat(sign: string): boolean {
    this.#skipBlanks()
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  ip(): IpWords | undefined {
    return ipWords(this.#take(isIpCode))
  }

  /** The second address where a comma stands between the two; when none follows, nothing is read. */
  ipAfterComma(): IpWords | undefined {
    const from = this.#at
    const ip = this.eat(',') ? this.ip() : undefined
    if (ip === undefined) this.#at = from
    return ip
  }

  number(): number | undefined {
    const digits = this.#take(isDigitCode)
    return digits === '' ? undefined : Number(digits)
  }

  /** Whether here is the end, or something that nobody has to understand. */
  isAtRest(): boolean {
    this.#skipBlanks()
    const next = this.#text[this.#at]
    return next === undefined || next === ',' || next === '#' || next === ';'
  }

  #take(belongs: (code: number) => boolean): string {
    this.#skipBlanks()
    const from = this.#at
    while (this.#at < this.#text.length && belongs(this.#text.charCodeAt(this.#at))) this.#at++
    return this.#text.slice(from, this.#at)
  }

  #skipBlanks(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++
  }
}

function isDigitCode(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** `0-9 : . A-F a-f`: the colon comes right after the digits. */
function isIpCode(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x3a) || code === 0x2e || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66)
  )
}

// Makes a filter of a text that comes in parts, cut anywhere. What makes no sense is counted and passed over: lists are
// written by many hands. A text in which nothing makes sense is no filter.

import { invalid, tooLarge } from './errors.ts'
import { IpFilter } from './ip-filter.ts'
import { readLine } from './line.ts'
import { RangeList } from './range-list.ts'

/** As many lines as there may be ranges, of the usual length. */
const MAX_CHARACTERS = 536_870_912
/** Longer lines make no sense. */
const MAX_LINE_CHARACTERS = 4096
const MAX_PROBLEMS = 5
const MAX_PROBLEM_CHARACTERS = 80
/** UTF-8's, in the characters of Latin-1. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'

/** A line that makes no sense. */
export interface LineProblem {
  /** From 1. */
  readonly line: number
  /** The first characters. */
  readonly text: string
}

/** What was found in a list. */
export interface ParsedIpFilter {
  readonly filter: IpFilter
  /** Lines that make no sense. */
  readonly skippedLines: number
  /** The first of them. */
  readonly problems: readonly LineProblem[]
}

/**
 * Reads a list of addresses: eMule's `.dat`, PeerGuardian's `.p2p`, networks in CIDR form, mixed or not.
 *
 * @example
 * const parser = new IpFilterParser()
 * for await (const part of file) parser.push(part.toString('latin1'))
 * const steps = parser.finish()
 * let step = steps.next()
 * for (; step.done !== true; step = steps.next()) await setImmediate()
 * step.value.filter.isBlocked('192.0.2.7')
 */
export class IpFilterParser {
  readonly #v4 = new RangeList(1)
  readonly #v6 = new RangeList(4)
  readonly #problems: LineProblem[] = []
  #skippedLines = 0
  #lines = 0
  #isAnyRight = false
  #characters = 0
  /** The line that is not at its end yet; never longer than a line that makes sense. */
  #rest = ''

  /**
   * Takes more text, a character for each byte: 64 KiB take 2 ms.
   * @throws IP_FILTER_TOO_LARGE
   */
  push(text: string): void {
    this.#characters += text.length
    if (this.#characters > MAX_CHARACTERS) throw tooLarge('characters', MAX_CHARACTERS)
    let from = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#readLine(this.#rest + text.slice(from, end))
      this.#rest = ''
      from = end + 1
    }
    // One character more than is allowed, so that it is known to be too long.
    this.#rest = (this.#rest + text.slice(from)).slice(0, MAX_LINE_CHARACTERS + 1)
  }

  /**
   * The text is at its end; each `next` does a step of some milliseconds.
   * @throws IP_FILTER_TOO_LARGE, or IP_FILTER_INVALID when there are lines and none makes sense.
   */
  *finish(): Generator<void, ParsedIpFilter> {
    this.#readLine(this.#rest)
    const problem = this.#problems[0]
    if (problem !== undefined && !this.#isAnyRight) throw invalid(problem.line, problem.text)
    const v4 = yield* this.#v4.sorted()
    const v6 = yield* this.#v6.sorted()
    return { filter: new IpFilter(v4, v6), skippedLines: this.#skippedLines, problems: this.#problems }
  }

  #readLine(raw: string): void {
    this.#lines++
    const text = this.#lines === 1 && raw.startsWith(BYTE_ORDER_MARK) ? raw.slice(BYTE_ORDER_MARK.length) : raw
    const read = text.length > MAX_LINE_CHARACTERS ? 'junk' : readLine(text)
    if (read === 'junk') this.#skip(text)
    else if (read !== 'nothing') {
      this.#isAnyRight = true
      ;(read.first.length === 1 ? this.#v4 : this.#v6).add(read)
    }
  }

  #skip(text: string): void {
    this.#skippedLines++
    if (this.#problems.length === MAX_PROBLEMS) return
    this.#problems.push({ line: this.#lines, text: text.trim().slice(0, MAX_PROBLEM_CHARACTERS) })
  }
}

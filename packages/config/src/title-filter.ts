// Which titles of a feed are wanted.

import { PatternTester } from './pattern-tester.ts'

/** Tells by their titles which torrents of a feed are wanted; its patterns can be compared. */
export class TitleFilter {
  readonly include: string | undefined
  readonly exclude: string | undefined
  readonly #patterns = new PatternTester()
  #isTooSlow = false

  constructor(include?: string, exclude?: string) {
    this.include = include
    this.exclude = exclude
  }

  /** A pattern took too long for a title and was given up: nothing is wanted any more. */
  get isTooSlow(): boolean {
    return this.#isTooSlow
  }

  accepts(title: string): boolean {
    return !this.#matches(this.exclude, title, false) && this.#matches(this.include, title, true) && !this.#isTooSlow
  }

  #matches(pattern: string | undefined, title: string, otherwise: boolean): boolean {
    if (pattern === undefined || this.#isTooSlow) return otherwise
    const matches = this.#patterns.test(pattern, title)
    this.#isTooSlow ||= matches === undefined
    return matches === true
  }
}

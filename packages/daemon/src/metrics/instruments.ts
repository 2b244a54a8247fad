// What counts and measures between two scrapes. Every set of labels is bounded: beyond the bound, what is new is counted
// together under the value `other`, so that nobody can make the page grow.

import { numberText } from './metric-text.ts'
import type { Labels, MetricText } from './metric-text.ts'

const MAX_LABEL_SETS = 100

/** Something that writes itself as one family. */
export interface Instrument {
  write(out: MetricText): void
}

/** A name and what it means. */
export interface Description {
  readonly name: string
  readonly help: string
  /** Values of labels that are there from the start, so that a rate has a beginning. */
  readonly known?: readonly Labels[]
}

/** Values by labels, at most 100 of them. */
class LabelSets<T> {
  readonly #sets = new Map<string, { readonly labels: Labels; readonly value: T }>()
  readonly #make: () => T

  constructor(known: readonly Labels[], make: () => T) {
    this.#make = make
    for (const labels of known) this.get(labels)
  }

  get(labels: Labels): T {
    const key = Object.values(labels).join('\u0000')
    const found = this.#sets.get(key)
    if (found !== undefined) return found.value
    const isFull = this.#sets.size >= MAX_LABEL_SETS
    const others = Object.fromEntries(Object.keys(labels).map((name) => [name, 'other']))
    const isOther = Object.values(labels).every((value) => value === 'other')
    if (isFull && !isOther) return this.get(others)
    const value = this.#make()
    this.#sets.set(key, { labels, value })
    return value
  }

  [Symbol.iterator](): IterableIterator<{ readonly labels: Labels; readonly value: T }> {
    return this.#sets.values()
  }
}

/** A number that only grows, by labels. */
export class Counter implements Instrument {
  readonly #description: Description
  readonly #sets: LabelSets<{ count: number }>

  constructor(description: Description) {
    this.#description = description
    this.#sets = new LabelSets(description.known ?? [], () => ({ count: 0 }))
  }

  add(labels: Labels = {}, count = 1): void {
    this.#sets.get(labels).count += count
  }

  /** The sum over all labels. */
  get total(): number {
    return Array.from(this.#sets, ({ value }) => value.count).reduce((sum, count) => sum + count, 0)
  }

  write(out: MetricText): void {
    const { name, help } = this.#description
    out.family(name, 'counter', help)
    for (const { labels, value } of this.#sets) out.sample(name, labels, value.count)
  }
}

/** Upper bounds in seconds for what takes microseconds to seconds: work on this machine. */
export const WORK_BOUNDS: readonly number[] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
/** Upper bounds in seconds for what goes over a network. */
export const NETWORK_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

interface Distribution {
  /** How many were at most each bound and above the one before; the last are above all bounds. */
  readonly counts: Float64Array
  sum: number
}

/** How a quantity is distributed, by labels. */
export class Histogram implements Instrument {
  readonly #description: Description
  readonly #bounds: readonly number[]
  readonly #sets: LabelSets<Distribution>

  constructor(description: Description, bounds: readonly number[]) {
    this.#description = description
    this.#bounds = bounds
    const make = (): Distribution => ({ counts: new Float64Array(bounds.length + 1), sum: 0 })
    this.#sets = new LabelSets(description.known ?? [], make)
  }

  observe(value: number, labels: Labels = {}): void {
    const found = this.#sets.get(labels)
    const at = this.#bounds.findIndex((bound) => value <= bound)
    const index = at === -1 ? this.#bounds.length : at
    found.counts[index] = (found.counts[index] ?? 0) + 1
    found.sum += value
  }

  write(out: MetricText): void {
    const { name, help } = this.#description
    out.family(name, 'histogram', help)
    for (const { labels, value } of this.#sets) {
      let count = 0
      for (const [index, inside] of value.counts.entries()) {
        count += inside
        out.sample(`${name}_bucket`, { ...labels, le: numberText(this.#bounds[index] ?? Infinity) }, count)
      }
      out.sample(`${name}_sum`, labels, value.sum).sample(`${name}_count`, labels, count)
    }
  }
}

// The text format of Prometheus, version 0.0.4: families one after the other, each with its help, its type and its
// samples. Whoever writes gives label values as they are, hostile ones included.

/** What a family is. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary'

/** Labels of a sample; names are ours, values may be anybody's. */
export type Labels = Readonly<Record<string, string>>

/** Content type of the text. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const MAX_LABEL_VALUE_LENGTH = 500

/** Collects families as text. */
export class MetricText {
  readonly #parts: string[] = []

  /** Begins a family; its samples follow before another one begins. */
  family(name: string, type: MetricType, help: string): this {
    this.#parts.push(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`)
    return this
  }

  sample(name: string, labels: Labels, value: number): this {
    this.#parts.push(`${name}${labelText(labels)} ${numberText(value)}\n`)
    return this
  }

  /** A gauge with one sample without labels. */
  gauge(name: string, value: number, help: string): this {
    return this.family(name, 'gauge', help).sample(name, {}, value)
  }

  /** A counter with one sample without labels. */
  counter(name: string, value: number, help: string): this {
    return this.family(name, 'counter', help).sample(name, {}, value)
  }

  /** A gauge with a sample for each value of one label. */
  gaugeBy(name: string, label: string, values: Readonly<Record<string, number>>, help: string): this {
    return this.family(name, 'gauge', help).#samples(name, label, values)
  }

  /** A counter with a sample for each value of one label. */
  counterBy(name: string, label: string, values: Readonly<Record<string, number>>, help: string): this {
    return this.family(name, 'counter', help).#samples(name, label, values)
  }

  /** Whole lines that were made before. */
  lines(text: string): this {
    this.#parts.push(text)
    return this
  }

  toString(): string {
    return this.#parts.join('')
  }

  #samples(name: string, label: string, values: Readonly<Record<string, number>>): this {
    for (const [key, value] of Object.entries(values)) this.sample(name, { [label]: key }, value)
    return this
  }
}

/** `{name="value",…}`, or nothing without labels. */
export function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const NEEDS_CARE = /[\p{Cc}\\"]/u
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

/**
 * Escapes what the format wants escaped, and replaces what its readers stumble over: NUL ends their input, and text that is
 * no UTF-8 makes them refuse all of it. Cut at 500 characters.
 */
export function escapeLabelValue(value: string): string {
  const text = value.slice(0, MAX_LABEL_VALUE_LENGTH).toWellFormed()
  return NEEDS_CARE.test(text) ? Array.from(text, escapeCharacter).join('') : text
}

function escapeCharacter(character: string): string {
  if (!NEEDS_CARE.test(character)) return character
  return ESCAPES[character] ?? '\uFFFD'
}

/** A number as the format has it. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

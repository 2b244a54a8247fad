// `[[rule]]`: settings for the torrents that fit. All conditions of a rule have to hold; of what is not known about a
// torrent (the size behind a magnet link) no condition holds. A later rule goes before an earlier one.

import type { TorrentFacts } from '@ccbt/metainfo'
import type { Document } from './document.ts'
import { PatternTester } from './pattern-tester.ts'
import { isTable, likely, readKeys, readSettings, tableAt } from './read-settings.ts'
import { documentLayer } from './settings.ts'
import type { Layer } from './settings.ts'
import type { Value, ValueSpec } from './value.ts'

/** A condition of a rule, as the documentation has it. */
export type ConditionSpec = ValueSpec & { readonly description: string }

/** What `when` may ask for. */
export const CONDITIONS: Readonly<Record<string, ConditionSpec>> = {
  tracker: {
    type: 'host',
    maxLength: 253,
    description: "host name of one of its trackers; '*.' before it stands for any names",
  },
  name: {
    type: 'pattern',
    maxLength: 300,
    description: 'regular expression that matches somewhere in its name, in upper or lower case',
  },
  min_size: { type: 'size', min: '0', max: '8192T', description: 'it has at least this many bytes' },
  max_size: { type: 'size', min: '0', max: '8192T', description: 'it has at most this many bytes' },
  label: { type: 'text', maxLength: 100, description: 'one of its labels, unless that comes from a rule' },
  private: { type: 'boolean', description: 'whether it is private' },
  watch: { type: 'path', description: 'the `[[watch]]` folder that it was found in' },
}

/** A rule of a file. */
export interface Rule {
  readonly layer: Layer
  /** Where the rule begins: `file:line:column`. */
  readonly where: string
  readonly when: ReadonlyMap<string, Value>
}

/** The rules of a document, and what is wrong with them. */
export function readRules(document: Document): {
  readonly rules: readonly Rule[]
  readonly problems: readonly string[]
} {
  const raw = document.table['rule']
  if (raw === undefined) return { rules: [], problems: [] }
  if (!Array.isArray(raw) || !raw.every(isTable)) {
    return { rules: [], problems: [`${document.locate(['rule'])}: rules begin with a line [[rule]]`] }
  }
  const read = raw.map((_, index) => readRule(document, ['rule', String(index)]))
  return { rules: read.map(({ rule }) => rule), problems: read.flatMap(({ problems }) => problems) }
}

function readRule(document: Document, path: readonly string[]): { rule: Rule; problems: string[] } {
  const problems: string[] = []
  for (const [key, value] of Object.entries(tableAt(document.table, path))) {
    const where = document.locate([...path, key])
    if (key !== 'when' && key !== 'set') problems.push(`${where}: unknown key '${key}'${likely(key, ['when', 'set'])}`)
    else if (!isTable(value)) problems.push(`${where}: '${key}' must be a table such as { private = true }`)
  }
  const when = readKeys(document, [...path, 'when'], CONDITIONS)
  const set = readSettings({ document, path: [...path, 'set'], isForTorrent: true })
  if (when.values.size === 0 && when.problems.length === 0 && problems.length === 0) {
    problems.push(`${document.locate(path)}: the rule has no condition: when = { ... }`)
  }
  problems.push(...when.problems, ...set.problems)
  const layer = documentLayer('rule', document, set)
  return { rule: { layer, where: document.locate(path), when: when.values }, problems }
}

/**
 * Tells which rules a torrent fits. A pattern that needs more than 50 ms for a name is given up for good, and its rule
 * fits nothing any more.
 */
export class RuleMatcher {
  readonly rules: readonly Rule[]
  readonly #givenUp = new Set<Rule>()
  readonly #patterns = new PatternTester()
  /** The last answer of each rule: a torrent is often asked for twice, with its settings before and after a change. */
  readonly #last = new Map<Rule, { readonly name: string; readonly fits: boolean }>()

  constructor(rules: readonly Rule[]) {
    this.rules = rules
  }

  /** What was given up so far; each is one line that says where and why. */
  get problems(): readonly string[] {
    return Array.from(this.#givenUp, ({ where }) => `${where}: the name's pattern takes too long; the rule is left out`)
  }

  /** The rules that the torrent fits, in their order. */
  matching(facts: TorrentFacts): readonly Rule[] {
    return this.rules.filter((rule) =>
      Array.from(rule.when).every(([key, value]) => this.#holds(rule, key, value, facts)),
    )
  }

  #holds(rule: Rule, key: string, value: Value, facts: TorrentFacts): boolean {
    const { size } = facts
    switch (key) {
      case 'tracker':
        return facts.trackerHosts.some((host) => hostFits(host.toLowerCase(), String(value)))
      case 'name':
        return facts.name !== undefined && this.#nameFits(rule, String(value), facts.name)
      case 'min_size':
        return size !== undefined && size >= Number(value)
      case 'max_size':
        return size !== undefined && size <= Number(value)
      case 'label':
        return facts.labels?.some((label) => label === value) === true
      case 'watch':
        return facts.watchFolder === value
      default:
        return facts.isPrivate === value
    }
  }

  #nameFits(rule: Rule, pattern: string, name: string): boolean {
    if (this.#givenUp.has(rule)) return false
    const last = this.#last.get(rule)
    if (last?.name === name) return last.fits
    const fits = this.#patterns.test(pattern, name)
    if (fits === undefined) this.#givenUp.add(rule)
    this.#last.set(rule, { name, fits: fits === true })
    return fits === true
  }
}

function hostFits(host: string, wanted: string): boolean {
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted
}

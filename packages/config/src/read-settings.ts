// Reads the settings of a table: sections with keys, each checked against the schema. All problems are found, not only
// the first, and each says where it is and, for a name that nobody knows, which one is like it.

import { dirname } from 'node:path'
import type { Document, Table } from './document.ts'
import { nearest } from './nearest.ts'
import { isSettingKey, SCHEMA, SETTING_KEYS } from './schema.ts'
import type { SettingKey } from './schema.ts'
import { parseText, parseValue } from './value.ts'
import type { Parsed, Value, ValueSpec } from './value.ts'

/** A setting, and where in its document it is. */
export interface FoundSetting {
  readonly value: Value
  readonly path: readonly string[]
}

/** What a table has. */
export interface ReadSettings {
  readonly values: ReadonlyMap<SettingKey, FoundSetting>
  readonly problems: readonly string[]
}

/** Which table of a document is read. */
export interface TablePlace {
  readonly document: Document
  /** Keys that lead to the table; none for the whole document. */
  readonly path: readonly string[]
  /** Only settings that a torrent can have of its own. */
  readonly isForTorrent: boolean
  /** Top-level names that are no sections. */
  readonly others?: readonly string[]
}

/** Reads every section of the table. */
export function readSettings(place: TablePlace): ReadSettings {
  const { document, path, others = [] } = place
  const values = new Map<SettingKey, FoundSetting>()
  const problems: string[] = []
  for (const [section, content] of Object.entries(tableAt(document.table, path))) {
    if (others.includes(section)) continue
    const sectionPath = [...path, section]
    const isSection = SECTIONS.has(section)
    if (!isSection || !isTable(content)) {
      const what = isSection
        ? `'${section}' is a section: its settings follow a line [${section}]`
        : unknownSection(section, others)
      problems.push(`${document.locate(sectionPath)}: ${what}`)
      continue
    }
    for (const [key, raw] of Object.entries(content)) {
      const keyPath = [...sectionPath, key]
      const read = readSetting(`${section}.${key}`, raw, place)
      if (typeof read === 'string') problems.push(`${document.locate(keyPath, 'key')}: ${read}`)
      else if ('problem' in read) {
        problems.push(`${document.locate(keyPath, 'value')}: ${section}.${key} ${read.problem}`)
      } else values.set(read.key, { value: read.value, path: keyPath })
    }
  }
  return { values, problems }
}

function readSetting(
  name: string,
  raw: unknown,
  { document, isForTorrent }: TablePlace,
): string | ({ readonly key: SettingKey } & Parsed) {
  if (!isSettingKey(name)) return unknownKey(name)
  if (isForTorrent && SCHEMA[name].scope !== 'torrent') return `${name} is for all torrents together, not for one`
  return { key: name, ...parseValue(SCHEMA[name], raw, dirname(document.path)) }
}

/** Reads the keys of a table by a schema of its own; the same problems as {@link readSettings}. */
export function readKeys(
  document: Document,
  path: readonly string[],
  specs: Readonly<Record<string, ValueSpec>>,
): { readonly values: ReadonlyMap<string, Value>; readonly problems: readonly string[] } {
  const values = new Map<string, Value>()
  const problems: string[] = []
  for (const [key, raw] of Object.entries(tableAt(document.table, path))) {
    const spec = Object.hasOwn(specs, key) ? specs[key] : undefined
    if (spec === undefined) {
      problems.push(`${document.locate([...path, key])}: unknown key '${key}'${likely(key, Object.keys(specs))}`)
      continue
    }
    const parsed = parseValue(spec, raw, dirname(document.path))
    if ('value' in parsed) values.set(key, parsed.value)
    else problems.push(`${document.locate([...path, key], 'value')}: ${key} ${parsed.problem}`)
  }
  return { values, problems }
}

/** Reads a setting that is given as text and not in a file; relative paths are those of `folder`. */
export function readText(name: string, text: string, folder: string): ({ readonly key: SettingKey } & Parsed) | string {
  if (!isSettingKey(name)) return unknownKey(name)
  if (SCHEMA[name].isFileOnly === true) return { key: name, problem: 'can be set in the configuration file only' }
  return { key: name, ...parseText(SCHEMA[name], text, folder) }
}

/** `unknown key 'limits.downlod', did you mean 'limits.download'?` */
export function unknownKey(name: string): string {
  return `unknown key '${name}'${likely(name, SETTING_KEYS)}`
}

/** A key without its section is a common slip, and so is a wrong section name. */
function unknownSection(name: string, others: readonly string[]): string {
  const inSection = SETTING_KEYS.find((key) => key.endsWith(`.${name}`))
  if (inSection !== undefined) return `unknown key '${name}', did you mean '${inSection}'?`
  return `unknown section '${name}'${likely(name, [...SECTIONS, ...others])}`
}

/** The end of a message about an unknown name. */
export function likely(name: string, known: Iterable<string>): string {
  const found = nearest(name, known)
  return found === undefined ? '' : `, did you mean '${found}'?`
}

const SECTIONS: ReadonlySet<string> = new Set(SETTING_KEYS.map((key) => key.slice(0, key.indexOf('.'))))

/** The table that `path` leads to; an empty one when it leads to none. */
export function tableAt(table: Table, path: readonly string[]): Table {
  let found: unknown = table
  for (const key of path) {
    if (Array.isArray(found)) found = found[Number(key)]
    else found = isTable(found) && Object.hasOwn(found, key) ? found[key] : undefined
  }
  return isTable(found) ? found : {}
}

/** Whether a value of a document is a table. */
export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

// The two ways in which one request is written: Transmission's own (up to version 17: kebab-case, camelCase) and JSON-RPC
// 2.0 of version 18 (snake_case throughout). Methods know the names of the first; this translates.

import { isArguments } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import { METHODS } from './methods.ts'
import { TORRENT_FIELDS } from './torrent-fields.ts'

/** Arguments that methods take, besides those that are named like fields. */
const ARGUMENT_NAMES: readonly string[] = [
  'ids',
  'fields',
  'format',
  'filename',
  'metainfo',
  'cookies',
  'paused',
  'download-dir',
  'files-wanted',
  'files-unwanted',
  'priority-high',
  'priority-low',
  'priority-normal',
  'delete-local-data',
  'location',
  'move',
  'path',
  'name',
  'trackerAdd',
  'trackerRemove',
  'trackerReplace',
]

/** Keys of the session that the two write in ways which no rule leads between. */
const SESSION_NAMES: readonly string[] = ['seedRatioLimit', 'seedRatioLimited']

const FIELD_BY_SNAKE = bySnake(Object.keys(TORRENT_FIELDS).filter((name) => name !== 'file-count'))
const ARGUMENT_BY_SNAKE = bySnake([...Object.keys(TORRENT_FIELDS), ...ARGUMENT_NAMES, ...SESSION_NAMES])
const METHOD_BY_SNAKE = bySnake(Object.keys(METHODS))

/** `hashString`, `peer-limit` and `isUTP` as `hash_string`, `peer_limit` and `is_utp`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll('-', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

function bySnake(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [snakeCase(name), name]))
}

/** The method of a name in snake_case. */
export function methodOf(name: string): string | undefined {
  return METHOD_BY_SNAKE.get(name)
}

/** Arguments in the names that methods know. Session keys are in kebab-case there. */
export function toLegacy(method: string, params: Arguments): Arguments {
  const isSession = method.startsWith('session-')
  const nameOf = (snake: string): string => {
    if (isSession && !SESSION_NAMES.some((name) => snakeCase(name) === snake)) return snake.replaceAll('_', '-')
    return ARGUMENT_BY_SNAKE.get(snake) ?? snake
  }
  const args = Object.fromEntries(Object.entries(params).map(([name, value]) => [nameOf(name), value]))
  const { ids, fields } = args
  return {
    ...args,
    ...(ids === 'recently_active' ? { ids: 'recently-active' } : {}),
    ...(Array.isArray(fields) ? { fields: fields.map((field: unknown) => legacyField(method, field, nameOf)) } : {}),
  }
}

function legacyField(method: string, field: unknown, nameOf: (snake: string) => string): unknown {
  if (typeof field !== 'string') return field
  return method === 'torrent-get' ? (FIELD_BY_SNAKE.get(field) ?? field) : nameOf(field)
}

/** An answer in snake_case, with truth values where the older version has 0 and 1. */
export function toSnake(method: string, answer: Arguments): Arguments {
  const { torrents } = answer
  if (method !== 'torrent-get' || !Array.isArray(torrents)) return snakeKeys(answer)
  const rows: readonly unknown[] = torrents
  const isTable = Array.isArray(rows[0])
  return { ...answer, torrents: isTable ? snakeTable(rows as readonly (readonly unknown[])[]) : rows.map(snakeValue) }
}

/** The first row has the names. */
function snakeTable([names = [], ...rows]: readonly (readonly unknown[])[]): unknown[][] {
  const wanted = names.indexOf('wanted')
  const value = (item: unknown, column: number): unknown => (column === wanted ? flags(item) : snakeValue(item))
  return [names.map((name) => snakeCase(String(name))), ...rows.map((row) => row.map(value))]
}

function snakeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeValue)
  return isArguments(value) ? snakeKeys(value) : value
}

function snakeKeys(value: Arguments): Arguments {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [snakeCase(name), name === 'wanted' ? flags(item) : snakeValue(item)]),
  )
}

function flags(value: unknown): unknown {
  return Array.isArray(value) ? value.map(Boolean) : value
}

// What of the configuration goes over the network: which settings may be changed from there, and values without secrets.
// Closed by kind, so that a new setting of a program, a folder or remote control itself is closed without a word here.

import { SCHEMA } from './schema.ts'
import type { SettingKey } from './schema.ts'
import { formatValue } from './value.ts'
import type { Value } from './value.ts'

/** Programs, files, and places that are told of things. */
const CLOSED_ITEMS: ReadonlySet<string> = new Set(['argument', 'path', 'url', 'tracker'])

/** Whether a setting is changed on the daemon's own machine only. */
export function isClosed(key: SettingKey): boolean {
  const spec = SCHEMA[key]
  if (spec.type === 'path' || (spec.type === 'list' && CLOSED_ITEMS.has(spec.items))) return true
  return key.startsWith('daemon.') || CLOSED_KEYS.has(key)
}

/** One opens an address without a password; with a wrong one of the others the daemon does not start again. */
const CLOSED_KEYS: ReadonlySet<SettingKey> = new Set(['metrics.listen', 'network.bind', 'network.interface'])

/** A value without what may be a secret in it. */
export interface MaskedValue {
  /** As a file has it, without quotes. */
  readonly text: string
  /** Something was left out. */
  readonly isMasked: boolean
}

const MASK = '***'

/** The value without passwords, paths of URLs, and arguments of programs. */
export function maskedValue(key: SettingKey, value: Value): MaskedValue {
  const spec = SCHEMA[key]
  const written = formatValue(spec, value)
  if (spec.type === 'proxy') return { text: written, isMasked: written.includes(MASK) }
  const text = spec.type === 'list' && typeof value === 'object' ? maskedList(spec.items, value) : written
  return { text, isMasked: text !== written }
}

function maskedList(items: string, values: readonly string[]): string {
  if (items === 'url' || items === 'tracker') return values.map(withoutPath).join(', ')
  return values.map((value, index) => (items === 'argument' && index > 0 ? MASK : value)).join(', ')
}

function withoutPath(text: string): string {
  const { username, pathname, search, protocol, host } = new URL(text)
  return username === '' && pathname === '/' && search === '' ? text : `${protocol}//${host}/${MASK}`
}

// The schema for editors: JSON Schema draft 7, which editors apply to TOML as well.

import { ALERT_KEYS } from './alerts.ts'
import { FEED_KEYS, HOOK_KEYS, LABEL_KEYS, WATCH_KEYS } from './automation.ts'
import { sections } from './reference.ts'
import { CONDITIONS } from './rules.ts'
import { SCHEMA } from './schema.ts'
import type { SettingKey } from './schema.ts'
import type { ItemType, ValueSpec } from './value.ts'

type Json = boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The JSON schema of a configuration file; that of a torrent's own file is its definition `torrent`. */
export function jsonSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of ccbt',
    ...object({
      ...settings(() => true),
      profiles: { type: 'object', additionalProperties: object(settings(() => true)) },
      rule: {
        type: 'array',
        items: { ...object({ when: conditions(), set: { $ref: '#/definitions/torrent' } }), required: ['when'] },
      },
      alert: { type: 'array', items: { ...object(specs(ALERT_KEYS)), required: ['name'] } },
      watch: { type: 'array', items: { ...object(specs(WATCH_KEYS)), required: ['path'] } },
      feed: { type: 'array', items: { ...object(specs(FEED_KEYS)), required: ['url'] } },
      labels: { type: 'object', additionalProperties: object(specs(LABEL_KEYS)) },
      hooks: object(specs(HOOK_KEYS)),
    }),
    definitions: { torrent: object(settings((key) => SCHEMA[key].scope === 'torrent')) },
  }
}

function settings(isIncluded: (key: SettingKey) => boolean): Record<string, Json> {
  const found: Record<string, Json> = {}
  for (const [section, keys] of sections()) {
    const included = keys.filter(isIncluded)
    if (included.length === 0) continue
    found[section] = object(
      Object.fromEntries(included.map((key) => [key.slice(section.length + 1), described(SCHEMA[key])])),
    )
  }
  return found
}

function conditions(): Json {
  return { ...object(specs(CONDITIONS)), minProperties: 1 }
}

function specs(table: Readonly<Record<string, ValueSpec & { readonly description: string }>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, described(spec)]))
}

function object(properties: Record<string, Json>): { readonly [key: string]: Json } {
  return { type: 'object', additionalProperties: false, properties }
}

function described(spec: ValueSpec & { readonly description: string }): Json {
  // Those of plain numbers are part of the type.
  const hasUnit = spec.type === 'size' || spec.type === 'rate' || spec.type === 'time'
  const bounds = hasUnit ? ` (${spec.min} to ${spec.max})` : ''
  return {
    description: `${spec.description}${bounds}`,
    ...typeOf(spec),
    ...(spec.default === undefined ? {} : { default: spec.default }),
  }
}

const SIZE = '^\\s*\\d+(\\.\\d+)? ?[kKmMgGtT]?i?[bB]?'
const ITEMS: Readonly<Record<ItemType, Json>> = {
  endpoint: { type: 'string', pattern: ':\\d{1,5}$' },
  url: { type: 'string', pattern: '^[hH][tT][tT][pP][sS]?://' },
  tracker: { type: 'string', pattern: '^([hH][tT][tT][pP][sS]?|[uU][dD][pP])://' },
  glob: { type: 'string', minLength: 1, maxLength: 300 },
  path: { type: 'string', minLength: 1 },
  hours: { type: 'string', pattern: '^([a-zA-Z]{3}(-[a-zA-Z]{3})?|[dD]aily) \\d\\d:\\d\\d-\\d\\d:\\d\\d$' },
  host: { type: 'string', pattern: '^[\\w.-]+$' },
  network: { type: 'string', pattern: '^[\\da-fA-F:.]+(/\\d{1,3})?$' },
  area: { type: 'string', pattern: '^[a-z-]{1,30}=(debug|info|warning|error)$' },
  argument: { type: 'string', minLength: 1, maxLength: 4096 },
  traffic: { type: 'string', enum: ['peers', 'trackers', 'web'] },
}

function typeOf(spec: ValueSpec): { readonly [key: string]: Json } {
  switch (spec.type) {
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
    case 'number':
      return { type: spec.type, minimum: spec.min, maximum: spec.max }
    case 'size':
      return measure(`${SIZE}\\s*$`)
    case 'rate':
      return measure(`${SIZE}(/[sS])?\\s*$`)
    case 'time':
      return measure('^\\s*\\d+(\\.\\d+)? ?[sSmMhHdD]?\\s*$')
    case 'choice':
      return { enum: spec.choices }
    case 'text':
    case 'pattern':
    case 'host':
      return textOf(spec)
    case 'proxy':
      return { type: 'string', pattern: '^([sS][oO][cC][kK][sS]5[hH]?|[hH][tT][tT][pP])://' }
    case 'path':
    case 'ip':
      return { type: 'string', minLength: 1 }
    case 'list':
      return { type: 'array', maxItems: spec.maxItems, items: ITEMS[spec.items] }
  }
}

function textOf({ maxLength, form }: Extract<ValueSpec, { readonly maxLength: number }>): Record<string, Json> {
  const pattern = form === undefined ? {} : { pattern: form.pattern }
  return { type: 'string', minLength: 1, maxLength, ...pattern }
}

function measure(pattern: string): { readonly [key: string]: Json } {
  return {
    anyOf: [
      { type: 'number', minimum: 0 },
      { type: 'string', pattern },
    ],
  }
}

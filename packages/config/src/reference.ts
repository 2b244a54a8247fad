// What the schema says in the forms that people and editors read: the reference page, a file to begin with.

import { ALERT_KEYS } from './alerts.ts'
import { FEED_KEYS, HOOK_KEYS, LABEL_KEYS, WATCH_KEYS } from './automation.ts'
import type { TableKeySpec } from './automation.ts'
import { CONDITIONS } from './rules.ts'
import { SCHEMA, SETTING_KEYS } from './schema.ts'
import type { KeySpec, SettingKey } from './schema.ts'
import type { ItemType, ValueSpec } from './value.ts'

/** The sections with their settings, in the order of the schema. */
export function sections(): ReadonlyMap<string, readonly SettingKey[]> {
  return Map.groupBy(SETTING_KEYS, (key) => key.slice(0, key.indexOf('.')))
}

/** The reference part of docs/configuration.md: every setting, condition of rules and key of other tables. */
export function referenceMarkdown(): string {
  const parts = Array.from(sections(), ([section, keys]) => [
    `### \`[${section}]\``,
    '',
    '| key | value | default | of a torrent | change | meaning |',
    '|---|---|---|---|---|---|',
    ...keys.map((key) => row(key, SCHEMA[key])),
    '',
  ])
  const conditions = Object.entries(CONDITIONS).map(
    ([name, spec]) => `| \`${name}\` | ${typeText(spec)} | ${spec.description} |`,
  )
  const rules = ['### `when` of a `[[rule]]`', '', '| condition | value | fits a torrent when |', '|---|---|---|']
  const tables = OTHER_TABLES.map(([title, keys]) => tableText(title, keys))
  return `${[...parts.flat(), ...rules, ...conditions, '', tables.join('\n\n')].join('\n')}\n`
}

const OTHER_TABLES: readonly (readonly [string, Readonly<Record<string, TableKeySpec>>])[] = [
  ['[[alert]]', ALERT_KEYS],
  ['[[watch]]', WATCH_KEYS],
  ['[[feed]]', FEED_KEYS],
  ['[labels.NAME]', LABEL_KEYS],
  ['[hooks]', HOOK_KEYS],
]

function tableText(title: string, keys: Readonly<Record<string, TableKeySpec>>): string {
  const rows = Object.entries(keys).map(([name, spec]) => {
    return `| ${[`\`${name}\``, typeText(spec), defaultText(spec), spec.description].join(' | ')} |`
  })
  return [`### \`${title}\``, '', '| key | value | default | meaning |', '|---|---|---|---|'].concat(rows).join('\n')
}

function row(key: SettingKey, spec: KeySpec): string {
  const name = key.slice(key.indexOf('.') + 1)
  const cells = [`\`${name}\``, typeText(spec), defaultText(spec), spec.scope === 'torrent' ? 'yes' : '', spec.apply]
  return `| ${[...cells, spec.description].join(' | ')} |`
}

function defaultText(spec: ValueSpec): string {
  return spec.default === undefined ? '' : `\`${tomlText(spec.default)}\``
}

const ITEM_NAMES: Readonly<Record<ItemType, string>> = {
  endpoint: '`"host:port"`',
  url: 'http(s) addresses',
  tracker: 'http(s) and udp addresses',
  glob: 'patterns',
  path: 'paths',
  hours: '`"mon-fri 08:00-18:00"`',
  host: 'host names',
  network: 'addresses or networks',
  area: '`"peer=debug"`',
  argument: 'texts',
  traffic: '`"peers"`, `"trackers"`, `"web"`',
}

const NAMES = {
  boolean: '`true` or `false`',
  ip: 'IP address',
  proxy: '`"socks5://user:password@host:port"` or `"http://..."`',
  path: 'path',
  text: 'text',
  pattern: 'regular expression',
  host: 'host',
} as const

function typeText(spec: ValueSpec): string {
  switch (spec.type) {
    case 'choice':
      return spec.choices.map((choice) => `\`"${choice}"\``).join(', ')
    case 'list':
      return `list of ${ITEM_NAMES[spec.items]}, ${spec.maxItems} at most`
    case 'integer':
    case 'number':
    case 'size':
    case 'rate':
    case 'time':
      return `${spec.type}, ${spec.min} to ${spec.max}`
    case 'text':
    case 'pattern':
    case 'host':
      return `${NAMES[spec.type]}, ${spec.maxLength} characters at most`
    case 'boolean':
    case 'ip':
    case 'proxy':
    case 'path':
      return NAMES[spec.type]
  }
}

/** A file with every setting as a remark: what `ccbt config init` writes. */
export function sampleFile(): string {
  const intro = [
    '# Settings of ccbt. Lines that begin with # are remarks; a setting counts when its # is taken away.',
    '# Sizes and rates: 512K, 10M, 1.5GiB, 2 MB/s (K = 1000, Ki = 1024). Times: 30s, 10m, 2h, 7d.',
    "# 'ccbt config check' says what is wrong with it, 'ccbt config show' what counts and where it comes from.",
    '',
  ]
  const body = Array.from(sections(), ([section, keys]) => [
    `[${section}]`,
    ...keys.flatMap((key) => sampleLines(key, SCHEMA[key])),
    '',
  ])
  return [...intro, ...body.flat(), ...SAMPLE_END].join('\n')
}

function sampleLines(key: SettingKey, spec: KeySpec): string[] {
  const name = key.slice(key.indexOf('.') + 1)
  const bounds = 'min' in spec ? ` (${spec.min} to ${spec.max})` : ''
  return [`# ${spec.description}${bounds}`, `#${name} = ${tomlText(spec.default ?? EXAMPLES[spec.type])}`]
}

const EXAMPLES: Readonly<Record<ValueSpec['type'], boolean | number | string | readonly string[]>> = {
  boolean: true,
  integer: 2,
  number: 2,
  size: '1GiB',
  rate: '10M',
  time: '7d',
  choice: '',
  text: 'text',
  pattern: '.',
  host: 'tracker.example.org',
  path: '/path',
  ip: '192.0.2.1',
  proxy: 'socks5://127.0.0.1:1080',
  list: [],
}

const SAMPLE_END = [
  '# Settings for some torrents only: the later rule goes before the earlier.',
  '#[[rule]]',
  '#when = { tracker = "*.example.org", min_size = "1GiB" }',
  '#set = { seeding.ratio = 2 }',
  '',
  '# What should worry somebody, besides the defaults.',
  '#[[alert]]',
  '#name = "slow"',
  '#metric = "download_rate"',
  '#below = "100K"',
  '#for = "1h"',
  '',
  '# Torrent files that appear in a folder are added.',
  '#[[watch]]',
  '#path = "/srv/watch"',
  '#label = "linux"',
  '',
  '# Torrents of a feed are added.',
  '#[[feed]]',
  '#url = "https://example.org/feed.xml"',
  '#include = "amd64"',
  '',
  '# Where torrents with a label go.',
  '#[labels.linux]',
  '#directory = "/srv/linux"',
  '',
  '# A program that runs when a download is complete.',
  '#[hooks]',
  '#on_complete = ["/usr/local/bin/downloaded"]',
  '',
  "# Settings that count with '--profile night'.",
  '#[profiles.night.limits]',
  '#download = "0"',
  '',
]

/** A value as TOML: JSON's strings and lists are TOML's as well. */
function tomlText(value: boolean | number | string | readonly string[]): string {
  return typeof value === 'object' ? `[${value.map(tomlText).join(', ')}]` : JSON.stringify(value)
}

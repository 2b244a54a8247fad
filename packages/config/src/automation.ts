// What a daemon does by itself: `[[watch]]`, `[[feed]]`, `[labels.NAME]` and `[hooks]`. These are tables and no settings, so
// that they stand in files alone: neither a variable nor an argument nor remote control names a program or a folder here.

import { isAbsolute } from 'node:path'
import type { Document } from './document.ts'
import { isTable, readKeys, tableAt } from './read-settings.ts'
import { TitleFilter } from './title-filter.ts'
import { parseValue } from './value.ts'
import type { Value, ValueSpec } from './value.ts'

/** A key of one of the tables, as the documentation has it. */
export type TableKeySpec = ValueSpec & { readonly description: string }

type Keys = Readonly<Record<string, TableKeySpec>>

const LABEL = { type: 'text', maxLength: 100, description: 'label of the torrents' } as const
const DIRECTORY = {
  type: 'path',
  description: 'folder that they go into; not set = that of the label, or paths.download',
} as const

const RATE = { type: 'rate', min: '0', max: '1T' } as const

/** The keys of a `[[watch]]`. */
export const WATCH_KEYS: Keys = {
  path: { type: 'path', description: 'folder whose torrent files (`*.torrent`) and links (`*.magnet`) are added' },
  label: LABEL,
  directory: DIRECTORY,
  after: {
    type: 'choice',
    choices: ['rename', 'delete'],
    default: 'rename',
    description: 'what happens to a file that was added: it gets the ending `.added`, or goes',
  },
}

/** The keys of a `[[feed]]`. */
export const FEED_KEYS: Keys = {
  url: {
    type: 'text',
    maxLength: 2000,
    form: { pattern: '^https?://[^/\\s]\\S*$', name: 'an http or https address' },
    description: 'address of the feed (RSS or Atom)',
  },
  interval: { type: 'time', min: '1m', max: '30d', default: '30m', description: 'time between two looks at it' },
  include: {
    type: 'pattern',
    maxLength: 300,
    description: 'regular expression that matches somewhere in the titles of what is added; not set = all',
  },
  exclude: { type: 'pattern', maxLength: 300, description: 'the same for what is not added' },
  min_size: { type: 'size', min: '0', max: '8192T', description: 'torrents have at least so many bytes' },
  max_size: { type: 'size', min: '0', max: '8192T', description: 'torrents have at most so many bytes' },
  once_per_episode: {
    type: 'boolean',
    default: false,
    description: 'of a series each episode only once, told by `S01E02`, `1x02` or a date in the title',
  },
  label: LABEL,
  directory: DIRECTORY,
  allow_http: { type: 'boolean', default: false, description: 'whether it and its links may be http' },
  allow_local: {
    type: 'boolean',
    default: false,
    description: 'whether it and its links may be on this machine and its networks',
  },
}

/** The keys of a `[labels.NAME]`. */
export const LABEL_KEYS: Keys = {
  directory: { type: 'path', description: 'folder that torrents with this label go into, unless one is named' },
  download: { ...RATE, description: 'bytes per second over all torrents whose first label it is; 0 = no limit' },
  upload: { ...RATE, description: 'bytes per second over all torrents whose first label it is; 0 = no limit' },
}

/** The keys of `[hooks]`. */
export const HOOK_KEYS: Keys = {
  on_complete: {
    type: 'list',
    items: 'argument',
    maxItems: 50,
    description: 'program that runs when a download is complete, by its absolute path, with its arguments',
  },
  timeout: { type: 'time', min: '1s', max: '7d', default: '1h', description: 'it is ended after so long' },
}

/** A folder whose torrents are added. */
export interface WatchedFolder {
  readonly path: string
  readonly label?: string
  readonly directory?: string
  readonly after: 'rename' | 'delete'
}

/** A feed whose torrents are added. */
export interface FeedDefinition {
  readonly url: string
  readonly intervalMs: number
  readonly titles: TitleFilter
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly isOncePerEpisode: boolean
  readonly label?: string
  readonly directory?: string
  readonly allowsHttp: boolean
  readonly allowsLocal: boolean
}

/** A program and how long it may run. */
export interface HookProgram {
  /** The first is its absolute path. */
  readonly command: readonly [string, ...string[]]
  readonly timeoutMs: number
}

/** Bytes per second over all torrents with a label, 0 = no limit; absent = not set. */
export interface LabelLimits {
  readonly downloadBps?: number
  readonly uploadBps?: number
}

/** What a daemon does by itself. */
export interface Automation {
  readonly watch: readonly WatchedFolder[]
  readonly feeds: readonly FeedDefinition[]
  /** Folders by label. */
  readonly labels: ReadonlyMap<string, string>
  readonly labelLimits: ReadonlyMap<string, LabelLimits>
  readonly onComplete?: HookProgram
}

/** Top-level names of these tables. */
export const AUTOMATION_TABLES = ['watch', 'feed', 'labels', 'hooks'] as const

/** The tables of a document, and what is wrong with them. */
export function readAutomation(document: Document): {
  readonly automation: Automation
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const watch = readTables(document, { name: 'watch', keys: WATCH_KEYS, problemOf: watchProblem }, problems)
  const feeds = readTables(document, { name: 'feed', keys: FEED_KEYS, problemOf: feedProblem }, problems)
  const { labels, labelLimits } = readLabels(document, problems)
  const onComplete = readHooks(document, problems)
  const automation = { watch: watch.map(watchOf), feeds: feeds.map(feedOf), labels, labelLimits }
  return { automation: { ...automation, ...(onComplete === undefined ? {} : { onComplete }) }, problems }
}

/** Those of all files together; a label or program of a later one replaces that of an earlier one. */
export function mergeAutomation(all: readonly Automation[]): Automation {
  const onComplete = all.findLast((one) => one.onComplete !== undefined)?.onComplete
  return {
    watch: all.flatMap(({ watch }) => watch),
    feeds: all.flatMap(({ feeds }) => feeds),
    labels: new Map(all.flatMap(({ labels }) => [...labels])),
    labelLimits: mergeLimits(all),
    ...(onComplete === undefined ? {} : { onComplete }),
  }
}

function mergeLimits(all: readonly Automation[]): Map<string, LabelLimits> {
  const merged = new Map<string, LabelLimits>()
  for (const [label, limits] of all.flatMap(({ labelLimits }) => [...labelLimits])) {
    merged.set(label, { ...merged.get(label), ...limits })
  }
  return merged
}

type Values = ReadonlyMap<string, Value>

interface TableKind {
  readonly name: string
  readonly keys: Keys
  readonly problemOf: (values: Values) => string | undefined
}

/** The tables of an array that are without a problem. */
function readTables(document: Document, { name, keys, problemOf }: TableKind, problems: string[]): Values[] {
  const raw = document.table[name]
  if (raw === undefined) return []
  if (!Array.isArray(raw) || !raw.every(isTable)) {
    problems.push(`${document.locate([name])}: each begins with a line [[${name}]]`)
    return []
  }
  return raw.flatMap((_, index) => {
    const path = [name, String(index)]
    const read = readWithDefaults(document, path, keys)
    const problem = read.problems.length === 0 ? problemOf(read.values) : undefined
    problems.push(...read.problems, ...(problem === undefined ? [] : [`${document.locate(path)}: ${problem}`]))
    return read.problems.length === 0 && problem === undefined ? [read.values] : []
  })
}

function readWithDefaults(document: Document, path: readonly string[], keys: Keys): ReturnType<typeof readKeys> {
  const { values, problems } = readKeys(document, path, keys)
  const defaults = Object.entries(keys).flatMap(([key, spec]) => {
    const parsed = spec.default === undefined ? undefined : parseValue(spec, spec.default, '')
    return parsed !== undefined && 'value' in parsed ? [[key, parsed.value] as const] : []
  })
  return { values: new Map([...defaults, ...values]), problems }
}

function watchProblem(values: Values): string | undefined {
  return values.has('path') ? undefined : 'a watch needs a path'
}

function feedProblem(values: Values): string | undefined {
  const url = values.get('url')
  if (url === undefined) return 'a feed needs a url'
  if (values.get('allow_http') === true || !String(url).startsWith('http:')) return undefined
  return 'a feed over http needs allow_http = true: who is on the way chooses what is downloaded'
}

function watchOf(values: Values): WatchedFolder {
  return {
    path: String(values.get('path')),
    after: values.get('after') === 'delete' ? 'delete' : 'rename',
    ...placeOf(values),
  }
}

function feedOf(values: Values): FeedDefinition {
  const [include, exclude] = [textOf(values, 'include'), textOf(values, 'exclude')]
  const [minBytes, maxBytes] = [values.get('min_size'), values.get('max_size')]
  return {
    url: String(values.get('url')),
    intervalMs: Number(values.get('interval')),
    titles: new TitleFilter(include, exclude),
    ...(minBytes === undefined ? {} : { minBytes: Number(minBytes) }),
    ...(maxBytes === undefined ? {} : { maxBytes: Number(maxBytes) }),
    isOncePerEpisode: values.get('once_per_episode') === true,
    allowsHttp: values.get('allow_http') === true,
    allowsLocal: values.get('allow_local') === true,
    ...placeOf(values),
  }
}

function placeOf(values: Values): { readonly label?: string; readonly directory?: string } {
  const [label, directory] = [textOf(values, 'label'), textOf(values, 'directory')]
  return { ...(label === undefined ? {} : { label }), ...(directory === undefined ? {} : { directory }) }
}

function textOf(values: Values, key: string): string | undefined {
  const value = values.get(key)
  return value === undefined ? undefined : String(value)
}

function readLabels(document: Document, problems: string[]): Pick<Automation, 'labels' | 'labelLimits'> {
  const labels = new Map<string, string>()
  const labelLimits = new Map<string, LabelLimits>()
  const { labels: raw = {} } = document.table
  if (!isTable(raw)) problems.push(`${document.locate(['labels'])}: labels begin with a line [labels.NAME]`)
  for (const [name, content] of Object.entries(tableAt(document.table, ['labels']))) {
    if (!isTable(content)) {
      problems.push(`${document.locate(['labels', name])}: a label begins with a line [labels.${name}]`)
      continue
    }
    const read = readKeys(document, ['labels', name], LABEL_KEYS)
    problems.push(...read.problems)
    const directory = textOf(read.values, 'directory')
    if (directory !== undefined) labels.set(name, directory)
    const limits = limitsOf(read.values)
    if (Object.keys(limits).length > 0) labelLimits.set(name, limits)
  }
  return { labels, labelLimits }
}

function limitsOf(values: Values): LabelLimits {
  const [download, upload] = [values.get('download'), values.get('upload')]
  return {
    ...(download === undefined ? {} : { downloadBps: Number(download) }),
    ...(upload === undefined ? {} : { uploadBps: Number(upload) }),
  }
}

function readHooks(document: Document, problems: string[]): HookProgram | undefined {
  const { hooks: raw = {} } = document.table
  if (!isTable(raw)) problems.push(`${document.locate(['hooks'])}: hooks begin with a line [hooks]`)
  const read = readWithDefaults(document, ['hooks'], HOOK_KEYS)
  problems.push(...read.problems)
  const command = read.values.get('on_complete')
  if (typeof command !== 'object') return undefined
  const [program = '', ...words] = command
  if (isAbsolute(program)) return { command: [program, ...words], timeoutMs: Number(read.values.get('timeout')) }
  problems.push(`${document.locate(['hooks', 'on_complete'], 'value')}: hooks.on_complete begins with an absolute path`)
  return undefined
}

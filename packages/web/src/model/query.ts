// Which torrents the list shows and in which order.

import type { Phase, TorrentRow } from '@ccbt/rpc-client'

/** Groups of the side bar: each phase is in `all`, and those of a kind together. */
export const STATUS_FILTERS = [
  { key: 'all', title: 'All', phases: undefined },
  { key: 'downloading', title: 'Downloading', phases: ['downloading', 'metadata'] },
  { key: 'seeding', title: 'Seeding', phases: ['seeding'] },
  { key: 'active', title: 'Active', phases: undefined },
  { key: 'queued', title: 'Queued', phases: ['queued', 'starting', 'checking'] },
  { key: 'paused', title: 'Paused', phases: ['paused'] },
  { key: 'finished', title: 'Finished', phases: ['finished'] },
  { key: 'failed', title: 'Failed', phases: ['failed'] },
] as const satisfies readonly { key: string; title: string; phases: readonly Phase[] | undefined }[]

/** One of the groups. */
export type StatusFilter = (typeof STATUS_FILTERS)[number]['key']

/** Columns by which the list can be sorted. */
export type SortKey =
  | 'queue'
  | 'name'
  | 'size'
  | 'progress'
  | 'status'
  | 'down'
  | 'up'
  | 'eta'
  | 'peers'
  | 'ratio'
  | 'added'

/** What the list is asked for. */
export interface Query {
  readonly status: StatusFilter
  /** undefined = any; '' = those without one. */
  readonly label: string | undefined
  readonly tracker: string | undefined
  /** Words that must all be in the name, the label or the tracker; a whole info-hash finds its torrent. */
  readonly text: string
  readonly sort: SortKey
  readonly isDescending: boolean
}

/** Everything, newest first. */
export const EVERYTHING: Query = {
  status: 'all',
  label: undefined,
  tracker: undefined,
  text: '',
  sort: 'added',
  isDescending: true,
}

/** Whether a torrent is in a group of the side bar. */
export function hasStatus(row: TorrentRow, status: StatusFilter): boolean {
  if (status === 'active') return row.downloadBps > 0 || row.uploadBps > 0
  const phases: readonly Phase[] | undefined = STATUS_FILTERS.find(({ key }) => key === status)?.phases
  return phases === undefined || phases.includes(row.phase)
}

/** Uploaded over downloaded; over what is there when it came from elsewhere. NaN = nothing of either. */
export function ratioOf({ uploaded, downloaded, wantedDone }: TorrentRow): number {
  return uploaded / (downloaded || wantedDone)
}

/** The rows that a query is after, in its order. */
export function select(rows: Iterable<TorrentRow>, query: Query): TorrentRow[] {
  const words = query.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const found: TorrentRow[] = []
  for (const row of rows) if (fits(row, query, words)) found.push(row)
  const key = KEYS[query.sort]
  const sign = query.isDescending ? -1 : 1
  return found.sort((a, b) => sign * compare(key(a), key(b)) || b.id - a.id)
}

function fits(row: TorrentRow, { status, label, tracker }: Query, words: readonly string[]): boolean {
  if (!hasStatus(row, status)) return false
  if (label !== undefined && !(label === '' ? row.labels.length === 0 : row.labels.includes(label))) return false
  if (tracker !== undefined && row.trackerHost !== tracker) return false
  if (words.length === 0) return true
  const text = `${row.name} ${row.labels.join(' ')} ${row.trackerHost} ${row.infoHash}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

const KEYS: Readonly<Record<SortKey, (row: TorrentRow) => number | string>> = {
  // Those outside the queue come after it.
  queue: (row) => row.queuePosition || Infinity,
  name: (row) => row.name.toLowerCase(),
  size: (row) => row.totalLength,
  progress: (row) => row.progress,
  status: (row) => row.phase,
  down: (row) => row.downloadBps,
  up: (row) => row.uploadBps,
  eta: (row) => (row.etaS < 0 ? Infinity : row.etaS),
  peers: (row) => row.connections,
  ratio: ratioOf,
  added: (row) => row.addedAtMs,
}

/** NaN counts as less than everything. */
function compare(a: number | string, b: number | string): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** How many torrents each entry of the side bar has. */
export interface Facets {
  readonly statuses: ReadonlyMap<StatusFilter, number>
  /** By number, then by name; '' = without one. */
  readonly labels: readonly (readonly [string, number])[]
  readonly trackers: readonly (readonly [string, number])[]
}

/** Most entries of a kind in the side bar; labels and hosts come from strangers as well. */
const MAX_FACETS = 100

/** Counts in one pass. */
export function facets(rows: Iterable<TorrentRow>): Facets {
  const statuses = new Map<StatusFilter, number>(STATUS_FILTERS.map(({ key }) => [key, 0]))
  const labels = new Map<string, number>()
  const trackers = new Map<string, number>()
  const add = <K>(counts: Map<K, number>, key: K): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
  for (const row of rows) {
    for (const { key } of STATUS_FILTERS) if (hasStatus(row, key)) add(statuses, key)
    for (const label of row.labels.length === 0 ? [''] : row.labels) add(labels, label)
    if (row.trackerHost !== '') add(trackers, row.trackerHost)
  }
  return { statuses, labels: ranked(labels), trackers: ranked(trackers) }
}

function ranked(counts: ReadonlyMap<string, number>): [string, number][] {
  return Array.from(counts)
    .sort(([a, n], [b, m]) => m - n || compare(a, b))
    .slice(0, MAX_FACETS)
}

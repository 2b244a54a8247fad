// Which torrents the list shows, and in what order.

import type { Phase, TorrentRow } from '@ccbt/rpc-client'

/** What the list can be sorted by. */
export const SORT_KEYS = [
  'added',
  'name',
  'state',
  'progress',
  'size',
  'download',
  'upload',
  'eta',
  'ratio',
  'peers',
  'label',
  'queue',
] as const

export type SortKey = (typeof SORT_KEYS)[number]

/** What the side bar narrows the list to. */
export type Facet =
  | { readonly kind: 'all' }
  | { readonly kind: 'active' }
  | { readonly kind: 'phase'; readonly value: Phase }
  | { readonly kind: 'label' | 'tracker'; readonly value: string }

/** A view of the list. */
export interface TorrentQuery {
  readonly sort: SortKey
  readonly isDescending: boolean
  /** Words that must all be in the name, the labels or the tracker; '' = all. */
  readonly text: string
  readonly facet: Facet
}

/** Uploaded for every byte downloaded; of what was there from the beginning, for every byte of it. */
export function ratioOf({ uploaded, downloaded, wantedDone }: TorrentRow): number {
  const base = downloaded > 0 ? downloaded : wantedDone
  return base === 0 ? 0 : uploaded / base
}

/** Whether data moves. */
export function isActive({ downloadBps, uploadBps, phase }: TorrentRow): boolean {
  return downloadBps > 0 || uploadBps > 0 || phase === 'checking'
}

const PHASES: readonly Phase[] = [
  'failed',
  'checking',
  'metadata',
  'downloading',
  'starting',
  'queued',
  'seeding',
  'finished',
  'paused',
]

const VALUES: Readonly<Record<SortKey, (row: TorrentRow) => number | string>> = {
  added: (row) => row.id,
  name: (row) => row.name.toLowerCase(),
  state: (row) => PHASES.indexOf(row.phase),
  progress: (row) => row.progress,
  size: (row) => row.wantedLength,
  download: (row) => row.downloadBps,
  upload: (row) => row.uploadBps,
  eta: (row) => (row.etaS < 0 ? Infinity : row.etaS),
  ratio: ratioOf,
  peers: (row) => row.connections,
  label: (row) => row.labels.join(' ').toLowerCase(),
  queue: (row) => (row.queuePosition === 0 ? Infinity : row.queuePosition),
}

/** The rows that a query shows, in its order; equal ones in the order in which they were added. */
export function queryRows(rows: Iterable<TorrentRow>, query: TorrentQuery): TorrentRow[] {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean)
  const valueOf = VALUES[query.sort]
  const found: { readonly row: TorrentRow; readonly value: number | string }[] = []
  for (const row of rows) {
    if (isInFacet(row, query.facet) && hasWords(row, words)) found.push({ row, value: valueOf(row) })
  }
  const sign = query.isDescending ? -1 : 1
  found.sort((a, b) => (a.value < b.value ? -sign : a.value > b.value ? sign : a.row.id - b.row.id))
  return found.map(({ row }) => row)
}

function isInFacet(row: TorrentRow, facet: Facet): boolean {
  switch (facet.kind) {
    case 'all':
      return true
    case 'active':
      return isActive(row)
    case 'phase':
      return row.phase === facet.value
    case 'label':
      return row.labels.includes(facet.value)
    case 'tracker':
      return row.trackerHost === facet.value
  }
}

function hasWords(row: TorrentRow, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = `${row.name}\n${row.labels.join('\n')}\n${row.trackerHost}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

/** A line of the side bar. */
export interface FacetCount {
  readonly facet: Facet
  readonly count: number
}

/** Labels and trackers beyond this have no line; the filter finds them. */
const MAX_FACETS = 200

/** The lines of the side bar: all, active, then phases, labels and trackers that there are. */
export function facetsOf(rows: Iterable<TorrentRow>): FacetCount[] {
  const phases = new Map<Phase, number>()
  const labels = new Map<string, number>()
  const trackers = new Map<string, number>()
  let all = 0
  let active = 0
  for (const row of rows) {
    all++
    if (isActive(row)) active++
    count(phases, row.phase)
    for (const label of row.labels) count(labels, label)
    if (row.trackerHost !== '') count(trackers, row.trackerHost)
  }
  return [
    { facet: { kind: 'all' }, count: all },
    { facet: { kind: 'active' }, count: active },
    ...PHASES.flatMap((value) => {
      const of = phases.get(value)
      return of === undefined ? [] : [{ facet: { kind: 'phase', value } as const, count: of }]
    }),
    ...sorted(labels).map(([value, of]) => ({ facet: { kind: 'label', value } as const, count: of })),
    ...sorted(trackers).map(([value, of]) => ({ facet: { kind: 'tracker', value } as const, count: of })),
  ]
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MAX_FACETS)
}

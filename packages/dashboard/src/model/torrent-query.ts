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

type Order = { readonly of: (row: TorrentRow) => number } | { readonly by: (row: TorrentRow) => string }

const ORDERS: Readonly<Record<SortKey, Order>> = {
  added: { of: (row) => row.id },
  name: { by: (row) => row.name.toLowerCase() },
  state: { of: (row) => PHASES.indexOf(row.phase) },
  progress: { of: (row) => row.progress },
  size: { of: (row) => row.wantedLength },
  download: { of: (row) => row.downloadBps },
  upload: { of: (row) => row.uploadBps },
  eta: { of: (row) => (row.etaS < 0 ? Infinity : row.etaS) },
  ratio: { of: ratioOf },
  peers: { of: (row) => row.connections },
  label: { by: (row) => row.labels.join(' ').toLowerCase() },
  queue: { of: (row) => (row.queuePosition === 0 ? Infinity : row.queuePosition) },
}

/** The rows in ascending order; equal ones as they came. Fast for rows that are nearly in order already. */
export function sortRows(rows: readonly TorrentRow[], sort: SortKey): TorrentRow[] {
  const order = ORDERS[sort]
  if ('of' in order) {
    const values = new Map(rows.map((row) => [row, order.of(row)]))
    return rows.toSorted((a, b) => (values.get(a) ?? 0) - (values.get(b) ?? 0) || 0)
  }
  // Without a function that compares, ten thousand texts are sorted in a fifth of the time.
  const texts = rows.map((row, place) => `${order.by(row)}\0${String(place).padStart(8, '0')}`).sort()
  return texts.flatMap((text) => rows[Number(text.slice(-8))] ?? [])
}

/** Whether a query shows a row; `searchText` is {@link searchTextOf} it. */
export function matcherOf(query: TorrentQuery): (row: TorrentRow, searchText: (row: TorrentRow) => string) => boolean {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean)
  return (row, searchText) => isInFacet(row, query.facet) && words.every((word) => searchText(row).includes(word))
}

/** What the words of a filter are looked for in. */
export function searchTextOf({ name, labels, trackerHost }: TorrentRow): string {
  return `${name}\n${labels.join('\n')}\n${trackerHost}`.toLowerCase()
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

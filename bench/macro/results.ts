// Results of rounds: medians, the ratio to libtorrent in the same round, and the table that people read.

import type { Usage } from './usage.ts'

/** One client in one round. */
export interface Run {
  readonly round: number
  readonly client: string
  /** Distinguishes runs of one client, as the number of downloaders. */
  readonly variant: string
  readonly seconds?: number
  /** Payload delivered or hashed. */
  readonly bytes?: number
  readonly usage?: Usage
  /** Cores that processes other than the benchmark's kept busy meanwhile. */
  readonly othersCores?: number
  /** Why there are no figures. */
  readonly error?: string
}

/** A row of the table. */
export interface Row {
  readonly variant: string
  readonly client: string
  readonly runs: number
  /** Of them those in which others took a noticeable part of the machine. */
  readonly disturbed: number
  readonly seconds: number | undefined
  /** Megabytes (10^6) per second, the median and the range. */
  readonly mbPerS: number | undefined
  readonly mbPerSRange: string
  /** Median over rounds of the ratio to libtorrent in the same round. */
  readonly ratio: number | undefined
  readonly cpuSPerGib: number | undefined
  readonly peakRssMib: number | undefined
  readonly peakAnonymousMib: number | undefined
  readonly error: string | undefined
}

/** A run in which others used more than this is called disturbed. */
export const DISTURBED_CORES = 0.15

const REFERENCE = 'libtorrent'
const GIB = 1024 ** 3
const MIB = 1024 ** 2

/** One row for each variant and client, in the order in which they first came. */
export function summarize(runs: readonly Run[]): Row[] {
  const keys = [...new Set(runs.map((run) => JSON.stringify([run.variant, run.client])))]
  return keys
    .map((key) => JSON.parse(key) as [string, string])
    .map(([variant, client]) => summarizeClient(runs, variant, client))
}

function summarizeClient(all: readonly Run[], variant: string, client: string): Row {
  const mine = all.filter((run) => run.variant === variant && run.client === client)
  const good = mine.filter((run) => run.error === undefined)
  const references = all.filter((run) => run.variant === variant && run.client === REFERENCE && run.error === undefined)
  const ratios = good.flatMap((run) => {
    const reference = references.find((other) => other.round === run.round)
    return reference === undefined ? [] : [rate(run) / rate(reference)]
  })
  const rates = good.map((run) => rate(run))
  return {
    variant,
    client,
    runs: good.length,
    disturbed: good.filter((run) => (run.othersCores ?? 0) > DISTURBED_CORES).length,
    seconds: median(good.map((run) => run.seconds ?? 0)),
    mbPerS: median(rates),
    mbPerSRange: rates.length > 1 ? `${Math.round(Math.min(...rates))}-${Math.round(Math.max(...rates))}` : '',
    ratio: median(ratios),
    cpuSPerGib: median(good.map((run) => (run.usage?.cpuS ?? 0) / ((run.bytes ?? 0) / GIB))),
    peakRssMib: median(good.map((run) => (run.usage?.peakRssBytes ?? 0) / MIB)),
    peakAnonymousMib: median(good.map((run) => (run.usage?.peakAnonymousBytes ?? 0) / MIB)),
    error: mine.find((run) => run.error !== undefined)?.error,
  }
}

function rate(run: Run): number {
  return (run.bytes ?? 0) / 1e6 / (run.seconds ?? Number.NaN)
}

/** The middle value; `undefined` of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? sorted[middle]
    : sorted.length === 0
      ? undefined
      : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The rows as a Markdown table, and below it what failed. */
export function renderTable(rows: readonly Row[], variantTitle: string | undefined): string {
  const titles = [
    'client',
    'runs',
    's',
    'MB/s',
    'min-max',
    '× libtorrent',
    'CPU s/GiB',
    'peak RSS MiB',
    'of it anonymous',
  ]
  const head = variantTitle === undefined ? titles : [variantTitle, ...titles]
  const body = rows.map((row) => {
    const cells = [
      row.client,
      String(row.runs),
      fixed(row.seconds, 2),
      fixed(row.mbPerS, 0),
      row.mbPerSRange,
      fixed(row.ratio, 2),
      fixed(row.cpuSPerGib, 2),
      fixed(row.peakRssMib, 0),
      fixed(row.peakAnonymousMib, 0),
    ]
    return variantTitle === undefined ? cells : [row.variant, ...cells]
  })
  const firstNumber = variantTitle === undefined ? 1 : 2
  const rule = head.map((_, index) => (index < firstNumber ? '---' : '--:'))
  const lines = [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`)
  const failures = rows.flatMap((row) => {
    if (row.error === undefined) return []
    return [`${row.client}${row.variant === '' ? '' : ` (${row.variant})`} failed: ${row.error.split('\n')[0]}`]
  })
  const disturbed = rows.reduce((sum, row) => sum + row.disturbed, 0)
  const warning = `${disturbed} runs were disturbed: other processes used more than ${DISTURBED_CORES} cores`
  const notes = [...(disturbed > 0 ? [warning] : []), ...failures]
  return [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(digits)
}

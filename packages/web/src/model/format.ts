// Numbers as people read them. Binary units, as the command line has them; widths that do not jump while they count.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** A length: `0 B`, `999 B`, `1.5 KiB`, `23.4 MiB`. */
export function bytes(value: number): string {
  if (value < 0) return '–'
  let unit = 0
  let scaled = value
  // At 1000, not 1024: never more than three digits before the point.
  while (scaled >= 1000 && unit < UNITS.length - 1) {
    scaled /= 1024
    unit++
  }
  return `${unit === 0 ? String(Math.round(scaled)) : scaled.toFixed(scaled < 99.95 ? 1 : 0)} ${UNITS[unit]}`
}

/** A rate; nothing at rest. */
export function rate(bps: number): string {
  return bps <= 0 ? '' : `${bytes(bps)}/s`
}

/** A limit; `none` for 0. */
export function limit(bps: number): string {
  return bps <= 0 ? 'no limit' : `${bytes(bps)}/s`
}

/** A share of 0 to 1 in per cent, cut and not rounded: 100 % is whole. */
export function percent(share: number): string {
  const tenths = Math.floor(Math.min(Math.max(share, 0), 1) * 1000 + 1e-9)
  return tenths === 1000 ? '100 %' : `${(tenths / 10).toFixed(1)} %`
}

const SPANS: readonly (readonly [string, number])[] = [
  ['y', 31_536_000],
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
]

/** A time span in its two largest units: `3 d 4 h`, `59 s`; `∞` when it is not known. */
export function span(seconds: number): string {
  if (seconds < 0 || !Number.isFinite(seconds)) return '∞'
  const whole = Math.round(seconds)
  const first = SPANS.findIndex(([, size]) => whole >= size)
  if (first === -1) return '0 s'
  const [name, size] = SPANS[first]!
  const count = Math.floor(whole / size)
  const next = SPANS[first + 1]
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1])
  return rest === 0 ? `${count} ${name}` : `${count} ${name} ${rest} ${next![0]}`
}

/** A ratio with two digits; a dash when there is none. */
export function ratio(value: number): string {
  if (Number.isNaN(value)) return '–'
  return value === Infinity ? '∞' : value.toFixed(2)
}

/** So many of something: `1 file`, `3 files`; a dash for the number when it is unknown. */
export function quantity(value: number, noun: string): string {
  return `${count(value)} ${value === 1 ? noun : `${noun}s`}`
}

/** A count that may be unknown. */
export function count(value: number): string {
  return value < 0 ? '–' : value.toLocaleString('en')
}

/** Local date; a dash for never. */
export function day(atMs: number): string {
  return atMs <= 0 ? '–' : new Date(atMs).toLocaleDateString(undefined, { dateStyle: 'medium' })
}

/** Local date and time; a dash for never. */
export function moment(atMs: number): string {
  if (atMs <= 0) return '–'
  return new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

const RATE = /^\s*(\d+(?:\.\d+)?)\s*(b|k|m|g|)(?:i?b)?(?:\/s)?\s*$/i
const FACTORS: Readonly<Record<string, number>> = { b: 1, '': 1024, k: 1024, m: 1_048_576, g: 1_073_741_824 }

/** A rate that somebody typed (`500` = KiB/s, `2M`, `1.5 MiB/s`), 0 for nothing typed; undefined when it is none. */
export function parseRate(text: string): number | undefined {
  if (text.trim() === '') return 0
  const match = RATE.exec(text)
  if (match === null) return undefined
  const bps = Math.round(Number(match[1]) * (FACTORS[(match[2] ?? '').toLowerCase()] ?? 1))
  return Number.isSafeInteger(bps) ? bps : undefined
}

// Numbers as people read them. Powers of 1000, three significant digits.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/**
 * A size.
 * @example formatBytes(1_073_741_824) // '1.07 GB'
 */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  // 999.5 would be written as 1000 with three digits.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  if (unit === 0) return `${Math.round(value)} B`
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/**
 * A rate.
 * @example formatRate(612_000_000) // '612 MB/s'
 */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/**
 * A time as a clock shows it.
 * @example formatClock(3_725) // '1:02:05'
 */
export function formatClock(seconds: number): string {
  const whole = Math.ceil(Math.max(0, seconds))
  if (whole >= 86_400) return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}

/**
 * A measured time.
 * @example formatElapsed(1_940) // '1.9 s'
 */
export function formatElapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : formatClock(ms / 1000)
}

/** Percent with one digit, rounded down: 100.0 only when nothing is missing. */
export function formatPercent(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  return `${(Math.floor(share * 1000) / 10).toFixed(1)}%`
}

/**
 * A count with its noun.
 * @example plural(2, 'peer') // '2 peers'
 */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

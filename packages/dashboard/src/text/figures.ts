// Numbers in as few columns as tables have. Powers of 1000; the unit is one letter.

const UNITS = ['B', 'k', 'M', 'G', 'T', 'P', 'E']

/**
 * A size in at most five columns.
 * @example shortBytes(1_073_741_824) // '1.07G'
 */
export function shortBytes(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  // 999.5 would be written as 1000 with three digits.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  if (unit === 0) return `${Math.round(value)}B`
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return `${value.toFixed(digits)}${UNITS[unit]}`
}

/** A rate in at most five columns; '' for none, so that what moves catches the eye. */
export function shortRate(bps: number): string {
  return bps < 1 ? '' : shortBytes(bps)
}

/**
 * A time in at most six columns.
 * @example shortTime(3_725) // '1h02m'
 */
export function shortTime(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m${pad(seconds % 60)}s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours}h${pad(minutes % 60)}m`
  const days = Math.floor(hours / 24)
  return days < 100
    ? `${days}d${pad(hours % 24)}h`
    : days < 36_500
      ? `${Math.floor(days / 365)}y${days % 365}d`
      : '>99y'
}

function pad(value: number): string {
  return String(Math.floor(value)).padStart(2, '0')
}

/** Percent with one digit, rounded down: `100%` only when nothing is missing. */
export function percent(share: number): string {
  const tenths = Math.floor(Math.min(1, Math.max(0, share)) * 1000)
  return tenths === 1000 ? '100%' : `${(tenths / 10).toFixed(1)}%`
}

/** Two digits below 10, one below 100. */
export function shortRatio(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : ratio < 100 ? ratio.toFixed(1) : ratio < 9999 ? ratio.toFixed(0) : '>9999'
}

/** A point in time as local date and minute; '' for never. */
export function localTime(atMs: number): string {
  if (atMs <= 0 || atMs > 8.64e15) return ''
  const date = new Date(atMs)
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`
}

/** A rate or size as a user types it (`500k`, `1.5M`, `0`), in bytes; undefined when it is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?)(?:i?b)?(?:\/s)?\s*$/i.exec(text)
  if (match === null) return undefined
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase())
  return Math.round(Number(match[1]) * 1000 ** power)
}

// Sizes, rates and times as people type them. K, M, G, T are powers of 1000 and Ki, Mi, Gi, Ti powers of 1024,
// for sizes and rates alike, so that `10M` means the same everywhere.

const SIZE = /^(\d+(?:\.\d+)?) ?([kmgt]?)(i?)b?$/i
const POWERS = ['', 'k', 'm', 'g', 't']

/**
 * Bytes of a size: `1500`, `10M`, `1.5GiB`, `512K`, `512kB`. `undefined` when it is not one or beyond 2^53.
 * @example parseSize('1.5GiB') // 1610612736
 */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text.trim())
  if (match === null) return undefined
  const [, digits = '', unit = '', binary = ''] = match
  if (unit === '' && binary !== '') return undefined
  const bytes = Math.round(Number(digits) * (binary === '' ? 1000 : 1024) ** POWERS.indexOf(unit.toLowerCase()))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/**
 * Bytes per second of a rate: a size with or without `/s`; 0 = no limit.
 * @example parseRate('2.5MB/s') // 2500000
 */
export function parseRate(text: string): number | undefined {
  return parseSize(text.trim().replace(/\/s$/i, ''))
}

const TIME = /^(\d+(?:\.\d+)?) ?([smhd]?)$/i
const UNIT_MS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Milliseconds of a time: seconds when no unit is given, else `s`, `m`, `h` or `d`.
 * @example parseTimeMs('1.5h') // 5400000
 */
export function parseTimeMs(text: string): number | undefined {
  const match = TIME.exec(text.trim())
  if (match === null) return undefined
  const ms = Number(match[1]) * UNIT_MS[match[2]!.toLowerCase()]!
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : undefined
}

/**
 * A whole number from `min` to `max`, or `undefined`.
 * @example parseWhole('6881', 0, 65_535) // 6881
 */
export function parseWhole(text: string, min: number, max: number): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined
  const value = Number(text)
  return value >= min && value <= max ? value : undefined
}

/** A number of at least 0 such as `1.5`, or `undefined`. */
export function parseRatio(text: string): number | undefined {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined
}

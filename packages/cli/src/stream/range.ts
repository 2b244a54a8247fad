// The `Range` of a request (RFC 9110, section 14): one range of bytes, which is all that players ask for.

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

const ONE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/

/**
 * What a request for a file of `length` bytes means: `whole` without a range, `unsatisfiable` when it is none that we serve,
 * several ranges among them.
 * @example parseRange('bytes=-500', 10_000) // { start: 9500, end: 10_000 }
 */
export function parseRange(header: string | undefined, length: number): ByteRange | 'whole' | 'unsatisfiable' {
  if (header === undefined) return 'whole'
  const [, first = '', last = ''] = ONE_RANGE.exec(header.replaceAll(' ', '')) ?? []
  if (first === '' && last === '') return 'unsatisfiable'
  const isSuffix = first === ''
  const start = isSuffix ? Math.max(0, length - Number(last)) : Number(first)
  const end = isSuffix || last === '' ? length : Math.min(Number(last) + 1, length)
  return start < end ? { start, end } : 'unsatisfiable'
}

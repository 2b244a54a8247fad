import { scan, type ScanLimits } from './scan.ts'
import { BencodeDict, valueAt, type BencodeValue } from './value.ts'

/** A decoded document. It refers to the given bytes, which must not change while it is in use. */
export interface Decoded {
  readonly value: BencodeValue
  /** What is wrong but was let pass: keys out of order or repeated. At most 8. */
  readonly warnings: string[]
  /** Byte after the value; the length of the input unless trailing bytes were allowed. */
  readonly end: number
  /** Where the value under these dictionary keys lies in the bytes: `end` is exclusive. `undefined` without it. */
  readonly span: (path: readonly string[]) => { start: number; end: number } | undefined
}

/**
 * Decodes strict bencode (BEP 3). Throws a CcbtError BENCODE_* with the position; never overflows the stack, never
 * allocates by a claimed length.
 * @example
 * const torrent = decode(bytes)
 * const info = torrent.span(['info']) // the info-hash is the SHA-1 of exactly these bytes
 */
export function decode(bytes: Uint8Array, limits?: ScanLimits): Decoded {
  const { tape, warnings, end } = scan(bytes, limits)
  return {
    value: valueAt(tape, 0),
    warnings,
    end,
    span(path) {
      let place = 0
      for (const key of path) {
        const found = tape.isDict(place) ? new BencodeDict(tape, place).place(key) : undefined
        if (found === undefined) return undefined
        place = found
      }
      return { start: tape.start(place), end: tape.end(place) }
    },
  }
}

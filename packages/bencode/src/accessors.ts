// Typed access to decoded values: the wrong type and absence are the same answer, `undefined`.

import { BencodeDict, type BencodeValue } from './value.ts'

// Every supported platform has it; the types of this package know no platform.
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The dictionary, or `undefined` for anything else. */
export function asDict(value: BencodeValue | undefined): BencodeDict | undefined {
  return value instanceof BencodeDict ? value : undefined
}

/** The list, or `undefined` for anything else. */
export function asList(value: BencodeValue | undefined): BencodeValue[] | undefined {
  return Array.isArray(value) ? value : undefined
}

/** The bytes of a string (a view), or `undefined` for anything else. */
export function asBytes(value: BencodeValue | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined
}

/** An integer that a JavaScript number holds exactly, or `undefined` for anything else, larger integers included. */
export function asInt(value: BencodeValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** A string that is valid UTF-8, or `undefined` for anything else. Overlong forms and surrogates are not valid. */
export function asText(value: BencodeValue | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined
  try {
    return UTF8.decode(value)
  } catch {
    // The decoder's only failure is malformed UTF-8, which is the answer.
    return undefined
  }
}

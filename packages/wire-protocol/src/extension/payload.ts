// The bencoded dictionary that most extension messages begin with.

import { asDict, asInt, decode } from '@ccbt/bencode'
import type { BencodeDict } from '@ccbt/bencode'
import { isCcbtError } from '@ccbt/primitives'

import { extensionInvalid } from '../errors.ts'

/** Real messages have three levels and, with a hundred extensions, 200 values. */
const LIMITS = { maxDepth: 8, maxTokens: 1000, allowTrailing: true } as const

/** The dictionary at the start of `payload` and where it ends. @throws WIRE_EXTENSION_INVALID */
export function decodeDict(extension: string, payload: Uint8Array): { dict: BencodeDict; end: number } {
  const { value, end } = decodeFor(extension, payload)
  const dict = asDict(value)
  if (dict === undefined) throw extensionInvalid(extension, 'not a dictionary')
  return { dict, end }
}

function decodeFor(extension: string, payload: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(payload, LIMITS)
  } catch (error) {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    throw extensionInvalid(extension, error.message, error)
  }
}

/** The integer `key` when it is from `min` to `max`. */
export function intWithin(dict: BencodeDict, key: string, min: number, max: number): number | undefined {
  const value = asInt(dict.get(key))
  return value !== undefined && value >= min && value <= max ? value : undefined
}

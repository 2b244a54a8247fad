// Reading typed fields of a torrent's dictionaries. A text that is not UTF-8 is still a name somebody gave: its bad bytes
// become `_`, the rest stays readable.

import { asBytes, asInt, asList, asText, type BencodeDict, type BencodeValue } from '@ccbt/bencode'
import { fieldInvalid, limitExceeded } from './errors.ts'
import { MAX_PATH_DEPTH } from './geometry.ts'

/** Comments and the like are for reading; more is not read. */
const MAX_TEXT_BYTES = 8192

const LOSSY = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text of these bytes; what is not UTF-8 (stray bytes, overlong forms, surrogates) becomes `_`. */
export function textOf(bytes: Uint8Array): string {
  return asText(bytes) ?? LOSSY.decode(bytes).replaceAll('\ufffd', '_')
}

/** A non-negative integer that JavaScript holds exactly. Throws METAINFO_FIELD_INVALID. */
export function lengthField(dict: BencodeDict, key: string): number {
  const value = asInt(scalar(dict, key))
  if (value === undefined || value < 0) throw fieldInvalid(key, 'is not a size')
  return value
}

/** The integer or string of `key`. A list there is not even built, however long it is. */
export function scalar(dict: BencodeDict, key: string): BencodeValue | undefined {
  return dict.weight(key) === 1 ? dict.get(key) : undefined
}

/** A text to read, cut at 8 KiB; the `.utf-8` variant is preferred. `undefined` without one. */
export function noteField(dict: BencodeDict, key: string): string | undefined {
  const bytes = stringOf(dict, key)
  return bytes === undefined ? undefined : textOf(bytes.subarray(0, MAX_TEXT_BYTES))
}

/** The torrent's name as it is written. Throws METAINFO_FIELD_INVALID without one. */
export function nameField(dict: BencodeDict): string {
  const bytes = stringOf(dict, 'name')
  if (bytes === undefined) throw fieldInvalid('name', 'is missing')
  return textOf(bytes)
}

function stringOf(dict: BencodeDict, key: string): Uint8Array | undefined {
  const unicode = scalar(dict, `${key}.utf-8`)
  return asBytes(asText(unicode) === undefined ? scalar(dict, key) : unicode)
}

/** A path of at least one component as it is written. Throws METAINFO_*. */
export function pathField(dict: BencodeDict, key: string): string[] {
  const unicode = componentsOf(dict, `${key}.utf-8`)
  const isUsable = unicode !== undefined && unicode.every((bytes) => asText(bytes) !== undefined)
  const components = isUsable ? unicode : componentsOf(dict, key)
  if (components === undefined) throw fieldInvalid(key, 'is not a path')
  return components.map(textOf)
}

function componentsOf(dict: BencodeDict, key: string): Uint8Array[] | undefined {
  // The beginning and the end of the list count as well.
  if (dict.weight(key) > MAX_PATH_DEPTH + 2) throw limitExceeded('nested folders', MAX_PATH_DEPTH)
  const list = asList(dict.get(key)) ?? []
  const components = list.filter((item) => item instanceof Uint8Array)
  return components.length > 0 && components.length === list.length ? components : undefined
}

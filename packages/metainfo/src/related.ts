// Torrents that may have files in common with this one (BEP 38): by info-hash, or by the name of a group. They may stand
// in the info dictionary or beside it.

import { asBytes, asList, type BencodeDict, type BencodeValue } from '@ccbt/bencode'
import { textOf } from './fields.ts'
import type { Metainfo } from './metainfo.ts'
import { HASH_LENGTH } from './v1-layout.ts'

/** Entries beyond this are not read. */
const MAX_RELATED = 100
const MAX_NAME_BYTES = 1024
/** A larger list is not looked at: each entry would become an object. */
const MAX_WEIGHT = 10_000

/** What the dictionaries say, without repetition; what has not the right form is left out. */
export function readRelated(dicts: readonly BencodeDict[]): Pick<Metainfo, 'similar' | 'collections'> {
  const isName = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes.length <= MAX_NAME_BYTES
  const hashes = dicts.flatMap((dict) => stringsOf(dict, 'similar')).filter((bytes) => bytes.length === HASH_LENGTH)
  const names = dicts.flatMap((dict) => stringsOf(dict, 'collections')).filter(isName)
  const byText = new Map(hashes.map((bytes) => [bytes.join(), bytes]))
  return {
    similar: [...byText.values()].slice(0, MAX_RELATED),
    collections: [...new Set(names.map(textOf))].slice(0, MAX_RELATED),
  }
}

function stringsOf(dict: BencodeDict, key: string): Uint8Array[] {
  const list: BencodeValue[] = dict.weight(key) > MAX_WEIGHT ? [] : (asList(dict.get(key)) ?? [])
  return list.flatMap((value) => asBytes(value) ?? [])
}

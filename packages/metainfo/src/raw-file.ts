// Files as an info dictionary describes them, before their paths are made safe. Common to v1 and v2.

import { asBytes, type BencodeDict } from '@ccbt/bencode'
import { pathField, scalar } from './fields.ts'

/** A file as described. Lengths and offsets in bytes; path components as texts, unsafe. */
export interface RawFile {
  /** Without the torrent's name in a multi-file torrent; just the name in a single-file one. */
  readonly path: readonly string[]
  readonly length: number
  readonly offset: number
  readonly isPad: boolean
  readonly isExecutable: boolean
  /** Where a symbolic link claims to lead, from the torrent's folder. */
  readonly symlink?: readonly string[]
  readonly piecesRoot?: Uint8Array
}

/** What an info dictionary says about its files. */
export interface RawLayout {
  readonly files: readonly RawFile[]
  readonly totalLength: number
  readonly isMultiFile: boolean
}

/** The file of a dictionary with the attributes of BEP 47. A link with data is an ordinary file. */
export function rawFile(dict: BencodeDict, place: Pick<RawFile, 'path' | 'length' | 'offset'>): RawFile {
  const attr = asBytes(scalar(dict, 'attr'))
  const has = (letter: string): boolean => attr?.includes(letter.charCodeAt(0)) === true
  const file = { ...place, isPad: has('p'), isExecutable: has('x') }
  return has('l') && file.length === 0 ? { ...file, symlink: pathField(dict, 'symlink path') } : file
}

/** The byte after a file. */
export function endOf(file: RawFile): number {
  return file.offset + file.length
}

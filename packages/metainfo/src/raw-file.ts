// Files as an info dictionary describes them, before their paths are made safe. Common to v1 and v2.

import { asBytes, type BencodeDict } from '@ccbt/bencode'
import { lengthField, pathField, scalar } from './fields.ts'

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
  const file = { ...place, isPad: hasAttribute(dict, 'p'), isExecutable: hasAttribute(dict, 'x') }
  const isLink = hasAttribute(dict, 'l') && file.length === 0
  return isLink ? { ...file, symlink: pathField(dict, 'symlink path') } : file
}

/** The length of a file; a symbolic link may be without one, as libtorrent writes it. Throws METAINFO_FIELD_INVALID. */
export function fileLength(dict: BencodeDict): number {
  return hasAttribute(dict, 'l') && !dict.has('length') ? 0 : lengthField(dict, 'length')
}

function hasAttribute(dict: BencodeDict, letter: string): boolean {
  return asBytes(scalar(dict, 'attr'))?.includes(letter.charCodeAt(0)) === true
}

/** The byte after a file. */
export function endOf(file: RawFile): number {
  return file.offset + file.length
}

// The v2 part of an info dictionary (BEP 52): a tree of files, each starting on a piece of its own.

import { asBytes, asDict, keyBytes, type BencodeDict } from '@ccbt/bencode'
import { fieldInvalid, limitExceeded } from './errors.ts'
import { nameField, scalar, textOf } from './fields.ts'
import { MAX_PATH_DEPTH } from './geometry.ts'
import { HASH_BYTES } from './merkle.ts'
import { endOf, fileLength, rawFile, type RawFile, type RawLayout } from './raw-file.ts'

/** The key that marks a file, where a folder has names. */
const FILE_MARK = ''

/** The files of `info`; throws METAINFO_* when they are not described properly. */
export function readV2Layout(info: BencodeDict, pieceLength: number, maxFiles: number): RawLayout {
  if (!isPieceLengthV2(pieceLength)) throw fieldInvalid('piece length', 'is not a power of two')
  const tree = asDict(info.get('file tree'))
  if (tree === undefined) throw fieldInvalid('file tree', 'is not a dictionary')
  const walk: Walk = { files: [], pieceLength, maxFiles }
  readFolder(walk, tree, [])
  const { files } = walk
  if (files.length === 0) throw fieldInvalid('file tree', 'is empty')
  return { files, totalLength: endOf(files.at(-1)!), isMultiFile: !isSingleFile(files, nameField(info)) }
}

/** Whether v2 pieces may be this long: a power of two, and at least a block, without which there is no Merkle tree. */
export function isPieceLengthV2(length: number): boolean {
  return length >= 16_384 && Number.isInteger(Math.log2(length))
}

function isSingleFile(files: readonly RawFile[], name: string): boolean {
  return files.length === 1 && files[0]!.path.length === 1 && files[0]!.path[0] === name
}

interface Walk {
  readonly files: RawFile[]
  readonly pieceLength: number
  readonly maxFiles: number
}

/** Recursion is as deep as the path, which is bounded here and by the scanner. */
function readFolder(walk: Walk, folder: BencodeDict, path: readonly string[]): void {
  if (path.length > MAX_PATH_DEPTH) throw limitExceeded('nested folders', MAX_PATH_DEPTH)
  for (const [key, value] of folder.entries()) {
    const dict = asDict(value)
    if (dict === undefined || key === FILE_MARK)
      throw fieldInvalid('file tree', 'has something else than files and folders')
    const below = [...path, textOf(keyBytes(key))]
    const file = asDict(dict.get(FILE_MARK))
    if (file === undefined) readFolder(walk, dict, below)
    else if (dict.size === 1) addFile(walk, file, below)
    else throw fieldInvalid('file tree', 'has a file that is a folder as well')
  }
}

function addFile({ files, pieceLength, maxFiles }: Walk, dict: BencodeDict, path: readonly string[]): void {
  if (files.length >= maxFiles) throw limitExceeded('files', maxFiles)
  const length = fileLength(dict)
  const last = files.at(-1)
  const offset = last === undefined ? 0 : Math.ceil(endOf(last) / pieceLength) * pieceLength
  if (!Number.isSafeInteger(offset + length)) throw fieldInvalid('length', 'adds up to more than can be counted')
  files.push({ ...rawFile(dict, { path, length, offset }), ...rootOf(dict, length) })
}

function rootOf(dict: BencodeDict, length: number): Pick<RawFile, 'piecesRoot'> {
  if (length === 0) return {}
  const piecesRoot = asBytes(scalar(dict, 'pieces root'))
  if (piecesRoot?.length !== HASH_BYTES || piecesRoot.every((byte) => byte === 0)) {
    throw fieldInvalid('pieces root', 'is not a hash')
  }
  return { piecesRoot }
}

/** The same files with pad files in the gaps, so that the byte space has no holes (as BEP 47 does it for hybrids). */
export function padGaps(files: readonly RawFile[]): RawFile[] {
  const out: RawFile[] = []
  let end = 0
  for (const file of files) {
    const gap = file.offset - end
    if (gap > 0) {
      out.push({ path: ['.pad', String(gap)], length: gap, offset: end, isPad: true, isExecutable: false })
    }
    out.push(file)
    end = endOf(file)
  }
  return out
}

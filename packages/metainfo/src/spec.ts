// The description of a torrent to be written, and the rules for it: those that parsing enforces, so that what is built
// parses.

import { bytesEqual } from '@ccbt/primitives'
import { fieldInvalid, limitExceeded } from './errors.ts'
import type { FileHashes } from './file-hashes.ts'
import { checkGeometry, DEFAULT_MAX_FILES, DEFAULT_MAX_PIECES, MAX_PATH_DEPTH, type Geometry } from './geometry.ts'
import { HASH_BYTES } from './merkle.ts'
import type { Metainfo } from './metainfo.ts'
import { comparePaths } from './path-order.ts'
import { proveLayer } from './piece-layers.ts'
import { isUrl, TRACKER_SCHEMES, WEB_SCHEMES } from './urls.ts'
import { checkPieceHashes, HASH_LENGTH } from './v1-layout.ts'
import { isPieceLengthV2 } from './v2-layout.ts'

/** A file of a new torrent. */
export interface SpecFile {
  /** Components below the torrent's folder; not looked at in a single-file torrent. */
  readonly path: readonly string[]
  /** Bytes. */
  readonly length: number
  readonly executable?: boolean
  /** Where a symbolic link leads, as a path from the torrent's folder (BEP 47). Its length is 0. */
  readonly symlink?: readonly string[]
  /** Padding (BEP 47): zero bytes, put in by `arrangeFiles`. */
  readonly isPad?: boolean
  /** What v2 and hybrid torrents need of every file with data; see `fileHashes`. */
  readonly hashes?: FileHashes
  /** Its Xet hash, 32 bytes: goes into the torrent file when every file has one, and changes no info-hash. */
  readonly xetHash?: Uint8Array
}

/** A torrent to be written. */
export interface TorrentSpec {
  /** v1 when left out. */
  readonly kind?: Metainfo['kind']
  /** Name of the file, or of the folder in a multi-file torrent. */
  readonly name: string
  /** For v2 and hybrid torrents as `arrangeFiles` gives them. */
  readonly files: readonly SpecFile[]
  readonly isMultiFile: boolean
  /** Bytes; see `choosePieceLength`. A power of two for v2 and hybrid torrents. */
  readonly pieceLength: number
  /** SHA-1 of each piece of the files' bytes, padding included, one after the other: 20 bytes each. Not for v2. */
  readonly pieceHashes?: Uint8Array
  readonly trackers?: readonly (readonly string[])[]
  readonly webSeeds?: readonly string[]
  readonly isPrivate?: boolean
  readonly comment?: string
  readonly createdBy?: string
  /** Unix seconds. */
  readonly creationDate?: number
  readonly source?: string
  /** Info-hashes, 20 bytes each, of torrents that may have files in common with this one (BEP 38). */
  readonly similar?: readonly Uint8Array[]
  /** Names of groups of torrents that may have files in common (BEP 38). */
  readonly collections?: readonly string[]
}

/** Throws METAINFO_* when this is not the description of a torrent. */
export function checkSpec(spec: TorrentSpec): void {
  checkPlan(spec)
  checkPieces(spec)
  if (spec.kind !== 'v2' && spec.kind !== 'hybrid') return
  for (const file of spec.files) if (file.isPad !== true) checkHashes(file, spec.pieceLength)
}

/**
 * Throws METAINFO_* when no torrent can be made of this description, whatever the hashes are, which need not be there
 * yet: what cannot be made need not be hashed.
 */
export function checkPlan(spec: TorrentSpec): void {
  checkComponent('name', spec.name)
  checkFiles(spec)
  checkGeometry(geometryOf(spec), DEFAULT_MAX_PIECES)
  if (spec.kind === 'v2' || spec.kind === 'hybrid') checkArrangement(spec)
  checkUrls('trackers', spec.trackers?.flat() ?? [], TRACKER_SCHEMES)
  checkUrls('web seeds', spec.webSeeds ?? [], WEB_SCHEMES)
  for (const infoHash of spec.similar ?? []) {
    if (infoHash.length !== HASH_LENGTH) throw fieldInvalid('similar', 'has something that is no info-hash')
  }
}

/** Throws METAINFO_FIELD_INVALID unless all are URLs of these schemes. */
export function checkUrls(field: string, urls: readonly string[], schemes: readonly string[]): void {
  const isFine = urls.every((url) => isUrl(url, schemes))
  if (!isFine) throw fieldInvalid(field, `has something that is no URL of ${schemes.join(' ')}`)
}

function checkFiles({ files, isMultiFile }: TorrentSpec): void {
  if (files.length === 0) throw fieldInvalid('files', 'is empty')
  if (files.length > DEFAULT_MAX_FILES) throw limitExceeded('files', DEFAULT_MAX_FILES)
  if (!isMultiFile && files.length > 1) throw fieldInvalid('files', 'are several, in a single-file torrent')
  for (const { length, path, symlink } of files) {
    if (!Number.isSafeInteger(length) || length < 0) throw fieldInvalid('length', 'is not a size')
    if (isMultiFile) checkPath('path', path)
    if (symlink === undefined) continue
    checkPath('symlink path', symlink)
    if (length > 0) throw fieldInvalid('length', 'is more than 0, of a symbolic link')
  }
}

function geometryOf({ kind, files, pieceLength }: TorrentSpec): Geometry {
  if (!Number.isSafeInteger(pieceLength)) throw fieldInvalid('piece length', 'is not a whole number')
  const totalLength = files.reduce(
    (total, file) => (kind === 'v2' ? aligned(total, pieceLength) : total) + file.length,
    0,
  )
  return { totalLength, pieceLength }
}

function checkPieces(spec: TorrentSpec): void {
  const { totalLength, pieceLength } = geometryOf(spec)
  if (spec.kind !== 'v2') checkPieceHashes(spec.pieceHashes ?? new Uint8Array(0), Math.ceil(totalLength / pieceLength))
  else if (spec.pieceHashes !== undefined) throw fieldInvalid('pieces', 'are not part of a v2 torrent')
}

function checkArrangement({ files, pieceLength, kind }: TorrentSpec): void {
  if (!isPieceLengthV2(pieceLength)) throw fieldInvalid('piece length', 'is not a power of two')
  let offset = 0
  let last: SpecFile | undefined
  for (const file of files) {
    if (file.isPad !== true) {
      const isPlaced = kind === 'v2' || file.length === 0 || offset % pieceLength === 0
      const isInOrder = last === undefined || comparePaths(last.path, file.path) < 0
      if (!isPlaced || !isInOrder) throw fieldInvalid('files', 'are not arranged as a v2 torrent has them')
      last = file
    } else if (kind === 'v2') throw fieldInvalid('files', 'has padding, in a v2 torrent')
    offset += file.length
  }
}

function checkHashes({ length, hashes }: SpecFile, pieceLength: number): void {
  if (length === 0) return
  if (hashes?.piecesRoot.length !== HASH_BYTES) throw fieldInvalid('pieces root', 'is missing')
  const { piecesRoot, pieceLayer } = hashes
  const pieces = length > pieceLength ? Math.ceil(length / pieceLength) : 0
  if (pieceLayer.length !== pieces * HASH_BYTES) throw fieldInvalid('piece layers', 'has not one hash for each piece')
  if (pieces > 0) proveLayer(pieceLayer, piecesRoot, pieceLength)
  else if (bytesEqual(piecesRoot, new Uint8Array(HASH_BYTES))) throw fieldInvalid('pieces root', 'is not a hash')
}

function aligned(length: number, pieceLength: number): number {
  return Math.ceil(length / pieceLength) * pieceLength
}

function checkPath(field: string, path: readonly string[]): void {
  if (path.length === 0) throw fieldInvalid(field, 'is empty')
  if (path.length > MAX_PATH_DEPTH) throw limitExceeded('nested folders', MAX_PATH_DEPTH)
  for (const component of path) checkComponent(field, component)
}

/** What no file system calls a file. Names that only some systems refuse are fine: they are somebody's files. */
function checkComponent(field: string, component: string): void {
  if (component === '' || component === '.' || component === '..' || /[/\0]/.test(component)) {
    throw fieldInvalid(field, 'has a component that is no file name')
  }
  if (!component.isWellFormed()) throw fieldInvalid(field, 'is not Unicode text')
}

// Writing v1 torrent files. Every rule that parsing enforces is enforced here as well, so that what is built parses.

import { encode, type Encodable } from '@ccbt/bencode'
import { fieldInvalid, limitExceeded } from './errors.ts'
import { checkGeometry, DEFAULT_MAX_FILES, DEFAULT_MAX_PIECES, MAX_PATH_DEPTH } from './geometry.ts'
import { isUrl, TRACKER_SCHEMES, WEB_SCHEMES } from './urls.ts'
import { checkPieceHashes } from './v1-layout.ts'

/** A file of a new torrent. */
export interface SpecFile {
  /** Components below the torrent's folder; not looked at in a single-file torrent. */
  readonly path: readonly string[]
  /** Bytes. */
  readonly length: number
  readonly executable?: boolean
}

/** A torrent to be written. */
export interface TorrentSpec {
  /** Name of the file, or of the folder in a multi-file torrent. */
  readonly name: string
  readonly files: readonly SpecFile[]
  readonly isMultiFile: boolean
  /** Bytes; see `choosePieceLength`. */
  readonly pieceLength: number
  /** SHA-1 of each piece of the files' bytes, one after the other: 20 bytes each. */
  readonly pieceHashes: Uint8Array
  readonly trackers?: readonly (readonly string[])[]
  readonly webSeeds?: readonly string[]
  readonly isPrivate?: boolean
  readonly comment?: string
  readonly createdBy?: string
  /** Unix seconds. */
  readonly creationDate?: number
  readonly source?: string
}

/**
 * The bytes of a v1 torrent file, the same for the same description. Throws METAINFO_FIELD_INVALID and other METAINFO_*
 * when the description is not one of a torrent.
 * @example
 * const pieceHashes = hash('sha1', data, 'buffer')
 * buildTorrent({ name: 'a', files: [{ path: ['a'], length: 5 }], isMultiFile: false, pieceLength: 16384, pieceHashes })
 */
export function buildTorrent(spec: TorrentSpec): Uint8Array {
  checkSpec(spec)
  const trackers = spec.trackers ?? []
  const urls = trackers.flat()
  const webSeeds = spec.webSeeds ?? []
  return encode({
    announce: urls[0],
    'announce-list': urls.length > 1 ? trackers.filter((tier) => tier.length > 0) : undefined,
    comment: spec.comment,
    'created by': spec.createdBy,
    'creation date': spec.creationDate,
    info: infoOf(spec),
    'url-list': webSeeds.length > 0 ? webSeeds : undefined,
  })
}

function infoOf(spec: TorrentSpec): Encodable {
  const [first] = spec.files
  const content = spec.isMultiFile
    ? { files: spec.files.map((file) => ({ attr: attrOf(file), length: file.length, path: file.path })) }
    : { attr: attrOf(first!), length: first!.length }
  return {
    ...content,
    name: spec.name,
    'piece length': spec.pieceLength,
    pieces: spec.pieceHashes,
    private: spec.isPrivate === true ? 1 : undefined,
    source: spec.source,
  }
}

function attrOf(file: SpecFile): string | undefined {
  return file.executable === true ? 'x' : undefined
}

function checkSpec(spec: TorrentSpec): void {
  checkComponent('name', spec.name)
  checkFiles(spec)
  if (!Number.isSafeInteger(spec.pieceLength)) throw fieldInvalid('piece length', 'is not a whole number')
  const totalLength = spec.files.reduce((total, file) => total + file.length, 0)
  checkPieceHashes(spec.pieceHashes, checkGeometry({ totalLength, pieceLength: spec.pieceLength }, DEFAULT_MAX_PIECES))
  checkUrls('trackers', spec.trackers?.flat() ?? [], TRACKER_SCHEMES)
  checkUrls('web seeds', spec.webSeeds ?? [], WEB_SCHEMES)
}

function checkFiles({ files, isMultiFile }: TorrentSpec): void {
  if (files.length === 0) throw fieldInvalid('files', 'is empty')
  if (files.length > DEFAULT_MAX_FILES) throw limitExceeded('files', DEFAULT_MAX_FILES)
  if (!isMultiFile && files.length > 1) throw fieldInvalid('files', 'are several, in a single-file torrent')
  for (const file of files) {
    if (!Number.isSafeInteger(file.length) || file.length < 0) throw fieldInvalid('length', 'is not a size')
    if (isMultiFile) checkPath(file.path)
  }
}

function checkUrls(field: string, urls: readonly string[], schemes: readonly string[]): void {
  const isFine = urls.every((url) => isUrl(url, schemes))
  if (!isFine) throw fieldInvalid(field, `has something that is no URL of ${schemes.join(' ')}`)
}

function checkPath(path: readonly string[]): void {
  if (path.length === 0) throw fieldInvalid('path', 'is empty')
  if (path.length > MAX_PATH_DEPTH) throw limitExceeded('nested folders', MAX_PATH_DEPTH)
  for (const component of path) checkComponent('path', component)
}

/** What no file system calls a file. Names that only some systems refuse are fine: they are somebody's files. */
function checkComponent(field: string, component: string): void {
  if (component === '' || component === '.' || component === '..' || /[/\0]/.test(component)) {
    throw fieldInvalid(field, 'has a component that is no file name')
  }
  if (!component.isWellFormed()) throw fieldInvalid(field, 'is not Unicode text')
}

import { arrangeFiles, fileHashes, type Arrangement, type SpecFile, type TorrentSpec } from '@ccbt/metainfo'
import { sha1, sha256 } from './torrents.ts'

const BLOCK = 16_384

/** A file of a new torrent with its data. */
export interface Content extends SpecFile {
  readonly data: Uint8Array
}

/** A file with data that depends on nothing but its path and length. */
export function content(path: string, length: number, more: Partial<Content> = {}): Content {
  const seed = sha1(Buffer.from(path))[0]!
  const data = Uint8Array.from({ length }, (_, n) => (n * 7 + (n >> 8) * 13 + seed) & 0xff)
  return { path: path.split('/'), length, data, ...more }
}

/** The description of a torrent of these files, hashed as a caller does it. */
export function specOf(name: string, files: readonly Content[], arrangement: Arrangement): TorrentSpec {
  const { kind, pieceLength } = arrangement
  const arranged = arrangeFiles(files, arrangement)
  return {
    kind,
    name,
    isMultiFile: true,
    pieceLength,
    files: kind === 'v1' ? arranged : arranged.map((file) => withHashes(file, pieceLength)),
    ...(kind === 'v2' ? {} : { pieceHashes: pieceHashes(arranged, pieceLength) }),
  }
}

function withHashes(file: SpecFile, pieceLength: number): SpecFile {
  const data = dataOf(file)
  if (file.length === 0 || file.isPad === true) return file
  const leaves = Array.from({ length: Math.ceil(data.length / BLOCK) }, (_, n) =>
    sha256(data.subarray(n * BLOCK, (n + 1) * BLOCK)),
  )
  const { length } = file
  return { ...file, hashes: fileHashes(new Uint8Array(Buffer.concat(leaves)), { length, pieceLength }) }
}

function pieceHashes(files: readonly SpecFile[], pieceLength: number): Uint8Array {
  const space = Buffer.concat(files.map(dataOf))
  const pieces = Array.from({ length: Math.ceil(space.length / pieceLength) }, (_, n) =>
    sha1(space.subarray(n * pieceLength, (n + 1) * pieceLength)),
  )
  return new Uint8Array(Buffer.concat(pieces))
}

function dataOf(file: SpecFile): Uint8Array {
  return 'data' in file && file.data instanceof Uint8Array ? file.data : new Uint8Array(file.length)
}

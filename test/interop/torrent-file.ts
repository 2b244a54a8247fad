// Torrent files made independently of the code under test: a bencode writer of a few lines and node:crypto.

import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** A file of a torrent. */
export interface TestFile {
  /** Below the torrent's name; empty for a single-file torrent. */
  readonly path: readonly string[]
  readonly length: number
}

/** A v1 torrent. */
export interface TestTorrent {
  readonly name: string
  /** 40 lower-case hexadecimal digits. */
  readonly infoHash: string
  readonly files: readonly TestFile[]
  readonly length: number
  readonly pieceLength: number
  /** The SHA-1 of every piece, 20 bytes each. */
  readonly pieceHashes: Buffer
  /** The bytes of a torrent file with these trackers in one tier. */
  encode(trackers: readonly string[]): Buffer
}

type Value = number | string | Uint8Array | readonly Value[] | { readonly [key: string]: Value }

/** Bencodes a value; keys of dictionaries are sorted bytewise. */
export function bencode(value: Value): Buffer {
  if (typeof value === 'number') return Buffer.from(`i${value}e`)
  if (typeof value === 'string') return bencode(Buffer.from(value))
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(`${value.length}:`), value])
  if (isList(value)) return Buffer.concat([Buffer.from('l'), ...value.map((item) => bencode(item)), Buffer.from('e')])
  const entries = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return Buffer.concat([Buffer.from('d'), ...entries.flatMap(([k, v]) => [bencode(k), bencode(v)]), Buffer.from('e')])
}

function isList(value: readonly Value[] | { readonly [key: string]: Value }): value is readonly Value[] {
  return Array.isArray(value)
}

/** Where a file of a torrent is, below the folder that the torrent was saved to. */
export function filePath(torrent: TestTorrent, file: TestFile): string {
  return join(torrent.name, ...file.path)
}

/** Hashes data that is in `folder` and makes a torrent of it. */
export function makeTorrent(
  name: string,
  files: readonly TestFile[],
  pieceLength: number,
  folder: string,
): TestTorrent {
  const isSingle = files.length === 1 && files[0]!.path.length === 0
  const length = files.reduce((sum, file) => sum + file.length, 0)
  const shape = isSingle ? { length } : { files: files.map((file) => ({ length: file.length, path: file.path })) }
  const pieces = hashPieces(
    files.map((file) => join(folder, name, ...file.path)),
    pieceLength,
  )
  const info = { ...shape, name, 'piece length': pieceLength, pieces }
  const infoHash = createHash('sha1').update(bencode(info)).digest('hex')
  return {
    name,
    infoHash,
    files,
    length,
    pieceLength,
    pieceHashes: pieces,
    encode: (trackers) =>
      bencode({
        ...(trackers.length > 0 ? { announce: trackers[0]!, 'announce-list': [trackers] } : {}),
        info,
      }),
  }
}

function hashPieces(paths: readonly string[], pieceLength: number): Buffer {
  const piece = Buffer.allocUnsafe(pieceLength)
  const hashes: Buffer[] = []
  let filled = 0
  const finishPiece = (): void => {
    hashes.push(createHash('sha1').update(piece.subarray(0, filled)).digest())
    filled = 0
  }
  for (const path of paths) {
    const file = openSync(path, 'r')
    for (let got = 1; got > 0;) {
      got = readSync(file, piece, filled, pieceLength - filled, null)
      filled += got
      if (filled === pieceLength) finishPiece()
    }
    closeSync(file)
  }
  if (filled > 0) finishPiece()
  return Buffer.concat(hashes)
}

import { createHash } from 'node:crypto'
import { encode, type Encodable } from '@ccbt/bencode'
import { parseTorrent, type Metainfo } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'

export type Fields = Record<string, Encodable | undefined>

/** A valid single-file info dictionary with changes. */
export function singleInfo(changes: Fields = {}): Fields {
  return { length: 40_000, name: 'file.bin', 'piece length': 16_384, pieces: new Uint8Array(60), ...changes }
}

/** A valid info dictionary of these files. */
export function multiInfo(files: Fields[], changes: Fields = {}): Fields {
  if ('pieces' in changes) return { files, name: 'folder', 'piece length': 16_384, ...changes }
  const total = files.reduce((sum, file) => sum + Number(file['length']), 0)
  return {
    files,
    name: 'folder',
    'piece length': 16_384,
    pieces: new Uint8Array(20 * Math.ceil(total / 16_384)),
    ...changes,
  }
}

export function torrentBytes(info: Encodable, root: Fields = {}): Uint8Array {
  return encode({ ...root, info })
}

export function parse(info: Encodable, root: Fields = {}): Metainfo {
  return parseTorrent(torrentBytes(info, root))
}

/** Paths of a torrent with a file of one byte for each of these raw paths. */
export function safePaths(raw: readonly (readonly (string | Uint8Array)[])[]): string[] {
  return parse(multiInfo(raw.map((path) => ({ length: 1, path })))).files.map((file) => file.path.join('/'))
}

/** The code of the CcbtError that `action` throws; `accepted` when it throws none. */
export function failure(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (!isCcbtError(error)) throw error
    if (error.blame !== 'input') throw new Error(`blame ${error.blame}`, { cause: error })
    return error.code
  }
  return 'accepted'
}

export function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest())
}

export function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

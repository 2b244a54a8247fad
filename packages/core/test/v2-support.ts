// v2 and hybrid torrents with their data.

import { hash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { arrangeFiles, buildTorrent, fileHashes, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo, SpecFile } from '@ccbt/metainfo'
import { BLOCK_LENGTH, concatBytes, seededRandom } from '@ccbt/primitives'

import type { Fixture } from './support.ts'

/** How a v2 or hybrid torrent is made. */
export interface V2Plan {
  readonly kind: 'v2' | 'hybrid'
  readonly lengths: readonly number[]
  readonly pieceLength: number
  readonly seed?: number
  readonly trackers?: string[][]
  /** The bytes of the files instead of random ones. */
  readonly contents?: readonly Uint8Array[]
  readonly isPrivate?: boolean
}

/** A torrent of random bytes; several `lengths` make it a folder. */
export function v2Fixture({
  kind,
  lengths,
  pieceLength,
  seed = 1,
  trackers = [],
  contents: given = [],
  isPrivate = false,
}: V2Plan): Fixture {
  const random = seededRandom(seed)
  const isMultiFile = lengths.length > 1
  const contents = new Map<string, Uint8Array>()
  const files = lengths.map((length, n): SpecFile => {
    const name = isMultiFile ? `file ${n}.bin` : 'one.bin'
    const data = given[n] ?? new Uint8Array(length).map(() => random.u32())
    contents.set(name, data)
    return { path: [name], length, ...(length === 0 ? {} : { hashes: hashesOf(data, pieceLength) }) }
  })
  const arranged = arrangeFiles(files, { kind, pieceLength })
  const dataOf = ({ path, length }: { path: readonly string[]; length: number }): Uint8Array =>
    contents.get(path.at(-1)!) ?? new Uint8Array(length)
  const torrent = buildTorrent({
    kind,
    name: isMultiFile ? 'folder' : 'one.bin',
    isMultiFile,
    pieceLength,
    files: arranged,
    trackers,
    isPrivate,
    ...(kind === 'v2' ? {} : { pieceHashes: sha1s(concatBytes(arranged.map(dataOf)), pieceLength) }),
  })
  const metainfo = parseTorrent(torrent)
  const bytes = concatBytes(metainfo.files.map(dataOf))
  return { metainfo, torrent, bytes, place: (folder) => placeFiles(metainfo, bytes, folder) }
}

/** SHA-256 of each block. */
export function leavesOf(data: Uint8Array): Uint8Array {
  return concatBytes(blocksOf(data, BLOCK_LENGTH).map((block) => hash('sha256', block, 'buffer')))
}

function hashesOf(data: Uint8Array, pieceLength: number): NonNullable<SpecFile['hashes']> {
  return fileHashes(leavesOf(data), { length: data.length, pieceLength })
}

function sha1s(data: Uint8Array, pieceLength: number): Uint8Array {
  return concatBytes(blocksOf(data, pieceLength).map((piece) => hash('sha1', piece, 'buffer')))
}

function blocksOf(data: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(data.length / length) }, (_, n) => data.subarray(n * length, (n + 1) * length))
}

async function placeFiles(metainfo: Metainfo, bytes: Uint8Array, folder: string): Promise<void> {
  for (const file of metainfo.files) {
    if (file.isPad) continue
    const path = join(folder, ...file.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes.subarray(file.offset, file.offset + file.length))
  }
}

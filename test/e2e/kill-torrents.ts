// Torrents whose pieces this file hashes itself, a seeder with a tracker for them, and a look at the disk that believes
// nobody: what a daemon says is compared with bytes.

import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createSession } from '@ccbt/core'
import { createTrackerServer } from '@ccbt/discovery'
import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import { Bitfield, toHex } from '@ccbt/primitives'
import type { TorrentDetail } from '@ccbt/rpc-client'
import { sampleBytes } from './sample-data.ts'

const PIECE_BYTES = 65_536

/** A torrent and what its pieces are. */
export interface KnownTorrent {
  readonly name: string
  readonly infoHash: string
  readonly bytes: Uint8Array
  readonly length: number
  /** Hexadecimal, by piece. */
  readonly hashes: readonly string[]
}

/** Torrents that can be downloaded. */
export interface Shop extends AsyncDisposable {
  readonly torrents: readonly KnownTorrent[]
}

/** Seeds `count` torrents of some megabytes each; all uploads together stay below `uploadLimitBps`. */
export async function openShop(folder: string, count: number, uploadLimitBps: number): Promise<Shop> {
  await using stack = new AsyncDisposableStack()
  const tracker = stack.use(await createTrackerServer({ port: 0, host: '127.0.0.1', intervalMs: 1000 }))
  const [announce = ''] = tracker.announceUrls
  const source = join(folder, 'source')
  const session = stack.use(
    await createSession({ stateDir: join(folder, 'seeder'), bind: '127.0.0.1', uploadLimitBps, uploadSlots: count }),
  )
  const torrents: KnownTorrent[] = []
  for (let n = 0; n < count; n++) {
    const torrent = await makeTorrent(source, n, announce)
    torrents.push(torrent)
    await (
      await session.add(torrent.bytes, { directory: source })
    ).complete
  }
  const open = stack.move()
  return { torrents, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** Files that end inside of pieces; every third torrent has one file. */
async function makeTorrent(folder: string, n: number, announce: string): Promise<KnownTorrent> {
  const name = `torrent-${n}`
  const isMultiFile = n % 3 !== 0
  const lengths = isMultiFile ? [1_500_001 + n * 100_000, 77, 900_000] : [2_000_003 + n * 100_000]
  const files = lengths.map((length, i) => ({ path: [`${i}.bin`], length }))
  const paths = isMultiFile ? files.map(({ path }) => `${name}/${path[0]}`) : [name]
  const contents = lengths.map((length, i) => sampleBytes(length, 10 * n + i))
  for (const [i, path] of paths.entries()) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), contents[i] ?? '')
  }
  const data = Buffer.concat(contents)
  const hashes = piecesOf(data).map(sha1)
  const pieceHashes = Buffer.from(hashes.join(''), 'hex')
  const trackers = [[announce]]
  const bytes = buildTorrent({ name, files, isMultiFile, pieceLength: PIECE_BYTES, pieceHashes, trackers })
  return { name, infoHash: toHex(parseTorrent(bytes).infoHash), bytes, length: data.length, hashes }
}

/** The pieces that a daemon says it has. */
export function claimsOf({ have }: TorrentDetail, { hashes }: KnownTorrent): readonly number[] {
  const bytes = Buffer.from(have, 'base64')
  if (bytes.length === 0) return []
  const bits = Bitfield.fromBytes(bytes, hashes.length)
  if (bits === undefined) throw new Error('this is no list of pieces')
  return [...hashes.keys()].filter((piece) => bits.has(piece))
}

/** Of these pieces those that are not on the disk. */
export async function missingPieces(
  { row, files }: TorrentDetail,
  { hashes }: KnownTorrent,
  claims: readonly number[],
): Promise<number[]> {
  const parts = files.map(({ path, length }) => wholeFile(join(row.directory, path), length))
  const pieces = piecesOf(Buffer.concat(await Promise.all(parts)))
  return claims.filter((piece) => sha1(pieces[piece] ?? Buffer.alloc(0)) !== hashes[piece])
}

/** Zeros where a file ends too early, or is missing. */
async function wholeFile(path: string, length: number): Promise<Buffer> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0))
  return Buffer.concat([bytes, Buffer.alloc(Math.max(length - bytes.length, 0))], length)
}

function piecesOf(data: Buffer): Buffer[] {
  const count = Math.ceil(data.length / PIECE_BYTES)
  return Array.from({ length: count }, (_, n) => data.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES))
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex')
}

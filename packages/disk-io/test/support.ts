// Torrents for tests: data, the files they are cut into, and how blocks get into a store.

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import nodeModule from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { BLOCK_LENGTH, Layout, randomBelow, seededRandom } from '@ccbt/primitives'
import type { Clock, PieceIndex } from '@ccbt/primitives'

import { createDiskIo } from '../src/index.ts'
import type { DiskIo, DiskIoOptions, PieceStore, PieceVerdict, StoreFile, StoreOptions } from '../src/index.ts'

// Workers then start in a third of the time.
nodeModule.enableCompileCache()

export const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/** A folder that goes away with the test. */
export class TempFolder implements Disposable {
  readonly path: string

  constructor(base: string = tmpdir()) {
    this.path = mkdtempSync(join(base, 'ccbt-disk-'))
  }

  join(...parts: string[]): string {
    return join(this.path, ...parts)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export interface FilePlan {
  readonly length: number
  readonly path?: readonly string[]
  readonly isPad?: boolean
  readonly isExecutable?: boolean
  readonly symlinkTarget?: readonly string[]
}

/** Random content with its files and hashes. */
export interface TestTorrent {
  readonly data: Uint8Array
  readonly files: readonly StoreFile[]
  readonly layout: Layout
  readonly pieceHashes: Uint8Array
}

export function makeTorrent(plans: readonly FilePlan[], pieceLength: number, seed = 1): TestTorrent {
  let offset = 0
  const files = plans.map((plan, i) => {
    const file: StoreFile = {
      path: plan.path ?? ['folder', `file-${i}`],
      length: plan.length,
      offset,
      isPad: plan.isPad ?? false,
      isExecutable: plan.isExecutable ?? false,
      ...(plan.symlinkTarget === undefined ? {} : { symlinkTarget: plan.symlinkTarget }),
    }
    offset += plan.length
    return file
  })
  const data = randomBytes(offset, seed)
  for (const file of files) if (file.isPad) data.fill(0, file.offset, file.offset + file.length)
  const layout = new Layout({ totalLength: offset, pieceLength })
  return { data, files, layout, pieceHashes: hashPieces(data, pieceLength) }
}

export function randomBytes(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed)
  const words = new Uint32Array(Math.ceil(length / 4))
  for (let i = 0; i < words.length; i++) words[i] = random.u32()
  return new Uint8Array(words.buffer, 0, length)
}

export function hashPieces(data: Uint8Array, pieceLength: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(data.length / pieceLength) * 20)
  for (let i = 0; i * pieceLength < data.length; i++)
    out.set(sha1(data.subarray(i * pieceLength, (i + 1) * pieceLength)), i * 20)
  return out
}

export function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest()
}

export function testDisk(options: Partial<DiskIoOptions> = {}): DiskIo {
  return createDiskIo({ workers: 2, clock: realClock, ...options })
}

export function storeOptions(torrent: TestTorrent, folder: TempFolder, more: Partial<StoreOptions> = {}): StoreOptions {
  const { files, layout, pieceHashes } = torrent
  return {
    directory: folder.join('data'),
    files,
    layout,
    pieceHashes,
    preallocate: 'none',
    partFilePath: folder.join('state', 'parts'),
    ...more,
  }
}

export interface Block {
  readonly piece: PieceIndex
  readonly begin: number
  readonly length: number
}

export function allBlocks(layout: Layout): Block[] {
  return Array.from({ length: layout.blocks }, (_, block) => {
    const piece = layout.piece(Math.floor(block / layout.blocksPerPiece))!
    const begin = (block % layout.blocksPerPiece) * BLOCK_LENGTH
    return { piece, begin, length: Math.min(BLOCK_LENGTH, layout.pieceLength(piece) - begin) }
  })
}

export function blocksOf(layout: Layout, piece: number): Block[] {
  return allBlocks(layout).filter((block) => block.piece === piece)
}

export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seededRandom(seed)
  const out = [...list]
  for (let i = out.length - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1)
    const kept = out[i]!
    out[i] = out[j]!
    out[j] = kept
  }
  return out
}

/** Resolves when the store may have room again. */
export function writable(store: PieceStore): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.onWritable(() => {
      stop()
      resolve()
    })
  })
}

/** Puts one block into the store; undefined = there was no target for it. */
export function putBlock(store: PieceStore, torrent: TestTorrent, block: Block): Promise<PieceVerdict> | undefined {
  const offset = block.piece * torrent.layout.nominalPieceLength + block.begin
  store.blockTarget(block.piece, block.begin, block.length)?.set(torrent.data.subarray(offset, offset + block.length))
  return store.blockFilled(block.piece, block.begin)
}

/** Puts blocks into the store in this order, as a connection would, and gives the verdicts by piece. */
export async function receive(
  store: PieceStore,
  torrent: TestTorrent,
  blocks: readonly Block[],
): Promise<Map<number, PieceVerdict>> {
  const verdicts = new Map<number, Promise<PieceVerdict>>()
  for (const block of blocks) {
    while (!store.reserve(block.piece, block.begin)) await writable(store)
    const verdict = putBlock(store, torrent, block)
    if (verdict !== undefined) verdicts.set(block.piece, verdict)
  }
  const out = new Map<number, PieceVerdict>()
  for (const [piece, verdict] of verdicts) out.set(piece, await verdict)
  return out
}

/** Writes the torrent's files as they should be, without the store. */
export async function writeFiles(torrent: TestTorrent, options: StoreOptions): Promise<void> {
  for (const file of torrent.files) {
    if (file.isPad) continue
    const path = join(options.directory, ...file.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, torrent.data.subarray(file.offset, file.offset + file.length))
  }
}

/** A file of the torrent as it is on disk. */
export function readStored(options: StoreOptions, index: number): Promise<Buffer> {
  return readFile(join(options.directory, ...options.files[index]!.path))
}

export function contentOf(torrent: TestTorrent, index: number): Uint8Array {
  const { offset, length } = torrent.files[index]!
  return torrent.data.subarray(offset, offset + length)
}

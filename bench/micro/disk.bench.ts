// What the disk side alone can do, on tmpfs: blocks fed as fast as the store accepts them, recheck, hashing for a new torrent,
// serving. Each case runs in a process of its own, so that its CPU time and peak RSS are its own; files are written once before,
// so that no case pays for the first touch of memory.

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createDiskIo } from '@ccbt/disk-io'
import type { DiskIo, PieceStore, PieceVerdict, StoreOptions } from '@ccbt/disk-io'
import { BLOCK_LENGTH, Layout } from '@ccbt/primitives'
import type { Clock, PieceIndex } from '@ccbt/primitives'

const MIB = 1_048_576
const GIB = 1024 * MIB
const FOLDER = process.env['CCBT_BENCH_DIR'] ?? '/dev/shm/ccbt-disk-bench'

const clock: Clock = {
  now: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** What one case measured. */
interface Figures {
  readonly mbPerSecond: number
  readonly cpuSecondsPerGib: number
  readonly peakRssMib: number
}

const source = new Uint8Array(MIB).map((_, i) => (i * 2654435761) >>> 13)

/** A torrent of one file in which every MiB is the same, so that feeding it costs no more than the copy. */
function torrent(totalLength: number, pieceLength: number): StoreOptions {
  const layout = new Layout({ totalLength, pieceLength })
  const pieceHashes = new Uint8Array(layout.pieces * 20)
  const sum = createHash('sha1')
  for (let at = 0; at < pieceLength; at += MIB) sum.update(source.subarray(0, Math.min(MIB, pieceLength - at)))
  const digest = sum.digest()
  for (let i = 0; i < layout.pieces; i++) pieceHashes.set(digest, i * 20)
  return {
    directory: FOLDER,
    files: [{ path: [`data-${totalLength}`], length: totalLength, offset: 0, isPad: false }],
    layout,
    pieceHashes,
    preallocate: 'sparse',
    partFilePath: join(FOLDER, 'parts'),
  }
}

/** Puts blocks into a store as fast as it takes them. */
class Feeder {
  readonly #store: PieceStore
  readonly #verdicts: Promise<unknown>[] = []
  #writable = Promise.withResolvers<void>()

  constructor(store: PieceStore) {
    this.#store = store
    store.onWritable(() => this.#writable.resolve())
  }

  async block(piece: PieceIndex, begin: number): Promise<void> {
    while (!this.#store.reserve(piece, begin)) {
      await this.#writable.promise
      this.#writable = Promise.withResolvers<void>()
    }
    const at = begin % MIB
    this.#store.blockTarget(piece, begin, BLOCK_LENGTH)?.set(source.subarray(at, at + BLOCK_LENGTH))
    const verdict = this.#store.blockFilled(piece, begin)
    if (verdict !== undefined) this.#verdicts.push(this.#check(verdict))
  }

  async end(): Promise<void> {
    await Promise.all(this.#verdicts)
    await this.#store.flush()
  }

  async #check(verdict: Promise<PieceVerdict>): Promise<void> {
    const { kind } = await verdict
    if (kind !== 'stored') throw new Error(kind)
  }
}

/** Feeds every block; `open` pieces are received at the same time, as from that many peers. */
async function feed(store: PieceStore, { layout }: StoreOptions, open: number): Promise<void> {
  const feeder = new Feeder(store)
  for (let first = 0; first < layout.pieces; first += open) {
    for (let block = 0; block < layout.blocksPerPiece; block++) {
      for (let piece = first; piece < Math.min(first + open, layout.pieces); piece++)
        await feeder.block(piece as PieceIndex, block * BLOCK_LENGTH)
      // As often as a socket would let the loop turn.
      if (block % 16 === 15) await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
  await feeder.end()
}

async function serve(store: PieceStore, { layout }: StoreOptions): Promise<void> {
  const sending: ArrayBufferLike[] = []
  for (let piece = 0; piece < layout.pieces; piece++) {
    for (let begin = 0; begin < layout.nominalPieceLength; begin += BLOCK_LENGTH) {
      const data = store.read(piece as PieceIndex, begin, BLOCK_LENGTH)
      const { buffer } = data instanceof Promise ? await data : data
      store.retain(buffer)
      sending.push(buffer)
      // As if a socket had sent what was read 1 MiB ago.
      if (sending.length > 64) store.release(sending.shift()!)
    }
  }
}

function download(totalLength: number, pieceLength: number, open: number): (disk: DiskIo) => Promise<number> {
  return async (disk) => {
    const options = torrent(totalLength, pieceLength)
    await using store = await disk.openStore(options)
    await feed(store, options, open)
    return totalLength
  }
}

const cases: Readonly<Record<string, (disk: DiskIo) => Promise<number>>> = {
  'store 1 GiB, 1 MiB pieces': download(GIB, MIB, 4),
  'store 1 GiB, 256 KiB pieces': download(GIB, MIB / 4, 4),
  'store 1 GiB, 16 KiB pieces': download(GIB, BLOCK_LENGTH, 4),
  'store 1 GiB, 4 MiB pieces': download(GIB, 4 * MIB, 4),
  'store 1 GiB, 64 MiB pieces, one at a time': download(GIB, 64 * MIB, 1),
  'store 2 GiB, 64 MiB pieces, 32 at once': download(2 * GIB, 64 * MIB, 32),
  'recheck 2 GiB, 1 MiB pieces': async (disk) => {
    const options = torrent(2 * GIB, MIB)
    await using store = await disk.openStore(options)
    let good = 0
    await store.recheck({ onPiece: (_, ok) => (good += Number(ok)), signal: new AbortController().signal })
    if (good !== options.layout.pieces) throw new Error(`${good} pieces of ${options.layout.pieces}`)
    return 2 * GIB
  },
  'hashFiles 2 GiB, 256 KiB pieces': async (disk) => {
    const files = [{ absolutePath: join(FOLDER, `data-${2 * GIB}`), length: 2 * GIB }]
    await disk.hashFiles({ files, pieceLength: MIB / 4, signal: new AbortController().signal })
    return 2 * GIB
  },
  'serve 1 GiB in order': async (disk) => {
    const options = torrent(GIB, MIB)
    await using store = await disk.openStore(options)
    await serve(store, options)
    return GIB
  },
}

async function measure(name: string): Promise<Figures> {
  await using disk = createDiskIo({ clock })
  disk.warm()
  const before = process.resourceUsage()
  const start = performance.now()
  const bytes = await cases[name]!(disk)
  const seconds = (performance.now() - start) / 1000
  const after = process.resourceUsage()
  const cpuUs = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime
  return {
    mbPerSecond: bytes / 1e6 / seconds,
    cpuSecondsPerGib: (cpuUs / 1e6 / bytes) * GIB,
    peakRssMib: after.maxRSS / 1024,
  }
}

function inChild(name: string): Figures {
  // The command does the same: without it the type stripper of every thread is part of the figures.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(FOLDER, 'compile') }
  const args = ['--conditions=ccbt-src', fileURLToPath(import.meta.url), name]
  const figures: Figures = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env }))
  return figures
}

/** Runs every case three times and prints the medians. */
export async function run(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  try {
    inChild('store 1 GiB, 1 MiB pieces')
    inChild('store 2 GiB, 64 MiB pieces, 32 at once')
    for (const name of Object.keys(cases)) {
      const rounds = [inChild(name), inChild(name), inChild(name)].sort((a, b) => a.mbPerSecond - b.mbPerSecond)
      const { mbPerSecond, cpuSecondsPerGib, peakRssMib } = rounds[1]!
      const text = `${mbPerSecond.toFixed(0)} MB/s  ${cpuSecondsPerGib.toFixed(2)} CPU s/GiB  ${peakRssMib.toFixed(0)} MiB RSS`
      process.stdout.write(`${name.padEnd(44)} ${text}\n`)
    }
  } finally {
    rmSync(FOLDER, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = process.argv[2]
  if (name === undefined) await run()
  else process.stdout.write(JSON.stringify(await measure(name)))
}

// What chunks do for one live torrent: its data that is on this machine is reused, and when it is complete it is indexed.

import type { Metainfo, MetainfoFile } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import type { Bitfield, Clock, Layout, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { TorrentEvent } from '../events.ts'
import type { ReuseSnapshot } from '../snapshot.ts'
import type { Swarm } from '../swarm/swarm.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeParts } from './exchange.ts'
import { Reuse } from './reuse.ts'
import type { GuessCheck } from './reuse.ts'
import { ReusePlan } from './reuse-plan.ts'
import type { CompleteFile, SessionXet } from './session-xet.ts'
import { isComplete, TorrentScope } from './torrent-scope.ts'
import type { ClonedFile } from './twin-files.ts'

/** Counts what is sent of chunks. */
export type UploadCount = ExchangeParts['onUploaded']

/** Files that are told of one by one in a snapshot; what came from others is added up. */
const MAX_SOURCES = 32

/** What a {@link TorrentXet} works with. */
export interface TorrentXetParts {
  readonly chunks: SessionXet
  readonly clock: Clock
  readonly metainfo: Metainfo
  /** Where the files are that are not padding, in the order of the torrent. */
  readonly paths: () => readonly string[]
  readonly layout: Layout
  /** In the order of the torrent, perhaps with padding behind them. */
  readonly files: readonly MetainfoFile[]
  readonly picker: PiecePicker
  readonly store: Pick<PieceStore, 'onWritable' | 'read'>
  readonly isWanted: (fileIndex: number) => boolean
  /** What has been reused already. */
  readonly cloned: readonly ClonedFile[]
  readonly emit: (event: TorrentEvent) => void
  readonly onFailed: (error: unknown) => void
}

/** Xet's own hashes, by their number. */
const SUITE = 1

/** The chunks of one torrent. */
export class TorrentXet {
  readonly #parts: TorrentXetParts
  readonly #reused = new Map<string, number>()
  #reusedBytes = 0
  #reuse: Reuse | undefined
  readonly #scope: TorrentScope | undefined
  #exchange: Exchange | undefined
  #closeScope: () => void = () => {}

  constructor(parts: TorrentXetParts) {
    this.#parts = parts
    this.#scope = parts.metainfo.isPrivate ? undefined : new TorrentScope(parts)
    for (const { index, path } of parts.cloned) {
      const file = parts.metainfo.files[index]
      if (file !== undefined && isComplete(file, parts)) this.#count(path, file.length)
    }
  }

  /** What is spoken of with peers; absent in private torrents, of which nothing may be told. */
  get exchange(): Exchange | undefined {
    return this.#exchange
  }

  /** Whether peers are spoken with. */
  get speaks(): boolean {
    return this.#scope !== undefined
  }

  /** Answers peers from now on, and brings in what is here where something is missing. */
  start(swarm: Pick<Swarm, 'connections' | 'downloader' | 'hashes' | 'refill'>, onUploaded: UploadCount): void {
    this.#speak(swarm.connections, onUploaded)
    this.#bringIn(swarm)
  }

  #speak(connections: Swarm['connections'], onUploaded: UploadCount): void {
    const { chunks, clock, metainfo, layout, picker, onFailed } = this.#parts
    if (this.#scope === undefined) return
    this.#closeScope = chunks.opened(toHex(metainfo.infoHash), this.#scope)
    this.#exchange = new Exchange({
      chunks,
      clock,
      layout,
      picker,
      scope: this.#scope,
      flushSoon: (connection) => connections.flushSoon(connection),
      onUploaded,
      onFailed,
    })
  }

  #bringIn(swarm: Pick<Swarm, 'downloader' | 'hashes' | 'refill'>): void {
    const { chunks, picker, layout, clock, store, onFailed } = this.#parts
    if (picker.isComplete || !chunks.hasFiles) return
    this.#reuse = new Reuse({
      plan: this.#plan(),
      layout,
      picker,
      intake: swarm.downloader.intake,
      store,
      clock,
      guesses: this.#guessCheck(swarm.hashes),
      onReleased: () => swarm.refill(),
      onReused: (path, bytes) => this.#count(path, bytes),
      onFailed,
    })
    this.#reuse.start()
  }

  stop(): void {
    this.#reuse?.stop()
    this.#reuse = undefined
    this.#exchange?.stop()
    this.#exchange = undefined
    this.#closeScope()
  }

  /** Whether a piece without a verdict is a guess, or came from here alone. */
  isOurs(piece: PieceIndex): boolean {
    return this.#reuse?.isOurs(piece) ?? false
  }

  /** Bytes of a piece without a verdict that came from here. */
  bytesOf(piece: PieceIndex): number {
    return this.#reuse?.bytesOf(piece) ?? 0
  }

  /** A piece has its verdict. */
  settled(piece: PieceIndex, isRight: boolean): void {
    this.#reuse?.settled(piece, isRight)
  }

  /** Which blocks of a wrong piece were right; gives how many of the others came from here. */
  judged(piece: PieceIndex, good: Bitfield): number {
    return this.#reuse?.judged(piece, good) ?? 0
  }

  /** Everything wanted is there, with its final size and time. */
  completed(): void {
    this.#parts.chunks.completed(this.#completeFiles())
    if (this.#reusedBytes > 0) this.#parts.emit({ type: 'reused', ...this.#sources() })
  }

  /** The files have other paths now. */
  relocated(): void {
    this.#scope?.relocated()
    // What was waiting to be indexed is not found at its old place.
    if (this.#parts.picker.isComplete) this.#parts.chunks.completed(this.#completeFiles())
  }

  describe(): ReuseSnapshot {
    return { ...this.#sources(), index: this.#parts.chunks.size }
  }

  #guessCheck(hashes: Swarm['hashes']): GuessCheck {
    if (hashes !== undefined) return { by: 'trees', canAsk: (piece) => hashes.canAsk(piece) }
    const blockHashes: Extract<GuessCheck, { by: 'hashes' }>['blockHashes'] = async (piece, isWanted) =>
      this.#exchange?.blockHashes(piece, isWanted)
    return { by: 'hashes', blockHashes }
  }

  #plan(): ReusePlan {
    const { chunks, layout, metainfo, files, isWanted, paths } = this.#parts
    return new ReusePlan({
      index: chunks.index,
      layout,
      files,
      paths,
      isWanted,
      canGuess: metainfo.kind !== 'v1' || this.#exchange !== undefined,
      hashOf: (index) => (metainfo.xet?.suite === SUITE ? metainfo.xet.files.get(index) : undefined),
      mapOf: async (index, fileHash) => this.#exchange?.mapOf(index, files[index]!.length, fileHash),
    })
  }

  *#completeFiles(): Iterable<CompleteFile> {
    const { metainfo, isWanted, paths } = this.#parts
    const infoHash = toHex(metainfo.infoHash)
    const placed = paths().values()
    for (const [index, { length, isPad, piecesRoot, symlinkTarget }] of metainfo.files.entries()) {
      const path = isPad ? undefined : placed.next().value
      if (path === undefined || length === 0 || symlinkTarget !== undefined || !isWanted(index)) continue
      const root = piecesRoot === undefined ? {} : { root: toHex(piecesRoot) }
      yield { path, length, infoHash, ...root }
    }
  }

  #sources(): Omit<ReuseSnapshot, 'index'> {
    return { bytes: this.#reusedBytes, from: Array.from(this.#reused, ([path, bytes]) => ({ path, bytes })) }
  }

  #count(path: string, bytes: number): void {
    this.#reusedBytes += bytes
    const known = this.#reused.get(path)
    if (known !== undefined || this.#reused.size < MAX_SOURCES) this.#reused.set(path, (known ?? 0) + bytes)
  }
}

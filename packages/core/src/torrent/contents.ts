// What a torrent consists of: its bytes as pieces and files, which of them are wanted, which are there and where they are
// stored. It outlives the runs of the torrent.

import type { DiskIo, PartialPiece, PieceStore, StorePlace } from '@ccbt/disk-io'
import type { Metainfo } from '@ccbt/metainfo'
import { createPicker } from '@ccbt/piece-picker'
import type { PiecePicker } from '@ccbt/piece-picker'
import { bug } from '@ccbt/primitives'
import type { Clock, Layout, PieceIndex, Random } from '@ccbt/primitives'
import type { ChunkIndex } from '@ccbt/xet'

import type { AddOptions, CheckMode } from '../options.ts'
import { cloneTwins } from '../xet/twin-files.ts'
import type { ClonedFile } from '../xet/twin-files.ts'
import { byteSpaceOf, placedFiles } from './byte-space.ts'
import type { ByteSpace } from './byte-space.ts'
import { checkData, forgetPieces, restorePartials } from './check-data.ts'
import type { KnownData } from './check-data.ts'
import { filesByPatterns, prioritiesByPatterns } from './file-patterns.ts'
import { Progress } from './progress.ts'
import { Selection } from './selection.ts'
import { strategyOf } from './strategy.ts'
import type { PieceStrategy } from './strategy.ts'

/** What {@link Contents} are made of. */
export interface ContentsParts {
  readonly metainfo: Metainfo
  readonly options: AddOptions
  readonly clock: Clock
  readonly random: Random
  /** What came of a piece so far is of no use: it is fetched anew. */
  readonly onRestarted: (piece: PieceIndex) => void
}

/** What an earlier run knew, and who wants to hear of the check. */
export interface ContentsCheck {
  /** Knows files that are on this machine, for a torrent that is to run and has nothing yet. */
  readonly twins: ChunkIndex | undefined
  readonly mode: CheckMode
  readonly record: KnownData | undefined
  readonly expectsFiles: boolean
  readonly partials: () => Promise<readonly PartialPiece[]>
  /** Hashing of so many pieces begins: it may take a while. */
  readonly onStart: (pieces: number) => void
  readonly signal: AbortSignal
}

/** The contents of one torrent. */
export class Contents {
  readonly metainfo: Metainfo
  readonly space: ByteSpace
  readonly layout: Layout
  readonly selection: Selection
  readonly progress: Progress
  readonly picker: PiecePicker
  #checked = 0
  #cloned: readonly ClonedFile[] = []
  #strategy: PieceStrategy = 'rarest'
  #store: PieceStore | undefined

  /** @throws TORRENT_SELECTION_INVALID, TORRENT_PRIORITIES_INVALID, TORRENT_NOTHING_SELECTED */
  constructor({ metainfo, options, clock, random, onRestarted }: ContentsParts) {
    this.metainfo = metainfo
    this.space = byteSpaceOf(metainfo)
    const { layout } = this.space
    this.layout = layout
    const select = options.select ?? filesByPatterns(metainfo.files, options)
    const priorities = options.priorities ?? prioritiesByPatterns(metainfo.files, options, select)
    const chosen = { ...options, ...(select && { select }), ...(priorities && { priorities }) }
    this.selection = new Selection(metainfo.files, layout, chosen)
    this.progress = new Progress(layout, this.selection)
    this.picker = createPicker({ layout, clock, random, onRestarted })
    this.selection.tell(this.picker)
    this.setStrategy(strategyOf(options))
  }

  /** Pieces that the check under way, or the last one, has looked at. */
  get checked(): number {
    return this.#checked
  }

  /** There once it is open. */
  get store(): PieceStore {
    if (this.#store === undefined) throw bug('torrent has no store yet')
    return this.#store
  }

  get isOpen(): boolean {
    return this.#store !== undefined
  }

  /** The file at an absolute path, by its index; `undefined` = none of the torrent's. */
  fileAt(path: string): number | undefined {
    const number = this.paths().indexOf(path)
    return number === -1 ? undefined : placedFiles(this.metainfo.files)[number]
  }

  /** Absolute paths of the files; none before they are opened. */
  paths(): readonly string[] {
    return this.#store?.paths() ?? []
  }

  /** Rejects when the folder cannot be used. */
  async open(disk: DiskIo, { paths, ...place }: StorePlace, preallocate: AddOptions['preallocate']): Promise<void> {
    this.#store = await disk.openStore({
      ...place,
      ...this.space,
      files: this.space.files.map((file, index) => ({ ...file, path: paths[index] ?? file.path })),
      pieceHashes: this.metainfo.pieceHashes,
      preallocate: preallocate ?? 'sparse',
      wanted: (index) => this.selection.hasFile(index),
    })
  }

  async close(): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]()
  }

  /** Finds out what is on disk; true = what the record says, and nothing is to be done. What was known before is forgotten. */
  async check({ twins, mode, partials, signal, ...known }: ContentsCheck): Promise<boolean> {
    const { layout, metainfo, picker, progress, store } = this
    const isWanted = (index: number): boolean => this.selection.hasFile(index)
    this.#checked = 0
    // The run before may have pieces with the workers.
    await store.flush()
    forgetPieces(layout, picker, store)
    progress.reset()
    if (twins !== undefined && mode !== 'skip' && known.record?.pieces.isEmpty !== false) {
      this.#cloned = await cloneTwins({ index: twins, store, files: metainfo.files, isWanted, signal })
    }
    const isAsRecorded = await checkData({
      mode,
      store,
      layout,
      files: metainfo.files,
      isWanted,
      ...known,
      onPiece: (piece, isRight) => {
        this.#checked++
        if (isRight) progress.found(piece, picker)
      },
      signal,
    })
    if (!picker.have.isFull) await restorePartials({ store, layout, picker, partials: await partials(), signal })
    return isAsRecorded
  }

  /** Files that were made of others on this machine, told once; the check has found out whether they are right. */
  takeCloned(): readonly ClonedFile[] {
    const cloned = this.#cloned
    this.#cloned = []
    return cloned
  }

  get strategy(): PieceStrategy {
    return this.#strategy
  }

  setStrategy(strategy: PieceStrategy): void {
    this.#strategy = strategy
    if (strategy !== 'streaming') this.picker.setUrgent([], 0)
    this.picker.setStrategy(strategy === 'streaming' ? 'rarest' : strategy)
  }

  /** Whether the first and last pieces of each file come first. */
  raiseEnds(isOn: boolean): void {
    this.selection.raiseEnds(isOn)
    this.selection.tell(this.picker)
  }

  /**
   * Wants the files as much; what is there of files that are wanted now moves out of the part-file. Rejects with DISK_*
   * when that fails. @throws TORRENT_PRIORITIES_INVALID
   */
  async prioritise(priorities: readonly number[]): Promise<void> {
    const changed = this.selection.change(priorities)
    this.selection.tell(this.picker)
    this.progress.recount(this.picker.have)
    await Promise.all(changed.map(async (index) => this.#store?.setWanted(index, this.selection.hasFile(index))))
  }
}

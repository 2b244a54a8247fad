// Brings data into a live torrent that lies on this machine already. What is found is read, given to the piece store like
// blocks that came from a peer, and counts when the torrent's own hashes say so; nobody is blamed when they do not.
//
// From the start pieces are held back from peers while it is not known whether they can be had here: a moment for the
// index, MAP_PATIENCE_MS for chunk maps. All others are downloaded meanwhile. Whatever goes wrong releases pieces to the
// ordinary download.
//
// Bounds: PARTIAL_BYTES of pieces that peers must complete, GUESSED_PIECES whose block hashes they must tell.

import type { Bitfield, Clock, Layout, PieceIndex } from '@ccbt/primitives'
import type { PieceStore } from '@ccbt/disk-io'
import type { PiecePicker } from '@ccbt/piece-picker'

import type { BlockIntake } from '../download/block-intake.ts'
import type { ExtentMap } from './extents.ts'
import { LocalFiles } from './local-files.ts'
import { PieceStates } from './piece-states.ts'
import type { ReusePlan } from './reuse-plan.ts'
import { dropWrong, planPiece, readPlan } from './piece-plan.ts'
import type { PiecePlan } from './piece-plan.ts'

const PARTIAL_BYTES = 16_777_216
/** A peer reads the block hashes of four pieces at a time for us and rejects more: such a piece would be fetched whole. */
const GUESSED_PIECES = 4
const ROOM_RETRY_MS = 100

/** What a {@link Reuse} works with and tells. */
export interface ReuseParts {
  readonly plan: ReusePlan
  readonly layout: Layout
  readonly picker: PiecePicker
  readonly intake: Pick<BlockIntake, 'supply'>
  readonly store: Pick<PieceStore, 'onWritable'>
  readonly clock: Clock
  /** How it is found out which guessed blocks are right. */
  readonly guesses: GuessCheck
  /** Pieces may be asked of peers that could not be before. */
  readonly onReleased: () => void
  /** So many bytes, verified, came from this file. */
  readonly onReused: (path: string, bytes: number) => void
  readonly onFailed: (error: unknown) => void
}

/**
 * With trees (BEP 52) a guess is tried: when the piece is wrong, peers prove which blocks are. Without, they are asked what the
 * blocks hash to before.
 */
export type GuessCheck =
  | {
      readonly by: 'trees'
      /** Whether a peer is there that can tell which blocks of the piece are wrong. */
      readonly canAsk: (piece: PieceIndex) => boolean
    }
  | {
      readonly by: 'hashes'
      /** SHA-256 of each block, as a peer tells it; `undefined` = none does. `isWanted` says what will be asked for next. */
      readonly blockHashes: (
        piece: PieceIndex,
        isWanted: (piece: PieceIndex) => boolean,
      ) => Promise<Uint8Array | undefined>
    }

/** What is done with the guessed blocks of a piece: left out, tried, or compared with these hashes. */
type Guesses = 'none' | 'tried' | { readonly hashes: Uint8Array }

/** One torrent's reuse; nothing happens before {@link Reuse.start}. */
export class Reuse {
  readonly #parts: ReuseParts
  readonly #files = new LocalFiles()
  readonly #states: PieceStates
  /** False once nobody was there to tell wrong blocks from right ones. */
  #canGuess = true
  #isStopped = false

  constructor(parts: ReuseParts) {
    this.#parts = parts
    this.#states = new PieceStates(parts)
  }

  /** Holds what is missing, and begins to look for it. */
  start(): void {
    this.#states.holdMissing()
    this.#run().catch((error: unknown) => this.#parts.onFailed(error))
  }

  /** Ends it; pieces that are held are released. */
  stop(): void {
    this.#isStopped = true
    this.#states.stop()
  }

  /** Whether a piece without a verdict is a guess, or came from here alone. */
  isOurs(piece: PieceIndex): boolean {
    return this.#states.isOurs(piece)
  }

  /** Bytes of a piece without a verdict that came from here. */
  bytesOf(piece: PieceIndex): number {
    return this.#states.bytesOf(piece)
  }

  /** A piece has its verdict. */
  settled(piece: PieceIndex, isRight: boolean): void {
    const isWhole = this.#states.isWhole(piece)
    const doubted = this.#states.settled(piece, isRight)
    if (doubted.size > 0) this.#parts.plan.doubt(doubted)
    // Most blocks of it may be right all the same: they are tried once more, as guesses.
    if (!isRight && isWhole && this.#doubt(piece)) this.#states.hold(piece)
  }

  /** Which blocks of a wrong piece were right; gives how many of the others came from here. */
  judged(piece: PieceIndex, good: Bitfield): number {
    return this.#states.judged(piece, good)
  }

  get #extents(): ExtentMap {
    return this.#parts.plan.extents
  }

  async #run(): Promise<void> {
    try {
      const { plan } = this.#parts
      await plan.findFiles()
      await this.#feed()
      while (!this.#isStopped && (plan.isWaiting || (await this.#isMoreHeld()))) {
        if (plan.isWaiting) await plan.nextMap()
        await this.#feed()
      }
    } finally {
      this.#states.stop()
      await this.#files[Symbol.asyncDispose]()
    }
  }

  /** Waits for the verdicts of what was whole; true when some of it is to be tried again. */
  async #isMoreHeld(): Promise<boolean> {
    return (await this.#states.until(() => !this.#states.awaitsWhole)) && this.#states.held.length > 0
  }

  /** Supplies or releases every held piece whose files have been looked for: whole ones first, since they need nobody. */
  async #feed(): Promise<void> {
    if (this.#isStopped) return
    const decided = this.#states.held.filter((piece) => !this.#isWaiting(piece))
    const rest: PieceIndex[] = []
    this.#states.release(decided.filter((piece) => !this.#mayHelp(piece)))
    // What is done with one piece may show that a file is not what it was taken for: its chunks are asked for then.
    const isOver = (piece: PieceIndex): boolean =>
      this.#isStopped || this.#states.isReleased(piece) || this.#isWaiting(piece)
    for (const piece of decided) {
      if (isOver(piece)) continue
      if (this.#planOf(piece, 'none').isWhole) await this.#supply(piece, 'none', isOver)
      else rest.push(piece)
    }
    for (const piece of rest) if (!isOver(piece)) await this.#feedPartial(piece, isOver)
  }

  async #feedPartial(piece: PieceIndex, isOver: (piece: PieceIndex) => boolean): Promise<void> {
    const guessed = this.#planOf(piece, 'tried')
    const certain = this.#planOf(piece, 'none')
    const wantsGuess = guessed.blocks.size > certain.blocks.size && this.#canGuess && this.#states.guessesPay
    await this.#supply(piece, wantsGuess ? await this.#guessesFor(piece) : 'none', isOver)
  }

  async #guessesFor(piece: PieceIndex): Promise<Guesses> {
    const { guesses } = this.#parts
    if (guesses.by === 'trees') {
      this.#canGuess = await this.#states.until(() => guesses.canAsk(piece))
      return this.#canGuess ? 'tried' : 'none'
    }
    const hashes = await guesses.blockHashes(piece, (other) => !this.#states.isReleased(other))
    this.#canGuess = hashes !== undefined
    return hashes === undefined ? 'none' : { hashes }
  }

  /** Gives what there is of a piece to the store. */
  async #supply(piece: PieceIndex, guesses: Guesses, isOver: (piece: PieceIndex) => boolean): Promise<void> {
    const isItsTurn = (): boolean => isOver(piece) || this.#isItsTurn(this.#planOf(piece, guesses))
    if (!isItsTurn() && !(await this.#states.until(isItsTurn))) this.stop()
    if (isOver(piece)) return
    const plan = this.#planOf(piece, guesses)
    if (plan.blocks.size > 0) {
      const blocks = await readPlan(plan, this.#files)
      if (typeof guesses === 'object') this.#states.compared(dropWrong(blocks, plan, guesses.hashes))
      while (blocks.size > 0 && !this.#isStopped && this.#parts.intake.supply(piece, blocks) === 'no-room') {
        await this.#room()
      }
      if (!this.#isStopped && blocks.size > 0) this.#states.supplied(plan, blocks)
    }
    this.#states.release([piece])
  }

  /** Guesses that are compared with hashes are none any more. */
  #planOf(piece: PieceIndex, guesses: Guesses): PiecePlan {
    const plan = planPiece(this.#parts.layout, this.#extents, piece, guesses !== 'none')
    return typeof guesses === 'object' ? { ...plan, isGuessed: false } : plan
  }

  #isItsTurn(plan: PiecePlan): boolean {
    if (plan.blocks.size === 0) return true
    const { guessed, partialBytes } = this.#states
    if (plan.isGuessed && guessed >= GUESSED_PIECES) return false
    const mayFit = partialBytes === 0 || partialBytes + this.#parts.layout.nominalPieceLength <= PARTIAL_BYTES
    return (plan.isWhole || mayFit) && this.#states.isTrusted(plan)
  }

  /** Waits for memory; the listener may have been told before we asked, so not for ever. */
  async #room(): Promise<void> {
    const { clock, store } = this.#parts
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = store.onWritable(resolve)
    const cancel = clock.after(ROOM_RETRY_MS, resolve)
    await promise
    stop()
    cancel()
  }

  #isWaiting(piece: PieceIndex): boolean {
    const { plan } = this.#parts
    return plan.filesOf(piece).some((fileIndex) => plan.isOpen(fileIndex))
  }

  #mayHelp(piece: PieceIndex): boolean {
    const [start, end] = this.#spanOf(piece)
    return this.#extents.touches(start, end)
  }

  /** Takes what is there of a piece for guesses; false when it is nothing else. Chunks may still be found for it. */
  #doubt(piece: PieceIndex): boolean {
    const [start, end] = this.#spanOf(piece)
    return this.#extents.doubt(start, end) || this.#isWaiting(piece)
  }

  #spanOf(piece: PieceIndex): readonly [number, number] {
    const { layout } = this.#parts
    const start = piece * layout.nominalPieceLength
    return [start, start + layout.hashedLength(piece)]
  }
}

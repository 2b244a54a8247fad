// Which blocks of a piece can be had on this machine, and the reading of them.

import { hash } from 'node:crypto'

import { BLOCK_LENGTH, bytesEqual } from '@ccbt/primitives'
import type { Layout, PieceIndex } from '@ccbt/primitives'

import { BLOCK_HASH_BYTES } from './block-hashes.ts'
import type { Extent, ExtentMap } from './extents.ts'
import type { LocalFiles } from './local-files.ts'

/** More of a piece is not held in memory at a time. */
const MAX_PIECE_BYTES = 33_554_432

/** What is to be read for a piece. */
export interface PiecePlan {
  readonly piece: PieceIndex
  /** By number in the piece; each block wholly there. */
  readonly blocks: ReadonlyMap<number, readonly Extent[]>
  readonly isWhole: boolean
  readonly isGuessed: boolean
}

/** Finds the blocks of a piece. */
export function planPiece(layout: Layout, extents: ExtentMap, piece: PieceIndex, withGuesses: boolean): PiecePlan {
  const start = piece * layout.nominalPieceLength
  const length = layout.pieceLength(piece)
  const count = layout.blocksIn(piece)
  const blocks = new Map<number, readonly Extent[]>()
  let isGuessed = false
  for (let block = 0; block < count && (block + 1) * BLOCK_LENGTH <= MAX_PIECE_BYTES; block++) {
    const begin = block * BLOCK_LENGTH
    const found = extents.covering(start + begin, start + Math.min(begin + BLOCK_LENGTH, length), withGuesses)
    if (found === undefined) continue
    blocks.set(block, found)
    isGuessed ||= found.some((extent) => extent.isGuess)
  }
  return { piece, blocks, isWhole: blocks.size === count && !isGuessed, isGuessed }
}

/** Runs of neighbouring blocks are read in one go. */
export async function readPlan(plan: PiecePlan, files: LocalFiles): Promise<Map<number, Uint8Array>> {
  const out = new Map<number, Uint8Array>()
  for (const run of runsOf(plan)) {
    const bytes = new Uint8Array(run.extents.reduce((sum, { start, end }) => sum + end - start, 0))
    if (!(await readRun(run.extents, bytes, files))) continue
    for (let n = 0; n < run.count; n++) {
      out.set(run.first + n, bytes.subarray(n * BLOCK_LENGTH, (n + 1) * BLOCK_LENGTH))
    }
  }
  return out
}

/** Forgets guessed blocks that do not hash as they should; gives how many did, and did not. */
export function dropWrong(
  blocks: Map<number, Uint8Array>,
  plan: PiecePlan,
  hashes: Uint8Array,
): { readonly right: number; readonly wrong: number } {
  const count = { right: 0, wrong: 0 }
  for (const [block, bytes] of blocks) {
    if (plan.blocks.get(block)?.some(({ isGuess }) => isGuess) !== true) continue
    const expected = hashes.subarray(block * BLOCK_HASH_BYTES, (block + 1) * BLOCK_HASH_BYTES)
    if (bytesEqual(hash('sha256', bytes, 'buffer'), expected)) count.right++
    else {
      count.wrong++
      blocks.delete(block)
    }
  }
  return count
}

interface Run {
  readonly first: number
  count: number
  readonly extents: Extent[]
}

function runsOf({ blocks }: PiecePlan): Run[] {
  const runs: Run[] = []
  for (const [block, extents] of blocks) {
    const last = runs.at(-1)
    if (last === undefined || last.first + last.count !== block)
      runs.push({ first: block, count: 1, extents: [...extents] })
    else {
      last.count++
      for (const extent of extents) append(last.extents, extent)
    }
  }
  return runs
}

/** What goes on in the same file is one read. */
function append(extents: Extent[], next: Extent): void {
  const last = extents.at(-1)
  const goesOn = last?.file === next.file && last !== undefined && last.at + last.end - last.start === next.at
  if (last !== undefined && goesOn) extents[extents.length - 1] = { ...last, end: next.end }
  else extents.push(next)
}

async function readRun(extents: readonly Extent[], into: Uint8Array, files: LocalFiles): Promise<boolean> {
  let at = 0
  for (const { start, end, file, at: offset } of extents) {
    const part = into.subarray(at, at + end - start)
    at += part.length
    if (file !== undefined && !(await files.read(file, offset, part))) return false
  }
  return true
}

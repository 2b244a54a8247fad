// Turns the verdicts on pieces into what is wrong with each file.

import type { FileState } from '@ccbt/disk-io'
import type { Bitfield, Layout } from '@ccbt/primitives'

/** A file that is not as the torrent says. `path` is relative to the data folder. */
export type FileProblem =
  | { readonly problem: 'missing'; readonly path: string }
  | { readonly problem: 'size'; readonly path: string; readonly size: number; readonly length: number }
  | { readonly problem: 'damaged'; readonly path: string; readonly badPieces: number; readonly pieces: number }

/** What a check found. */
export interface CheckedFiles {
  readonly files: readonly {
    readonly path: readonly string[]
    readonly offset: number
    readonly length: number
    readonly isPad: boolean
    readonly symlinkTarget?: readonly string[]
  }[]
  readonly layout: Layout
  readonly good: Bitfield
  readonly states: readonly Pick<FileState, 'exists' | 'size'>[]
}

/** The files that are missing, of the wrong size or damaged. A bad piece counts for every file that it touches. */
export function findFileProblems({ files, layout, good, states }: CheckedFiles): FileProblem[] {
  const problems: FileProblem[] = []
  for (const [index, file] of files.entries()) {
    if (file.isPad || file.symlinkTarget !== undefined) continue
    const path = file.path.join('/')
    const state = states[index]
    if (state?.exists !== true) problems.push({ problem: 'missing', path })
    else if (state.size !== file.length) {
      problems.push({ problem: 'size', path, size: state.size, length: file.length })
    } else {
      const { badPieces, pieces } = countPieces(file, layout, good)
      if (badPieces > 0) problems.push({ problem: 'damaged', path, badPieces, pieces })
    }
  }
  return problems
}

function countPieces(
  file: { readonly offset: number; readonly length: number },
  layout: Layout,
  good: Bitfield,
): { badPieces: number; pieces: number } {
  if (file.length === 0) return { badPieces: 0, pieces: 0 }
  const first = Math.floor(file.offset / layout.nominalPieceLength)
  const last = Math.floor((file.offset + file.length - 1) / layout.nominalPieceLength)
  let badPieces = 0
  for (let piece = first; piece <= last; piece++) if (!good.has(piece)) badPieces++
  return { badPieces, pieces: last - first + 1 }
}

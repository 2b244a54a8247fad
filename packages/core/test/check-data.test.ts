import type { FileState, StoreFile } from '@ccbt/disk-io'
import { Bitfield, Layout } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { CheckMode } from '../src/options.ts'
import { checkData } from '../src/torrent/check-data.ts'
import { Selection } from '../src/torrent/selection.ts'

const PIECE = 16

interface Kind {
  readonly length: number
  readonly isPad: boolean
  /** What is on disk, against the record. */
  readonly state: 'missing' | 'empty' | 'same' | 'touched' | 'short' | 'whole-since'
}

const kind = fc.record({
  length: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })),
  isPad: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  state: fc.constantFrom<Kind['state'][]>('missing', 'empty', 'same', 'touched', 'short', 'whole-since'),
})

const kinds = fc.array(kind, { minLength: 1, maxLength: 12 }).filter((files) => files.some((file) => file.length > 0))

function place(files: readonly Kind[]): { files: StoreFile[]; layout: Layout } {
  let offset = 0
  const placed = files.map(({ length, isPad }, i) => {
    const file = { path: [`${i}`], length, offset, isPad }
    offset += length
    return file
  })
  return { files: placed, layout: new Layout({ totalLength: offset, pieceLength: PIECE }) }
}

const NOTHING: FileState = { exists: false, size: 0, mtimeNs: 0 }

function onDisk({ length, state }: Kind): FileState {
  switch (state) {
    case 'missing':
      return NOTHING
    case 'empty':
      return { exists: true, size: 0, mtimeNs: 5 }
    case 'touched':
      return { exists: true, size: length, mtimeNs: 6 }
    case 'short':
      return { exists: true, size: Math.ceil(length / 2), mtimeNs: 5 }
    case 'same':
    case 'whole-since':
      return { exists: true, size: length, mtimeNs: 5 }
  }
}

function inRecord({ length, state }: Kind): FileState {
  return state === 'whole-since' ? NOTHING : { exists: true, size: length, mtimeNs: 5 }
}

/** The files with bytes in a piece. */
function filesOf(piece: number, all: readonly StoreFile[]): number[] {
  const end = (piece + 1) * PIECE
  return [...all.keys()].filter((i) => {
    const { offset, length, isPad } = all[i]!
    return length > 0 && !isPad && offset < end && offset + length > piece * PIECE
  })
}

/** `right` = believed, `hash` = hashed, `absent` = nothing is there. */
async function check(all: readonly Kind[], mode: CheckMode, known: Bitfield | undefined): Promise<string[]> {
  const { files, layout } = place(all)
  const outcome = Array.from({ length: layout.pieces }, () => 'absent')
  await checkData({
    expectsFiles: false,
    mode,
    store: {
      fileStates: () => Promise.resolve(all.map(onDisk)),
      recheck: ({ pieces }) => {
        for (let n = 0; n < layout.pieces; n++) if (pieces?.has(n) === true) outcome[n] = 'hash'
        return Promise.resolve()
      },
    },
    layout,
    files,
    isWanted: () => true,
    record: known === undefined ? undefined : { pieces: known, files: all.map(inRecord) },
    onStart: () => {},
    onPiece: (piece) => (outcome[piece] = 'right'),
    signal: new AbortController().signal,
  })
  return outcome
}

describe('the check of what is on disk', () => {
  const modes = fc.constantFrom<CheckMode[]>('auto', 'full', 'skip')

  it('believes a record only for files that are as it says, and hashes all else that is there', async () => {
    await fc.assert(
      fc.asyncProperty(kinds, modes, fc.option(fc.nat(2 ** 30)), async (all, mode, recorded) => {
        const { files, layout } = place(all)
        const known = recorded === null ? undefined : new Bitfield(layout.pieces)
        for (let n = 0; n < layout.pieces; n++) if (((recorded ?? 0) >> (n % 30)) & 1) known?.set(n)
        const outcome = await check(all, mode, known)
        for (let n = 0; n < layout.pieces; n++) {
          const states = filesOf(n, files).map((i) => onDisk(all[i]!))
          const isAnyThere = states.some((state) => state.exists && state.size > 0)
          const isUnchanged = filesOf(n, files).every((i) => {
            const [now, then] = [onDisk(all[i]!), inRecord(all[i]!)]
            return now.exists && then.exists && now.size > 0 && now.size === then.size && now.mtimeNs === then.mtimeNs
          })
          const isWhole = filesOf(n, files).every((i) => onDisk(all[i]!).size === files[i]!.length)
          let expected = 'absent'
          if (isAnyThere && mode === 'skip') expected = isWhole ? 'right' : 'absent'
          else if (isAnyThere && mode === 'auto' && known !== undefined && isUnchanged) {
            expected = known.has(n) ? 'right' : 'absent'
          } else if (isAnyThere) expected = 'hash'
          expect([n, outcome[n]]).toEqual([n, expected])
        }
      }),
    )
  })
})

describe('a selection', () => {
  it('wants the pieces with a byte of a selected file, and no others', () => {
    fc.assert(
      fc.property(kinds, fc.array(fc.nat(11)), (all, chosen) => {
        const { files, layout } = place(all)
        const select = chosen.filter((i) => i < files.length)
        const selection = new Selection(files, layout, { ...(select && { select }) })
        let length = 0
        for (let n = 0; n < layout.pieces; n++) {
          const piece = layout.piece(n)!
          const isWanted = filesOf(n, files).some((i) => select.includes(i))
          expect([n, selection.isWanted(piece)]).toEqual([n, isWanted])
          if (isWanted) length += layout.pieceLength(piece)
        }
        expect(selection.length).toBe(length)
        for (const i of files.keys()) expect(selection.hasFile(i)).toBe(select.includes(i))
      }),
    )
  })

  it('of nothing said is everything, and refuses a file that does not exist', () => {
    const { files, layout } = place([{ length: 40, isPad: false, state: 'same' }])
    expect(new Selection(files, layout).length).toBe(40)
    for (const index of [1, -1, 0.5]) {
      expect(() => new Selection(files, layout, { select: [index] })).toThrow(/there is no file/)
    }
  })
})

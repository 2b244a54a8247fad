// Moves files to other places so that they are never lost: every file stands whole at its new place, and is synced there,
// before the first old one goes. On one device the new place is a second name; else it is a copy that was read back.
//
// It can be done again from any point at which the process was killed: what stands at its new place is seen, and a copy
// that was not finished has a name of its own. Where it fails all goes back to what it was.

import { createHash } from 'node:crypto'
import { dirname } from 'node:path'

import type { WorkerPool } from '@ccbt/worker-pool'

import { aborted, copyDiffers, fileExists } from './errors.ts'
import { batches, pathOf } from './file-refs.ts'
import type { DiskJobs, FileMove, FileRef, FoundMove, Span } from './jobs.ts'
import { syncFiles } from './sync-files.ts'

/** Bytes copied or compared by one job: a live job behind it waits some 30 ms. */
const RUN_BYTES = 33_554_432

/** Where a file is, and where it is to be. */
export interface MoveItem {
  readonly from: FilePlace
  readonly to: FilePlace
}

/** A file below a folder that is not left. */
export interface FilePlace {
  readonly directory: string
  readonly path: readonly string[]
}

/** What moving works with. */
export interface MoveParts {
  readonly pool: WorkerPool<DiskJobs>
  /** The first of as many unused ids. */
  readonly takeFileIds: (count: number) => number
  readonly signal: AbortSignal
}

/** One file on its way. */
interface Move extends FileMove {
  /** The name of a copy that is not finished. */
  readonly copy: FileRef
}

/** The same as it was found. */
type KnownMove = Move & FoundMove

/**
 * Moves what there is of these files. Rejects with DISK_FILE_EXISTS when another file is at a new place, DISK_NO_SPACE,
 * DISK_WRITE_FAILED and the like, ABORTED; then everything is where it was.
 */
export async function moveFiles(items: readonly MoveItem[], parts: MoveParts): Promise<void> {
  const firstId = parts.takeFileIds(3 * items.length)
  const moves = items.filter(isElsewhere).map((item, i) => moveOf(item, firstId + 3 * i))
  try {
    await moveAll(moves, parts)
  } finally {
    await parts.pool.runOnStarted('close', { firstId, endId: firstId + 3 * items.length })
  }
}

async function moveAll(moves: readonly Move[], parts: MoveParts): Promise<void> {
  const all = await survey(moves, parts.pool)
  const present = all.filter(({ state }) => state !== 'absent' && state !== 'moved')
  // What is linked was begun by an earlier attempt.
  const placed = present.filter(({ state }) => state === 'linked')
  try {
    for (const move of present) {
      if (move.state === 'occupied') await expectSame(move, parts)
      else if (move.state !== 'linked') {
        await place(move, parts)
        placed.push(move)
      }
    }
    await syncFiles(present.map(({ to }) => ({ ...to, isOurs: true })))
    // An attempt that was killed may have left the folder of a file that it had moved.
    await tidy(
      all.filter(({ state }) => state !== 'absent'),
      parts.pool,
    )
  } catch (error) {
    await undo(placed, parts.pool)
    await removeFiles(
      present.map(({ copy }) => copy),
      parts.pool,
    )
    await removeFolders(
      present.map(({ to }) => to),
      parts.pool,
    )
    throw error
  }
}

async function survey(moves: readonly Move[], pool: MoveParts['pool']): Promise<KnownMove[]> {
  const answers = await Promise.all(
    batches(moves).map((batch) => pool.run('survey', { moves: batch.map(({ from, to }) => ({ from, to })) })),
  )
  const found = answers.flatMap((answer) => answer.found)
  return moves.flatMap((move, i) => {
    const known = found[i]
    return known === undefined ? [] : [{ ...move, ...known }]
  })
}

/** A file that is at the new place already may stay only when it is the same. */
async function expectSame({ from, to, length }: KnownMove, parts: MoveParts): Promise<void> {
  if (!(await isSameFile(from, to, length, parts))) throw fileExists(pathOf(to))
}

async function place({ from, to, copy, length }: KnownMove, parts: MoveParts): Promise<void> {
  const { pool, signal } = parts
  if (signal.aborted) throw aborted()
  const placing = await pool.run('place', { from, to })
  if (placing === 'occupied') throw fileExists(pathOf(to))
  if (placing === 'placed') return
  // Left by an earlier attempt.
  await removeFiles([copy], pool)
  const target = { ...copy, reserveBytes: length }
  await eachRun(length, parts, async (run) => {
    await pool.run('copy', { from: { ...run, file: from }, to: { ...run, file: target } })
    return true
  })
  await pool.run('imitate', { from, to: target })
  await syncFiles([target])
  if (!(await isSameFile(from, target, length, parts))) throw copyDiffers(pathOf(from))
  if ((await pool.run('place', { from: target, to })) !== 'placed') throw fileExists(pathOf(to))
}

async function isSameFile(a: FileRef, b: FileRef, length: number, parts: MoveParts): Promise<boolean> {
  // One byte more than there should be: a longer file is not the same.
  return eachRun(length + 1, parts, (run) =>
    parts.pool.run('compare', { a: { ...run, file: a }, b: { ...run, file: b } }),
  )
}

async function eachRun(
  length: number,
  { signal }: MoveParts,
  step: (run: Omit<Span, 'file'>) => Promise<boolean>,
): Promise<boolean> {
  for (let at = 0; at < length; at += RUN_BYTES) {
    if (signal.aborted) throw aborted()
    if (!(await step({ fileOffset: at, length: Math.min(RUN_BYTES, length - at), at: 0 }))) return false
  }
  return true
}

/** Gives files their old names back where they have lost them, and takes away the new ones that were given. */
async function undo(placed: readonly KnownMove[], pool: MoveParts['pool']): Promise<void> {
  for (const { from, to, state } of await survey(placed, pool)) {
    const isBack = state === 'linked' || state === 'occupied'
    const isGone = state === 'absent' || state === 'apart'
    if (isGone || (!isBack && (await pool.run('place', { from: to, to: from })) !== 'placed')) continue
    if (state !== 'same-name') await removeFiles([to], pool)
  }
}

/** The old names, copies that are placed, and folders that are empty then. */
async function tidy(moves: readonly KnownMove[], pool: MoveParts['pool']): Promise<void> {
  const old = moves.filter(({ state }) => state !== 'same-name' && state !== 'moved')
  // Copies first: a file with a second name counts as one that somebody else has, too.
  await removeFiles(
    old.flatMap(({ from, copy }) => [copy, from]),
    pool,
  )
  await removeFolders(
    moves.map(({ from }) => from),
    pool,
  )
}

async function removeFiles(files: readonly FileRef[], pool: MoveParts['pool']): Promise<void> {
  for (const batch of batches(files)) await pool.run('remove', { files: batch, folders: [] })
}

async function removeFolders(files: readonly FileRef[], pool: MoveParts['pool']): Promise<void> {
  await pool.run('remove', { files: [], folders: foldersOf(files) })
}

/** The folders that files are in, the deepest first; those that all are below are not among them. */
export function foldersOf(files: readonly FileRef[]): FileRef[] {
  const folders = new Map<string, FileRef>()
  for (const file of files) {
    const { relative } = file
    for (let at = relative.lastIndexOf('/'); at > 0; at = relative.lastIndexOf('/', at - 1)) {
      const folder = relative.slice(0, at)
      folders.set(`${file.root ?? ''}/${folder}`, { ...file, relative: folder })
    }
  }
  return [...folders.values()].toSorted((a, b) => depthOf(b) - depthOf(a))
}

function depthOf({ relative }: FileRef): number {
  return relative.split('/').length
}

function isElsewhere({ from, to }: MoveItem): boolean {
  return from.directory !== to.directory || from.path.join('/') !== to.path.join('/')
}

function moveOf({ from, to }: MoveItem, id: number): Move {
  const target = refOf(to, id + 1)
  const name = createHash('sha256').update(target.relative).digest('hex').slice(0, 12)
  const copy = [dirname(target.relative), `.${name}.ccbt-move`].filter((part) => part !== '.').join('/')
  return { from: refOf(from, id), to: target, copy: { ...target, id: id + 2, relative: copy } }
}

function refOf({ directory, path }: FilePlace, id: number): FileRef {
  return { id, root: directory, relative: path.join('/'), reserveBytes: 0, isOurs: true }
}

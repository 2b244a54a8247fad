// Opens files below a folder without ever leaving it. On Linux each component is opened relative to the descriptor of the one
// before it (through /proc/self/fd, as openat would), never following a link, so nothing that is swapped in between the steps
// can lead outside. Elsewhere the folders are checked by name, before and after opening.

import { closeSync, constants, existsSync, fstatSync, lstatSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'

import { errnoOf, notAFile, unsafePath } from './failure.ts'

/** Whether and how a file is opened. */
export interface OpenMode {
  readonly isWritable: boolean
  /** Makes the file, and the folders above it, when missing. */
  readonly isCreated: boolean
}

/** An open file. */
export interface OpenedFile {
  readonly fd: number
  readonly stats: Stats
  /** Whether it did not exist before. */
  readonly isNew: boolean
}

interface Goal {
  readonly root: string
  readonly relative: string
  readonly mode: OpenMode
}

/** How the steps of a walk are named: by descriptor on Linux, by path elsewhere. */
interface Walk {
  /** A name for `part` in the folder reached so far. */
  name(part: string): string
  /** Steps into it; it is known to be a real folder. */
  enter(part: string): void
  /** Whether the folder reached is still where it was. */
  isSame(): boolean
  close(): void
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants
// Windows has neither; the checks by name cover it.
const NO_FOLLOW = O_NOFOLLOW ?? 0
// A FIFO without a writer would otherwise block the thread in open().
const NO_BLOCK = O_NONBLOCK ?? 0

const HAS_PROC_FD = existsSync('/proc/self/fd')

/** Opens `relative` below `root`; throws DISK_UNSAFE_PATH, DISK_NOT_A_FILE or the system's error. */
export function openBelow(root: string, relative: string, mode: OpenMode): OpenedFile {
  if (!HAS_PROC_FD) return openBelowByName(root, relative, mode)
  if (mode.isCreated && !existsSync(root)) makeFolders(root)
  return walkTo(descriptorWalk(root), { root, relative, mode })
}

/** The same where there is no /proc. A folder that is swapped at the wrong moment may get an empty file, but no data. */
export function openBelowByName(root: string, relative: string, mode: OpenMode): OpenedFile {
  if (mode.isCreated && !existsSync(root)) makeFolders(root)
  return walkTo(nameWalk(root), { root, relative, mode })
}

/** Opens a path that the user named himself: links are followed, but it must be a regular file. */
export function openNamed(path: string): OpenedFile {
  return verified(openSync(path, O_RDONLY | NO_BLOCK), path, false)
}

/** Size and time of a file below `root`, or `undefined` when there is none. Throws what {@link openBelow} throws. */
export function statBelow(root: string, relative: string): Stats | undefined {
  let path = root
  const parts = relative.split('/')
  for (const [i, part] of parts.entries()) {
    path = join(path, part)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (stats.isSymbolicLink()) throw unsafePath(path)
    if (i === parts.length - 1) return stats
    if (!stats.isDirectory()) return undefined
  }
  return undefined
}

/** Calls `act` with a name for `relative` that leads through no link. Throws what {@link openBelow} throws. */
export function enterBelow(root: string, relative: string, act: (name: string) => void): void {
  walkFolders(root, relative, { isCreated: false, act })
}

/** The same; makes the folders that are missing. */
export function enterMade(root: string, relative: string, act: (name: string) => void): void {
  if (!existsSync(root)) makeFolders(root)
  walkFolders(root, relative, { isCreated: true, act })
}

function walkFolders(
  root: string,
  relative: string,
  { isCreated, act }: { readonly isCreated: boolean; readonly act: (name: string) => void },
): void {
  const parts = relative.split('/')
  const last = parts.pop() ?? ''
  const walk = HAS_PROC_FD ? descriptorWalk(root) : nameWalk(root)
  try {
    for (const [i, part] of parts.entries()) {
      if (isCreated) makeFolder(walk.name(part))
      checkFolder(walk.name(part), join(root, ...parts.slice(0, i + 1)))
      walk.enter(part)
    }
    if (!walk.isSame()) throw unsafePath(join(root, relative))
    act(walk.name(last))
  } finally {
    walk.close()
  }
}

function walkTo(walk: Walk, { root, relative, mode }: Goal): OpenedFile {
  const parts = relative.split('/')
  const last = parts.pop() ?? ''
  try {
    for (const [i, part] of parts.entries()) {
      if (mode.isCreated) makeFolder(walk.name(part))
      checkFolder(walk.name(part), join(root, ...parts.slice(0, i + 1)))
      walk.enter(part)
    }
    const path = join(root, relative)
    const opened = openLast(walk.name(last), path, mode)
    if (walk.isSame()) return opened
    closeSync(opened.fd)
    throw unsafePath(path)
  } finally {
    walk.close()
  }
}

function descriptorWalk(root: string): Walk {
  let fd = openSync(root, O_RDONLY | O_DIRECTORY)
  const name = (part: string): string => `/proc/self/fd/${fd}/${part}`
  return {
    name,
    enter: (part) => {
      const next = openSync(name(part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      closeSync(fd)
      fd = next
    },
    isSame: () => true,
    close: () => closeSync(fd),
  }
}

function nameWalk(root: string): Walk {
  let folder = realpathSync(root)
  return {
    name: (part) => join(folder, part),
    enter: (part) => (folder = join(folder, part)),
    isSame: () => realpathSync(folder) === folder,
    close: () => undefined,
  }
}

/** Makes a folder and those above it. Not `recursive: true`: Node 24 never returns from that in /proc and the like. */
function makeFolders(path: string): void {
  if (!existsSync(dirname(path))) makeFolders(dirname(path))
  makeFolder(path)
}

function makeFolder(name: string): void {
  if (lstatSync(name, { throwIfNoEntry: false }) !== undefined) return
  try {
    mkdirSync(name)
  } catch (error) {
    // Another worker has just made it.
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

function checkFolder(name: string, path: string): void {
  const stats = lstatSync(name)
  if (stats.isSymbolicLink()) throw unsafePath(path)
  if (!stats.isDirectory()) throw notAFile(path)
}

function openLast(name: string, path: string, mode: OpenMode): OpenedFile {
  const before = lstatSync(name, { throwIfNoEntry: false })
  // Opening a device can have effects, so what it is gets looked at first; fstat below decides.
  if (before?.isSymbolicLink() === true) throw unsafePath(path)
  if (before !== undefined && !before.isFile()) throw notAFile(path)
  const access = (mode.isWritable ? O_RDWR : O_RDONLY) | NO_FOLLOW | NO_BLOCK
  if (before !== undefined || !mode.isCreated) return verified(openSync(name, access), path, false)
  try {
    return verified(openSync(name, access | O_CREAT | O_EXCL, 0o666), path, true)
  } catch (error) {
    // Another worker has just made it.
    if (errnoOf(error) !== 'EEXIST') throw error
    return verified(openSync(name, access), path, false)
  }
}

function verified(fd: number, path: string, isNew: boolean): OpenedFile {
  const stats = fstatSync(fd)
  if (stats.isFile()) return { fd, stats, isNew }
  closeSync(fd)
  throw notAFile(path)
}

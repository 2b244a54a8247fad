// Finds the files that a new torrent is made of. The order is that of the paths' bytes, whatever the file system gives,
// so that the same files always make the same torrent. Nothing is left out without a word, save what the user excludes.

import { lstat, readdir, stat } from 'node:fs/promises'
import type { Dirent, Stats } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { SpecFile } from '@ccbt/metainfo'
import { errnoOf, inputError } from '../errors.ts'
import { isExcluded } from './exclude.ts'
import { resolveLinks } from './source-links.ts'
import type { FoundLink } from './source-links.ts'

/** One file of the tree, as a torrent describes it, and where it is. */
export interface SourceFile extends SpecFile {
  readonly absolutePath: string
  /** Time of the last change, milliseconds since 1970. */
  readonly mtimeMs: number
}

/** What is to become a torrent. */
export interface SourceTree {
  readonly name: string
  readonly isFolder: boolean
  readonly files: readonly SourceFile[]
  /** What a torrent cannot hold and why, one line each. */
  readonly leftOut: readonly string[]
}

/** What to read. */
export interface SourceOptions {
  /** Glob patterns of what is not to be in the torrent. */
  readonly exclude?: readonly string[]
}

const MAX_DEPTH = 100
/** Entries of a folder that are looked at at once. */
const BATCH = 64

/**
 * Reads the file or folder at `path`.
 * @throws CcbtError CLI_FILE_NOT_FOUND, CLI_FILE_UNREADABLE
 */
export async function readSourceTree(path: string, { exclude = [] }: SourceOptions = {}): Promise<SourceTree> {
  const root = resolve(path)
  const found = await stat(root).catch((error: unknown) => {
    throw treeFailure(error, path)
  })
  const name = basename(root)
  if (name === '') throw inputError('CLI_FILE_UNREADABLE', `${path} has no name to give to the torrent`, { path })
  if (found.isFile()) {
    return { name, isFolder: false, files: [sourceFile(root, [name], found)], leftOut: [] }
  }
  if (!found.isDirectory()) throw inputError('CLI_FILE_UNREADABLE', `${path} is neither a file nor a folder`, { path })
  const walked: Walk = { exclude, files: [], links: [], leftOut: [] }
  await walk(walked, root, [])
  const { links, leftOut } = await resolveLinks(root, walked)
  const files = sorted([...walked.files, ...links])
  return { name, isFolder: true, files, leftOut: [...walked.leftOut, ...leftOut].sort() }
}

/**
 * Fails when a file is not as it was found: hashes are then of no file that ever was.
 * @throws CcbtError CLI_FILE_CHANGED
 */
export async function checkUnchanged({ files }: SourceTree): Promise<void> {
  await inBatches(files, async ({ absolutePath, length, mtimeMs, symlink }) => {
    // A single file may have been named by a link.
    const now = await (symlink === undefined ? stat : lstat)(absolutePath).catch(() => undefined)
    if (now?.mtimeMs === mtimeMs && (symlink !== undefined || now.size === length)) return
    const message = `${absolutePath} was changed while it was hashed: run the command again when it is at rest`
    throw inputError('CLI_FILE_CHANGED', message, { path: absolutePath })
  })
}

function sorted(files: readonly SourceFile[]): SourceFile[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(file.path.join('/')) }))
  keyed.sort((a, b) => Buffer.compare(a.key, b.key))
  return keyed.map(({ file }) => file)
}

interface Walk {
  readonly exclude: readonly string[]
  readonly files: SourceFile[]
  readonly links: FoundLink[]
  readonly leftOut: string[]
}

async function walk(tree: Walk, folder: string, path: readonly string[]): Promise<void> {
  const where = path.length === 0 ? folder : path.join('/')
  if (path.length > MAX_DEPTH) {
    throw inputError('CLI_FILE_UNREADABLE', `${where}: folders are nested too deeply`, { path: where })
  }
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch((error: unknown) => {
    throw treeFailure(error, where)
  })
  if (entries.length === 0 && path.length > 0) tree.leftOut.push(`${where}: an empty folder`)
  const folders: string[] = []
  await inBatches(entries, async (entry) => {
    const below = await visit(tree, { folder, path, entry })
    if (below !== undefined) folders.push(below)
  })
  // One after the other, so that a tree of many folders does not open them all at once.
  for (const name of folders) await walk(tree, join(folder, name), [...path, name])
}

interface Visit {
  readonly folder: string
  readonly path: readonly string[]
  readonly entry: Dirent<Buffer>
}

/** Takes note of an entry; gives the name of a folder to go into. */
async function visit(tree: Walk, { folder, path, entry }: Visit): Promise<string | undefined> {
  const name = entry.name.toString('utf8')
  const here = [...path, name]
  const where = here.join('/')
  if (isExcluded(here, tree.exclude)) return undefined
  if (!Buffer.from(name).equals(entry.name)) {
    const message = `${where}: the name is not valid UTF-8; rename it or leave it out with --exclude`
    throw inputError('CLI_FILE_UNREADABLE', message, { path: where })
  }
  if (entry.isDirectory()) return name
  const absolutePath = join(folder, name)
  const found = await lstat(absolutePath).catch((error: unknown) => {
    throw treeFailure(error, where)
  })
  if (found.isFile()) tree.files.push(sourceFile(absolutePath, here, found))
  else if (found.isSymbolicLink()) tree.links.push({ absolutePath, path: here, mtimeMs: found.mtimeMs })
  else tree.leftOut.push(`${where}: ${kindOf(found)}`)
  return undefined
}

function kindOf(found: Stats): string {
  if (found.isFIFO()) return 'a named pipe'
  if (found.isSocket()) return 'a socket'
  return 'a device or another thing that is no file'
}

function sourceFile(absolutePath: string, path: readonly string[], { size, mode, mtimeMs }: Stats): SourceFile {
  return { absolutePath, path, length: size, mtimeMs, executable: isExecutable(mode) }
}

/** Executable by its owner: what BEP 47 calls attribute x. */
function isExecutable(mode: number): boolean {
  return (mode & 0o100) !== 0
}

async function inBatches<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += BATCH) await Promise.all(items.slice(at, at + BATCH).map(action))
}

function treeFailure(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return inputError('CLI_FILE_NOT_FOUND', `${path}: no such file or folder`, { path })
  }
  if (errno === 'ELOOP') {
    return inputError('CLI_FILE_UNREADABLE', `${path}: symbolic links in a loop`, { path })
  }
  return errno === 'EACCES' ? inputError('CLI_FILE_UNREADABLE', `${path}: permission denied`, { path }) : error
}

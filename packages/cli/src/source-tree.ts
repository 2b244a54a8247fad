// Finds the files that a new torrent is made of. The order is that of the paths' bytes, whatever the file system gives,
// so that the same files always make the same torrent. Nothing is left out without a word.

import { readdir, stat } from 'node:fs/promises'
import type { Dirent } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { errnoOf, inputError } from './errors.ts'

/** One file of the tree. */
export interface TreeFile {
  readonly absolutePath: string
  /** Path below the top folder; empty when the torrent is this single file. */
  readonly path: readonly string[]
  readonly length: number
  readonly isExecutable: boolean
}

/** What is to become a torrent. */
export interface SourceTree {
  readonly name: string
  readonly isFolder: boolean
  readonly files: readonly TreeFile[]
  /** What a torrent cannot hold and why, one line each. */
  readonly leftOut: readonly string[]
}

const MAX_DEPTH = 100

/**
 * Reads the file or folder at `path`.
 * @throws CcbtError CLI_FILE_NOT_FOUND, CLI_FILE_UNREADABLE
 */
export async function readSourceTree(path: string): Promise<SourceTree> {
  const root = resolve(path)
  const found = await stat(root).catch((error: unknown) => {
    throw treeFailure(error, path)
  })
  const name = basename(root)
  if (name === '') throw inputError('CLI_FILE_UNREADABLE', `${path} has no name to give to the torrent`, { path })
  if (found.isFile()) {
    const file = { absolutePath: root, path: [], length: found.size, isExecutable: isExecutable(found.mode) }
    return { name, isFolder: false, files: [file], leftOut: [] }
  }
  if (!found.isDirectory()) throw inputError('CLI_FILE_UNREADABLE', `${path} is neither a file nor a folder`, { path })
  const tree: Walk = { files: [], leftOut: [] }
  await walk(tree, root, [])
  const keyed = tree.files.map((file) => ({ file, key: Buffer.from(file.path.join('/')) }))
  keyed.sort((a, b) => Buffer.compare(a.key, b.key))
  return { name, isFolder: true, files: keyed.map(({ file }) => file), leftOut: tree.leftOut.sort() }
}

interface Walk {
  readonly files: TreeFile[]
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
  for (const entry of entries) await visit(tree, { folder, path, entry })
}

interface Visit {
  readonly folder: string
  readonly path: readonly string[]
  readonly entry: Dirent<Buffer>
}

async function visit(tree: Walk, { folder, path, entry }: Visit): Promise<void> {
  const name = entry.name.toString('utf8')
  const here = [...path, name]
  const where = here.join('/')
  if (!Buffer.from(name).equals(entry.name)) {
    throw inputError('CLI_FILE_UNREADABLE', `${where}: the name is not valid UTF-8; rename it`, { path: where })
  }
  const absolutePath = join(folder, name)
  if (entry.isDirectory()) return await walk(tree, absolutePath, here)
  if (!entry.isFile()) {
    tree.leftOut.push(`${where}: ${entry.isSymbolicLink() ? 'a symbolic link' : 'not a regular file'}`)
    return
  }
  const { size, mode } = await stat(absolutePath).catch((error: unknown) => {
    throw treeFailure(error, where)
  })
  tree.files.push({ absolutePath, path: here, length: size, isExecutable: isExecutable(mode) })
}

/** Executable by its owner: what BEP 47 calls attribute x. */
function isExecutable(mode: number): boolean {
  return (mode & 0o100) !== 0
}

function treeFailure(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return inputError('CLI_FILE_NOT_FOUND', `${path}: no such file or folder`, { path })
  }
  return errno === 'EACCES' ? inputError('CLI_FILE_UNREADABLE', `${path}: permission denied`, { path }) : error
}

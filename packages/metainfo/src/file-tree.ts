// The `file tree` of a v2 torrent (BEP 52) and what it and the file list of v1 say of a file alike (BEP 47).

import type { Encodable } from '@ccbt/bencode'
import { fieldInvalid } from './errors.ts'
import type { SpecFile, TorrentSpec } from './spec.ts'

type Folder = Map<string, Folder | Leaf>

/** A file under the empty name that marks it as one. */
type Leaf = Readonly<Record<'', Encodable>>

/** The tree of all files that are no padding. Throws METAINFO_FIELD_INVALID when a path is taken twice. */
export function fileTree({ name, files, isMultiFile }: TorrentSpec): Encodable {
  const root: Folder = new Map()
  for (const file of files) {
    if (file.isPad !== true) place(root, isMultiFile ? file.path : [name], leafOf(file))
  }
  return root
}

/** Attributes and link target of a file; both `undefined` for an ordinary one. */
export function leafAttributes(file: SpecFile): Record<'attr' | 'symlink path', Encodable | undefined> {
  const { isPad = false, executable = false, symlink } = file
  const attr = `${isPad ? 'p' : ''}${executable ? 'x' : ''}${symlink === undefined ? '' : 'l'}`
  return { attr: attr === '' ? undefined : attr, 'symlink path': symlink }
}

function leafOf(file: SpecFile): Leaf {
  const { length, hashes } = file
  return { '': { ...leafAttributes(file), length, 'pieces root': length > 0 ? hashes?.piecesRoot : undefined } }
}

function place(root: Folder, path: readonly string[], leaf: Leaf): void {
  let folder = root
  for (const name of path.slice(0, -1)) {
    const below = folder.get(name) ?? new Map<string, Folder | Leaf>()
    if (!(below instanceof Map)) throw taken()
    folder.set(name, below)
    folder = below
  }
  const name = path.at(-1)!
  if (folder.has(name)) throw taken()
  folder.set(name, leaf)
}

function taken(): Error {
  return fieldInvalid('files', 'has one path twice, or a file that is a folder as well')
}

// The files of a torrent as a tree of folders, flattened to the rows that are open. Paths come from strangers: folders
// are kept in maps, and depth is bounded by what the daemon accepts.

/** What a tree is made of. */
export interface TreeFile {
  readonly index: number
  /** Components joined by `/`. */
  readonly path: string
  readonly length: number
}

/** A folder or a file. */
export interface TreeNode<F extends TreeFile> {
  /** Last component of the path. */
  readonly name: string
  /** Whole path, the key of `closed`. */
  readonly path: string
  readonly depth: number
  /** Of a file; undefined for a folder. */
  readonly file: F | undefined
  /** All files below it, itself when it is one. */
  readonly files: readonly F[]
  readonly length: number
}

interface Folder<F> {
  readonly folders: Map<string, Folder<F>>
  readonly files: F[]
}

function emptyFolder<F>(): Folder<F> {
  return { folders: new Map(), files: [] }
}

/** The rows of the tree in order, without what is below the paths in `closed`. */
export function treeRows<F extends TreeFile>(files: readonly F[], closed: ReadonlySet<string>): TreeNode<F>[] {
  const root = emptyFolder<F>()
  for (const file of files) {
    let folder = root
    for (const name of file.path.split('/').slice(0, -1)) {
      const next = folder.folders.get(name) ?? emptyFolder<F>()
      folder.folders.set(name, next)
      folder = next
    }
    folder.files.push(file)
  }
  return rowsOf(root, { prefix: '', depth: 0, closed }).rows
}

interface Place {
  readonly prefix: string
  readonly depth: number
  readonly closed: ReadonlySet<string>
}

/** The rows below a folder, and all of its files whether they are shown or not. */
function rowsOf<F extends TreeFile>(folder: Folder<F>, place: Place): { rows: TreeNode<F>[]; all: F[] } {
  const { prefix, depth, closed } = place
  const rows: TreeNode<F>[] = []
  const all: F[] = []
  for (const [name, child] of folder.folders) {
    const path = `${prefix}${name}/`
    const below = rowsOf(child, { prefix: path, depth: depth + 1, closed })
    rows.push({ name, path, depth, file: undefined, files: below.all, length: sum(below.all) })
    if (!closed.has(path)) for (const row of below.rows) rows.push(row)
    for (const file of below.all) all.push(file)
  }
  for (const file of folder.files) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1)
    rows.push({ name, path: file.path, depth, file, files: [file], length: file.length })
    all.push(file)
  }
  return { rows, all }
}

function sum(files: readonly TreeFile[]): number {
  return files.reduce((total, { length }) => total + length, 0)
}

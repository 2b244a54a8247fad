// Paths as the lines of a tree: a folder before what is in it. Folders are lines too, and choosing one chooses all of it.

/** A line of the tree. */
export interface TreeLine {
  /** Last component of its path. */
  readonly name: string
  readonly depth: number
  /** Places, in the given list, of the file or of all files below the folder. */
  readonly members: readonly number[]
  readonly isFolder: boolean
}

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: { readonly name: string; readonly place: number }[]
  readonly members: number[]
}

/** The lines of the tree of paths whose components are joined by `/`; files of a folder in the order given. */
export function treeLines(paths: readonly string[]): TreeLine[] {
  const root: Folder = emptyFolder()
  for (const [place, path] of paths.entries()) insert(root, path.split('/'), place)
  const lines: TreeLine[] = []
  list(root, 0, lines)
  return lines
}

function emptyFolder(): Folder {
  return { folders: new Map(), files: [], members: [] }
}

function insert(root: Folder, components: readonly string[], place: number): void {
  let folder = root
  for (const component of components.slice(0, -1)) {
    const next = folder.folders.get(component) ?? emptyFolder()
    folder.folders.set(component, next)
    next.members.push(place)
    folder = next
  }
  folder.files.push({ name: components.at(-1) ?? '', place })
}

function list(folder: Folder, depth: number, lines: TreeLine[]): void {
  for (const [name, child] of folder.folders) {
    lines.push({ name, depth, members: child.members, isFolder: true })
    list(child, depth + 1, lines)
  }
  for (const { name, place } of folder.files) lines.push({ name, depth, members: [place], isFolder: false })
}

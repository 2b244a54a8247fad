// Where the files of a torrent are on disk, and what they become when one of them, or a folder, gets another name.

/** The folder of a torrent, and its files with other paths than the torrent says. */
export interface Placement {
  readonly directory: string
  /** By index of the file. */
  readonly names: ReadonlyMap<number, readonly string[]>
}

/** What matters of a file here. */
export interface PlacedFile {
  readonly path: readonly string[]
  readonly isPad: boolean
  readonly symlinkTarget?: readonly string[]
}

/** Of each file, in the order of the torrent. */
export function pathsOf(files: readonly PlacedFile[], { names }: Pick<Placement, 'names'>): (readonly string[])[] {
  return files.map(({ path }, index) => names.get(index) ?? path)
}

const MAX_NAME_BYTES = 255

/**
 * The names after the file or folder `path` (its parts joined by `/`) is called `name`; a text = why that cannot be.
 */
export function renamed(
  files: readonly PlacedFile[],
  placement: Pick<Placement, 'names'>,
  { path, name }: { readonly path: string; readonly name: string },
): Placement['names'] | string {
  const problem = problemOfName(name)
  if (problem !== undefined) return problem
  const parts = path.split('/')
  const paths = pathsOf(files, placement)
  const isMeant = (file: readonly string[]): boolean => parts.every((part, i) => file[i] === part)
  const meant = files.flatMap(({ isPad }, index) => (!isPad && isMeant(paths[index] ?? []) ? [index] : []))
  if (meant.length === 0) return `the torrent has no file or folder ${path}`
  const names = new Map(placement.names)
  for (const index of meant) names.set(index, (paths[index] ?? []).with(parts.length - 1, name))
  return clash(files, names) ?? names
}

/** Whether these can be the names of the files: nothing leaves the folder, and no two files are one. */
export function areNames(files: readonly PlacedFile[], names: Placement['names']): boolean {
  const areSafe = [...names].every(
    ([index, path]) =>
      files[index] !== undefined && path.length > 0 && path.every((name) => problemOfName(name) === undefined),
  )
  return areSafe && clash(files, names) === undefined
}

function problemOfName(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'that is no name of a file'
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[/\\\u0000-\u001f\u007f]/.test(name)) return 'a name has no slashes and no control characters'
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? `a name has at most ${MAX_NAME_BYTES} bytes` : undefined
}

/** Two files with one path, or a file where another one has a folder. */
function clash(files: readonly PlacedFile[], names: Placement['names']): string | undefined {
  const taken = new Set<string>()
  const folders = new Set<string>()
  for (const [index, path] of pathsOf(files, { names }).entries()) {
    if (files[index]?.isPad === true) continue
    const whole = path.join('/')
    if (taken.has(whole)) return `${whole} is the name of another file of the torrent`
    taken.add(whole)
    for (let depth = 1; depth < path.length; depth++) folders.add(path.slice(0, depth).join('/'))
  }
  const both = [...taken].find((path) => folders.has(path))
  return both === undefined ? undefined : `${both} is the name of a folder of the torrent`
}

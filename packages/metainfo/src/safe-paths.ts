// All paths of a torrent at once: every component portable, and no two files with one path on any file system, however
// it compares names. This is the only place that turns paths of a torrent into paths for the disk.
// The result depends on the torrent alone: the same names after every restart.

import { limitExceeded } from './errors.ts'
import { portableName, suffixed } from './portable-name.ts'

/** A file's path as the torrent has it, without the torrent's own name. */
export interface PathSource {
  readonly path: readonly string[]
  /** Padding is never written, so its name needs no room: many pad files share one. */
  readonly isPad: boolean
}

/** A torrent with more has one for nearly every file, at a cost of several hundred bytes of memory each. */
const MAX_FOLDERS = 200_000

/** A folder, or the files of one name, or both at once in a hostile torrent. */
interface Entry {
  readonly raw: string
  /** What the folder of this name contains; `undefined` when only files have it. */
  children: Map<string, Entry> | undefined
  /** Indexes of the files of this name. */
  readonly files: number[]
}

/** One thing that needs a name in its folder. */
interface Claim {
  readonly raw: string
  /** Tells apart claims of one raw name. */
  readonly salt: string
  readonly give: (name: string) => void
}

/**
 * The safe path of each file, in the given order. Names that need no change are given out first, so that an ordinary
 * file never loses its name to a mangled one; of equals the first keeps it, a folder before a file, and the others
 * get a suffix by hash. All paths begin with `folder`, which is taken as it is. Throws METAINFO_LIMIT_EXCEEDED.
 * @example sanitizePaths([{ path: ['..', 'a:b'], isPad: false }]) // [['._', 'a_b']]
 */
export function sanitizePaths(files: readonly PathSource[], folder: readonly string[] = []): string[][] {
  const out = files.map((file) => (file.isPad ? folder.concat(file.path.map(portableName)) : []))
  resolve(treeOf(files), folder, out)
  return out
}

function treeOf(files: readonly PathSource[]): Map<string, Entry> {
  const root = new Map<string, Entry>()
  let folders = 0
  for (const [index, file] of files.entries()) {
    if (file.isPad) continue
    let folder = root
    for (const raw of file.path.slice(0, -1)) {
      const entry = entryOf(folder, raw)
      if (entry.children === undefined && ++folders > MAX_FOLDERS) throw limitExceeded('folders', MAX_FOLDERS)
      folder = entry.children ??= new Map()
    }
    entryOf(folder, file.path.at(-1) ?? '').files.push(index)
  }
  return root
}

function entryOf(folder: Map<string, Entry>, raw: string): Entry {
  let entry = folder.get(raw)
  if (entry === undefined) {
    entry = { raw, children: undefined, files: [] }
    folder.set(raw, entry)
  }
  return entry
}

/** Recursion is as deep as the paths, which the parser bounds. */
function resolve(folder: ReadonlyMap<string, Entry>, prefix: readonly string[], out: string[][]): void {
  const claims: Claim[] = []
  for (const { raw, children, files } of folder.values()) {
    if (children !== undefined) {
      claims.push({ raw, salt: 'folder', give: (name) => resolve(children, [...prefix, name], out) })
    }
    for (const [nth, index] of files.entries()) {
      claims.push({ raw, salt: `file ${nth}`, give: (name) => (out[index] = [...prefix, name]) })
    }
  }
  settle(claims)
}

function settle(claims: readonly Claim[]): void {
  const taken = new Set<string>()
  const later: Claim[] = []
  for (const claim of claims) {
    if (portableName(claim.raw) === claim.raw && take(taken, claim.raw)) claim.give(claim.raw)
    else later.push(claim)
  }
  for (const claim of later) claim.give(freeName(taken, claim))
}

function freeName(taken: Set<string>, claim: Claim): string {
  const name = portableName(claim.raw)
  if (take(taken, name)) return name
  for (let attempt = 0; ; attempt++) {
    const candidate = suffixed(name, `${claim.salt} ${attempt} ${claim.raw}`)
    if (take(taken, candidate)) return candidate
  }
}

function take(taken: Set<string>, name: string): boolean {
  const before = taken.size
  return taken.add(foldKey(name)).size > before
}

/** Equal for names that some file system takes for one: by case, by composition, by ignored characters. */
function foldKey(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name.toUpperCase()
  const visible = name.replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  return visible.normalize('NFC').toUpperCase().normalize('NFC')
}

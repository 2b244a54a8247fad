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
  /** Index of the first file of this name, -1 without one. */
  file: number
  /** Further files of this very name. */
  twins: number[] | undefined
}

/** One thing that needs a name: the folder of an entry, or one of its files, counted by `twin` from 0. */
interface Claim {
  readonly entry: Entry
  readonly kind: 'folder' | 'file'
  readonly twin: number
}

/**
 * The safe path of each file, in the given order. Names that need no change are given out first, so that an ordinary
 * file never loses its name to a mangled one; of equals the first keeps it, a folder before a file, and the others
 * get a suffix by hash. All paths begin with `folder`, which is taken as it is. Throws METAINFO_LIMIT_EXCEEDED.
 * @example sanitizePaths([{ path: ['..', 'a:b'], isPad: false }]) // [['._', 'a_b']]
 */
export function sanitizePaths(files: readonly PathSource[], folder: readonly string[] = []): string[][] {
  const out = files.map((file) => (file.isPad ? folder.concat(file.path.map(portableName)) : NO_PATH))
  settle(treeOf(files), folder, out)
  return out
}

/** Stands where the path follows. */
const NO_PATH: string[] = []

function treeOf(files: readonly PathSource[]): Map<string, Entry> {
  const root = new Map<string, Entry>()
  let folders = 0
  for (const [index, { path, isPad }] of files.entries()) {
    if (isPad) continue
    let folder = root
    for (let depth = 0; depth < path.length - 1; depth++) {
      const entry = entryOf(folder, path[depth]!)
      if (entry.children === undefined && ++folders > MAX_FOLDERS) throw limitExceeded('folders', MAX_FOLDERS)
      folder = entry.children ??= new Map()
    }
    addFile(entryOf(folder, path.at(-1) ?? ''), index)
  }
  return root
}

function entryOf(folder: Map<string, Entry>, raw: string): Entry {
  let entry = folder.get(raw)
  if (entry === undefined) {
    entry = { raw, children: undefined, file: -1, twins: undefined }
    folder.set(raw, entry)
  }
  return entry
}

function addFile(entry: Entry, index: number): void {
  if (entry.file < 0) entry.file = index
  else (entry.twins ??= []).push(index)
}

/** Names everything in a folder and below. Recursion is as deep as the paths, which the parser bounds. */
function settle(folder: ReadonlyMap<string, Entry>, prefix: readonly string[], out: string[][]): void {
  const taken = new Set<string>()
  const later: Claim[] = []
  const claim = (entry: Entry, kind: Claim['kind'], isPlain: boolean): void => {
    if (isPlain && take(taken, entry.raw)) give({ entry, kind, twin: 0 }, prefix.concat(entry.raw), out)
    else later.push({ entry, kind, twin: 0 })
  }
  for (const entry of folder.values()) {
    const isPlain = portableName(entry.raw) === entry.raw
    if (entry.children !== undefined) claim(entry, 'folder', isPlain)
    if (entry.file >= 0) claim(entry, 'file', isPlain)
    for (const nth of entry.twins?.keys() ?? []) later.push({ entry, kind: 'file', twin: nth + 1 })
  }
  for (const claim of later) give(claim, prefix.concat(freeName(taken, claim)), out)
}

function give({ entry, kind, twin }: Claim, path: string[], out: string[][]): void {
  if (kind === 'folder') settle(entry.children!, path, out)
  else out[twin === 0 ? entry.file : entry.twins![twin - 1]!] = path
}

function freeName(taken: Set<string>, { entry, kind, twin }: Claim): string {
  const name = portableName(entry.raw)
  if (take(taken, name)) return name
  for (let attempt = 0; ; attempt++) {
    const candidate = suffixed(name, `${kind} ${twin} ${attempt} ${entry.raw}`)
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

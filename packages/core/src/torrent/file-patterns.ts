// Which files of a torrent are wanted by patterns of their names. Upper and lower case are the same here, and a leading
// dot hides nothing: a list of what is not wanted must not be got around by either.

import { posix } from 'node:path'

import { nothingSelected } from '../errors.ts'

/** What the patterns look at of a file. */
export interface PatternFile {
  readonly path: readonly string[]
  readonly isPad: boolean
}

/** Patterns of files; absent = all are allowed, none is excluded, raised or lowered. */
export interface FilePatterns {
  readonly exclude?: readonly string[]
  readonly allowOnly?: readonly string[]
  /** Files that come before all others, and those that come after; what both mean comes first. */
  readonly high?: readonly string[]
  readonly low?: readonly string[]
}

const HIGH = 7
const NORMAL = 4
const LOW = 1

/**
 * Whether a glob pattern means a file of a torrent: it is matched with the whole path, the path inside the torrent's folder
 * and, when it has no slash, the file name.
 * @example matchesFile(['album', 'cover.JPG'], '*.jpg') // true
 */
export function matchesFile(path: readonly string[], pattern: string): boolean {
  const glob = pattern.toLowerCase()
  return namesOf(path, glob.includes('/')).some((name) => posix.matchesGlob(name, glob))
}

/**
 * The indexes of the files that are allowed and not excluded; `undefined` without patterns.
 * @throws TORRENT_NOTHING_SELECTED when none is left.
 */
export function filesByPatterns(files: readonly PatternFile[], patterns: FilePatterns): number[] | undefined {
  const { exclude = [], allowOnly } = patterns
  if (exclude.length === 0 && allowOnly === undefined) return undefined
  const left = files.flatMap((file, index) => (file.isPad || isLeft(file, exclude, allowOnly) ? [index] : []))
  if (left.every((index) => files[index]?.isPad === true)) throw nothingSelected(files.length)
  return left
}

/** A priority for each file, 0 for those that are not selected; `undefined` when no pattern is about that. */
export function prioritiesByPatterns(
  files: readonly PatternFile[],
  { high = [], low = [] }: FilePatterns,
  select: readonly number[] | undefined,
): number[] | undefined {
  if (high.length === 0 && low.length === 0) return undefined
  const selected = select === undefined ? undefined : new Set(select)
  return files.map(({ path }, index) => {
    if (selected?.has(index) === false) return 0
    if (high.some((pattern) => matchesFile(path, pattern))) return HIGH
    return low.some((pattern) => matchesFile(path, pattern)) ? LOW : NORMAL
  })
}

function isLeft({ path }: PatternFile, exclude: readonly string[], allowOnly: readonly string[] | undefined): boolean {
  const isMatched = (pattern: string): boolean => matchesFile(path, pattern)
  return !exclude.some(isMatched) && (allowOnly === undefined || allowOnly.some(isMatched))
}

function namesOf(path: readonly string[], isWhole: boolean): string[] {
  const parts = path.map((part) => part.toLowerCase().replace(/^\.+(?=.)/, ''))
  const whole = [parts.join('/'), parts.slice(1).join('/')]
  return isWhole ? whole : [...whole, parts.at(-1) ?? '']
}

// Which files of a torrent are wanted by patterns of their names. Upper and lower case are the same here, and a leading
// dot hides nothing: a list of what is not wanted must not be got around by either.

import { posix } from 'node:path'

import { nothingSelected } from '../errors.ts'

/** What the patterns look at of a file. */
export interface PatternFile {
  readonly path: readonly string[]
  readonly isPad: boolean
}

/** Patterns of files; absent = all are allowed, none is excluded. */
export interface FilePatterns {
  readonly exclude?: readonly string[]
  readonly allowOnly?: readonly string[]
}

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

function isLeft({ path }: PatternFile, exclude: readonly string[], allowOnly: readonly string[] | undefined): boolean {
  const isMatched = (pattern: string): boolean => matchesFile(path, pattern)
  return !exclude.some(isMatched) && (allowOnly === undefined || allowOnly.some(isMatched))
}

function namesOf(path: readonly string[], isWhole: boolean): string[] {
  const parts = path.map((part) => part.toLowerCase().replace(/^\.+(?=.)/, ''))
  const whole = [parts.join('/'), parts.slice(1).join('/')]
  return isWhole ? whole : [...whole, parts.at(-1) ?? '']
}

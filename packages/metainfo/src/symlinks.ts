// Symbolic links of a torrent (BEP 47). A link is kept only when it leads to a real file or to a folder of real files of
// the same torrent, which rules out every way outside, every chain and every loop at once.

import type { RawFile } from './raw-file.ts'

/**
 * The safe path that each link leads to, by the index of the link; links that lead anywhere else are left out.
 * `safePaths` are the paths of `files` in their order.
 */
export function symlinkTargets(
  files: readonly RawFile[],
  safePaths: readonly (readonly string[])[],
): ReadonlyMap<number, readonly string[]> {
  const targets = new Map<number, readonly string[]>()
  if (files.every((file) => file.symlink === undefined)) return targets
  const places = realPlaces(files, safePaths)
  for (const [index, { symlink }] of files.entries()) {
    const target = symlink === undefined ? undefined : places.get(keyOf(symlink))
    if (target !== undefined) targets.set(index, target)
  }
  return targets
}

/** Safe paths of all files that are no links, and of the folders that contain nothing but those. */
function realPlaces(
  files: readonly RawFile[],
  safePaths: readonly (readonly string[])[],
): Map<string, readonly string[]> {
  const places = new Map<string, readonly string[]>()
  const withLinks = new Set<string>()
  for (const [index, { path, symlink, isPad }] of files.entries()) {
    if (isPad) continue
    const safe = safePaths[index]!
    const above = safe.length - path.length
    for (let depth = 1; depth < path.length; depth++) {
      const key = keyOf(path.slice(0, depth))
      if (symlink !== undefined) withLinks.add(key)
      else places.set(key, safe.slice(0, above + depth))
    }
    if (symlink === undefined) places.set(keyOf(path), safe)
  }
  for (const key of withLinks) places.delete(key)
  return places
}

/** Distinct for distinct paths, whatever characters they contain. */
function keyOf(path: readonly string[]): string {
  return JSON.stringify(path)
}

// What the patterns of `--exclude` mean.

import { posix } from 'node:path'

/**
 * Whether a file or folder, by its path below the top folder, is excluded. A pattern without a slash is matched with its
 * name, any other with its whole path; as in a shell, `*` takes no leading dot. What is below an excluded folder is not
 * asked for.
 * @example isExcluded(['docs', 'a.tmp'], ['*.tmp']) // true
 */
export function isExcluded(path: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some((given) => {
    const pattern = given.replace(/\/$/, '')
    if (!pattern.includes('/')) return posix.matchesGlob(path.at(-1) ?? '', pattern)
    return posix.matchesGlob(path.join('/'), pattern.replace(/^\.?\//, ''))
  })
}

// How many files may stay open: a share of what the process may open, so that sockets always find descriptors.

import { readFileSync } from 'node:fs'

const MOST_OPEN_FILES = 512
const FEWEST_OPEN_FILES = 8
/** Assumed where the system does not tell: the usual soft limit. */
const USUAL_LIMIT = 1024

/** A quarter of the soft RLIMIT_NOFILE, from 8 to 512. */
export function openFilesLimit(): number {
  return Math.max(FEWEST_OPEN_FILES, Math.min(MOST_OPEN_FILES, Math.floor(descriptorLimit() / 4)))
}

function descriptorLimit(): number {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return match === null ? USUAL_LIMIT : Number(match[1])
  } catch {
    // Not Linux, or no /proc.
    return USUAL_LIMIT
  }
}

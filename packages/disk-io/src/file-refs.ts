// What the main thread does with the files of jobs: where they are, and how many go into one job.

import { join } from 'node:path'

import type { FileRef } from './jobs.ts'

/** Files looked at or changed by one job. */
export const FILES_PER_JOB = 256

/** The whole path of a file. */
export function pathOf({ root, relative }: FileRef): string {
  return join(root ?? '/', relative)
}

/** The list in parts that are enough for one job each. */
export function batches<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / FILES_PER_JOB) }, (_, i) =>
    list.slice(i * FILES_PER_JOB, (i + 1) * FILES_PER_JOB),
  )
}

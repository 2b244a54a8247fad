// Reads and writes a buffer whose bytes are spread over several files. Short reads and writes of the system are repeated.

import { readSync, writeSync } from 'node:fs'

import type { FileRef, Span } from '../jobs.ts'
import { errnoOf, truncated } from './failure.ts'
import { guarded, pathOf } from './file-cache.ts'
import type { FileCache } from './file-cache.ts'

const MISSING = new Set(['ENOENT', 'ENOTDIR'])

/** Writes the spans of `bytes`; padding is not written. */
export function writeSpans(files: FileCache, bytes: Uint8Array, spans: readonly Span[]): void {
  for (const span of spans) {
    const { file } = span
    if (file === undefined) continue
    const part = bytes.subarray(span.at, span.at + span.length)
    guarded('write', file, () => writeFully(files.forWriting(file), part, span.fileOffset))
  }
}

/** Fills `bytes` from its spans; padding becomes zeros. Throws DISK_FILE_TRUNCATED when a file ends too early. */
export function readSpans(files: FileCache, bytes: Uint8Array, spans: readonly Span[]): void {
  for (const span of spans) {
    const part = bytes.subarray(span.at, span.at + span.length)
    if (span.file === undefined) part.fill(0)
    else if (!readFile(files, span.file, part, span.fileOffset)) throw truncated(pathOf(span.file))
  }
}

/** Fills `part` from one file; false = the file ends before. */
export function readFile(files: FileCache, file: FileRef, part: Uint8Array, offset: number): boolean {
  return guarded('read', file, () => readFully(files.forReading(file), part, offset)) === part.length
}

/** The same for a file that may be missing or short: how many bytes there were. */
export function readIfThere(files: FileCache, file: FileRef, part: Uint8Array, offset: number): number {
  return guarded('read', file, () => {
    try {
      return readFully(files.forReading(file), part, offset)
    } catch (error) {
      if (MISSING.has(errnoOf(error) ?? '')) return 0
      throw error
    }
  })
}

/** Zeros the padding, whatever a peer has sent for it: pieces are hashed with zeros there (BEP 47). */
export function clearPadding(bytes: Uint8Array, spans: readonly Span[]): void {
  for (const span of spans) if (span.file === undefined) bytes.fill(0, span.at, span.at + span.length)
}

export function writeFully(fd: number, bytes: Uint8Array, offset: number): void {
  let done = 0
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, offset + done)
}

/** How many bytes there were, at most `bytes.length`. */
export function readFully(fd: number, bytes: Uint8Array, offset: number): number {
  let done = 0
  while (done < bytes.length) {
    const count = readSync(fd, bytes, done, bytes.length - done, offset + done)
    if (count === 0) break
    done += count
  }
  return done
}

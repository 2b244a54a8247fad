// Reads a chunk from where the index says it lies, and believes nothing of it.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

import { MAX_CHUNK_BYTES } from '@ccbt/chunker'
import type { HashSuite } from '@ccbt/chunker'
import { bytesEqual } from '@ccbt/primitives'

import type { ChunkPlace } from './chunk-place.ts'

/** The bytes of the chunk; `undefined` when the file is gone, has changed, or has other bytes there. */
export function readVerified(place: ChunkPlace, hash: Uint8Array, suite: HashSuite): Uint8Array | undefined {
  if (place.length < 1 || place.length > MAX_CHUNK_BYTES) return undefined
  const data = readUnchanged(place)
  return data !== undefined && bytesEqual(suite.chunkHash(data), hash) ? data : undefined
}

/** A file that cannot be read is as good as gone: what the index says is a hint. */
function readUnchanged(place: ChunkPlace): Uint8Array | undefined {
  let file: number
  try {
    // Not blocking: a FIFO in the place of the file would wait for a writer.
    file = openSync(place.file.path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const { size, mtimeMs } = fstatSync(file)
    if (size !== place.file.size || mtimeMs !== place.file.mtimeMs) return undefined
    const data = new Uint8Array(place.length)
    return readSync(file, data, 0, data.length, place.offset) === data.length ? data : undefined
  } catch {
    return undefined
  } finally {
    closeSync(file)
  }
}

// The hashes of a new v2 or hybrid torrent, on all cores. Files begin with a piece and jobs do as well, so that every job
// is of whole pieces; small files share one.

import type { WorkerPool } from '@ccbt/worker-pool'

import { onAllWorkers } from './background-jobs.ts'
import type { DiskJobs, FilePart } from './jobs.ts'

/** Bytes of one job, padding included; one piece may be more. */
const JOB_BYTES = 16_777_216
/** Files of one job: a message of a thousand parts is some 100 KiB. */
const MAX_PARTS = 1024
const LEAF_LENGTH = 32
const DIGEST_LENGTH = 20
const BLOCK_LENGTH = 16_384

/** A file of a torrent in which every file with data begins with a piece. */
export interface AlignedFile {
  readonly absolutePath: string
  readonly length: number
  /** Zeros behind it that belong to its last v1 piece. */
  readonly padding: number
}

/** Files to make the hashes of a v2 or hybrid torrent of. */
export interface HashBlocksOptions {
  readonly files: readonly AlignedFile[]
  /** A power of two, at least 16 KiB. */
  readonly pieceLength: number
  /** Whether SHA-1 digests of the pieces are wanted too, as hybrid torrents have them. */
  readonly wantsPieces: boolean
  /**
   * Takes the SHA-256 of consecutive 16 KiB blocks of the file `index`, 32 bytes each, from the piece `firstPiece` of
   * that file on: of whole pieces, or up to the end of the file. The parts of a file come in any order.
   */
  onLeaves(index: number, firstPiece: number, leaves: Uint8Array): void
  /** Called with the number of bytes that were hashed since the last call. */
  onProgress?(bytes: number): void
  readonly signal: AbortSignal
}

interface RunPart extends FilePart {
  readonly index: number
}

/** Parts that are hashed together, and how many pieces there are before them. */
interface Run {
  readonly parts: RunPart[]
  readonly firstPiece: number
}

/** The SHA-1 of every piece, or nothing when they are not wanted. The files get the ids from `firstId` on. */
export async function hashBlocks(
  pool: WorkerPool<DiskJobs>,
  options: HashBlocksOptions,
  firstId: number,
): Promise<Uint8Array> {
  const { files, pieceLength, wantsPieces, signal } = options
  const pieces = files.reduce((sum, file) => sum + Math.ceil(file.length / pieceLength), 0)
  const digests = new Uint8Array(wantsPieces ? pieces * DIGEST_LENGTH : 0)
  await onAllWorkers(pool, fileRuns(options, firstId), {
    signal,
    action: async ({ parts, firstPiece }, place) => {
      const result = await pool.run('leaves', { parts, pieceLength, wantsPieces }, place)
      if (wantsPieces) digests.set(result.digests, firstPiece * DIGEST_LENGTH)
      deliver(parts, result.leaves, options)
    },
  })
  return digests
}

function deliver(parts: readonly RunPart[], leaves: Uint8Array, options: HashBlocksOptions): void {
  let at = 0
  for (const { index, fileOffset, length } of parts) {
    const end = at + Math.ceil(length / BLOCK_LENGTH) * LEAF_LENGTH
    options.onLeaves(index, fileOffset / options.pieceLength, leaves.subarray(at, end))
    options.onProgress?.(length)
    at = end
  }
}

function* fileRuns({ files, pieceLength }: HashBlocksOptions, firstId: number): Generator<Run> {
  let run: Run = { parts: [], firstPiece: 0 }
  let pieces = 0
  let bytes = 0
  for (const [index, file] of files.entries()) {
    for (const part of fileParts(file, firstId + index, pieceLength)) {
      const partBytes = part.length + part.padding
      if (run.parts.length === MAX_PARTS || (bytes > 0 && bytes + partBytes > JOB_BYTES)) {
        yield run
        run = { parts: [], firstPiece: pieces }
        bytes = 0
      }
      run.parts.push({ ...part, index })
      pieces += Math.ceil(part.length / pieceLength)
      bytes += partBytes
    }
  }
  if (run.parts.length > 0) yield run
}

/** Whole pieces of a file, as many as a job may be long, but at least one. */
function* fileParts(
  { absolutePath, length, padding }: AlignedFile,
  id: number,
  pieceLength: number,
): Generator<FilePart> {
  const file = { id, root: null, relative: absolutePath, reserveBytes: 0, isOurs: false }
  const most = Math.max(pieceLength, JOB_BYTES)
  for (let fileOffset = 0; fileOffset < length; fileOffset += most) {
    const part = Math.min(most, length - fileOffset)
    yield { file, fileOffset, length: part, padding: fileOffset + part === length ? padding : 0 }
  }
}

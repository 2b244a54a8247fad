// A program: the hashes of a file and nothing else, on all cores, as the limit of what can make a torrent of it.
// Arguments: file, length of a hashed part, algorithm. Threads take parts of 4 MiB in turn.

import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const READ_BYTES = 4 * 1024 * 1024

interface Turn {
  readonly thread: number
  readonly threads: number
}

function hashParts({ thread, threads }: Turn): void {
  const [path = '', part = '', algorithm = ''] = process.argv.slice(2)
  const partBytes = Number(part)
  const { size } = statSync(path)
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  const file = openSync(path, 'r')
  for (let at = thread * READ_BYTES; at < size; at += threads * READ_BYTES) {
    const bytes = readSync(file, buffer, 0, READ_BYTES, at)
    for (let start = 0; start < bytes; start += partBytes) {
      createHash(algorithm)
        .update(buffer.subarray(start, Math.min(start + partBytes, bytes)))
        .digest()
    }
  }
  closeSync(file)
}

if (isMainThread) {
  const threads = availableParallelism()
  const { argv } = process
  for (let thread = 1; thread < threads; thread++) {
    const worker = new Worker(import.meta.filename, { argv: argv.slice(2), workerData: { thread, threads } })
    worker.once('error', (error) => {
      throw error
    })
  }
  hashParts({ thread: 0, threads })
} else hashParts(workerData as Turn)

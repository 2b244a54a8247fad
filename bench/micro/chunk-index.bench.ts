// The index of chunks: how fast it takes chunks in and finds them again, in batches as a peer or a map asks for them, with
// the hop to its worker and back; and how much disk an entry takes.

import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { HASH_BYTES } from '@ccbt/chunker'
import { createChunkIndex } from '@ccbt/xet'
import type { ChunkIndex } from '@ccbt/xet'

/** Chunks of 250 GB of files, 10 GB each. */
const FILES = 25
const CHUNKS_PER_FILE = 160_000
const SEARCHED = 204_800
/** As many hashes as fit in a message to a peer, and as a map brings. */
const BATCHES = [511, 8192]
/** Batches that are with the index at once. */
const AT_ONCE = 2

function randomHashes(count: number): Uint8Array {
  return randomFillSync(new Uint8Array(count * HASH_BYTES))
}

async function searches(index: ChunkIndex, hashes: Uint8Array, batch: number): Promise<string> {
  const start = performance.now()
  const cpuBefore = process.cpuUsage()
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < hashes.length) {
      const from = next
      next += batch * HASH_BYTES
      await index.find(hashes.subarray(from, next))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  const { user, system } = process.cpuUsage(cpuBefore)
  const count = hashes.length / HASH_BYTES
  return `${Math.round(count / (performance.now() - start))} k/s (${Math.round((count * 1000) / (user + system))} k per CPU s)`
}

/** Prints the rates. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-bench-'))
  try {
    await using index = createChunkIndex({ path: join(folder, 'index'), suite: 'blake3' })
    const lengths = Array.from({ length: CHUNKS_PER_FILE }, () => 62_602)
    const known = new Uint8Array(SEARCHED * HASH_BYTES)
    const step = SEARCHED / FILES
    let ms = 0
    for (let i = 0; i < FILES; i++) {
      const hashes = randomHashes(CHUNKS_PER_FILE)
      // Neighbours of a search lie in different files.
      for (let k = 0; k < step; k++)
        known.set(hashes.subarray(k * HASH_BYTES, (k + 1) * HASH_BYTES), (k * FILES + i) * HASH_BYTES)
      const start = performance.now()
      await index.put({ path: `/data/${i}`, size: 1e10, mtimeMs: 0 }, { lengths, hashes })
      ms += performance.now() - start
    }
    const { chunks, bytes } = await index.size()
    console.log(`${chunks} chunks: put ${Math.round(chunks / ms)} k/s, ${(bytes / chunks).toFixed(1)} bytes each`)
    for (const batch of BATCHES) {
      const rates = [await searches(index, known, batch), await searches(index, randomHashes(SEARCHED), batch)]
      console.log(`find ${batch} at a time: ${rates[0]!} known, ${rates[1]!} unknown`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

// What content-defined chunking costs: MB/s of looking for cuts, with and without the hashes of the chunks, on one thread;
// then of a file in the page cache, on one thread and on two.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createChunkEngine } from '@ccbt/chunker'
import { createFileChunker, loadBlake3, loadHashSuite } from '@ccbt/xet'

const BYTES = 67_108_864
const PUSH_BYTES = 262_144
const SAMPLES = 9
const FILE_BYTES = 536_870_912

/** MB/s of the median sample, and MB for each second of processor time of all samples and threads. */
async function rate(bytes: number, run: () => void | Promise<void>): Promise<string> {
  const samples: number[] = []
  let cpuBefore = process.cpuUsage()
  for (let i = 0; i < SAMPLES + 1; i++) {
    const start = performance.now()
    await run()
    samples.push(bytes / (performance.now() - start) / 1000)
    // The first one compiles.
    if (i === 0) cpuBefore = process.cpuUsage()
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  const measured = samples.slice(1).sort((a, b) => a - b)
  const perCpuS = (SAMPLES * bytes) / (user + system)
  return `${measured[SAMPLES >>> 1]!.toFixed(0).padStart(6)} MB/s ${perCpuS.toFixed(0).padStart(6)} per CPU s`
}

async function cuts(random: Uint8Array): Promise<void> {
  console.log('cuts alone, one thread')
  for (const kind of ['webassembly', 'typescript'] as const) {
    const chunker = createChunkEngine(kind).chunker()
    for (const [name, data] of [['random', random] as const, ['zeros', new Uint8Array(random.length)] as const]) {
      const speed = await rate(data.length, () => {
        for (let at = 0; at < data.length; at += PUSH_BYTES) chunker.push(data.subarray(at, at + PUSH_BYTES))
        chunker.finish()
      })
      console.log(`  ${kind.padEnd(12)} ${name.padEnd(7)} ${speed}`)
    }
  }
}

async function hashes(random: Uint8Array): Promise<void> {
  console.log('hashes of 64 KiB alone; cuts and hashes, one thread')
  for (const engine of ['wasm', 'native'] as const) {
    // The package is optional.
    if ((await loadBlake3(engine).catch(() => undefined)) === undefined) continue
    const suite = await loadHashSuite('blake3', engine)
    const alone = await rate(random.length, () => {
      for (let at = 0; at < random.length; at += 65_536) suite.chunkHash(random.subarray(at, at + 65_536))
    })
    const chunker = createChunkEngine().chunker()
    const both = await rate(random.length, () => {
      let start = 0
      for (let at = 0; at < random.length; at += PUSH_BYTES) {
        for (const end of chunker.push(random.subarray(at, at + PUSH_BYTES))) {
          suite.chunkHash(random.subarray(start, at + end))
          start = at + end
        }
      }
      chunker.finish()
    })
    console.log(`  ${engine.padEnd(20)} ${alone} ${both}`)
  }
}

async function files(random: Uint8Array): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-bench-'))
  const path = join(folder, 'file')
  for (let at = 0; at < FILE_BYTES; at += random.length) writeFileSync(path, random, { flag: 'a' })
  try {
    console.log(`a file of ${FILE_BYTES / 1_048_576} MiB, with reading it`)
    for (const workers of [1, 2]) {
      await using chunker = createFileChunker({ suite: 'blake3', workers })
      const { signal } = new AbortController()
      const speed = await rate(FILE_BYTES, async () => void (await chunker.chunk(path, { signal })))
      console.log(`  ${String(workers).padEnd(20)} ${speed}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Prints the rates. */
export async function run(): Promise<void> {
  const random = randomBytes(BYTES)
  await cuts(random)
  await hashes(random)
  await files(random)
}

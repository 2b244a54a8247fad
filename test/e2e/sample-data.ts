// Files to make torrents of, and comparisons of what came out.

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { seededRandom } from '@ccbt/primitives'

/** `length` bytes that look random and are the same for the same seed. */
export function sampleBytes(length: number, seed: number): Buffer {
  const random = seededRandom(seed)
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random.u32(), at)
  return bytes.subarray(0, length)
}

/** Writes files of the given lengths below `root`. */
export async function writeSamples(root: string, lengths: Readonly<Record<string, number>>): Promise<void> {
  let seed = 1
  for (const [path, length] of Object.entries(lengths)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), sampleBytes(length, seed++))
  }
}

/** Path to SHA-256 of every file below `root`. */
export async function treeDigest(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const digests: Record<string, string> = {}
  for (const path of files.sort()) {
    digests[path.slice(root.length + 1)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  }
  return digests
}

// What of the files of public torrents is announced by its content, and where the announced files are.

import { fromHex, toHex } from '@ccbt/primitives'
import type { ChunkIndex } from '@ccbt/xet'

import { contentKey, contentKeyOf, LEAST_FILE_BYTES, planKeys } from './content-keys.ts'

/** The files that strangers may have. */
export class ContentLibrary {
  readonly #index: Pick<ChunkIndex, 'files' | 'sample' | 'size'>
  readonly #isPublic: (path: string) => boolean
  /** Paths of announced files, by their hash as hexadecimal. */
  #announced: ReadonlyMap<string, string> = new Map()

  constructor(index: Pick<ChunkIndex, 'files' | 'sample' | 'size'>, isPublic: (path: string) => boolean) {
    this.#index = index
    this.#isPublic = isPublic
  }

  /** The keys to announce, `budget` at most. Rejects with XET_INDEX_FAILED. */
  async keys(budget: number): Promise<Uint8Array[]> {
    const { chunks } = await this.#index.size()
    const large = (await this.#index.files()).flatMap(({ path, size, fileHash }) =>
      size >= LEAST_FILE_BYTES && fileHash !== undefined && this.#isPublic(path) ? [{ path, size, fileHash }] : [],
    )
    const plan = planKeys({ largeFiles: large.length, chunks }, budget)
    const chosen = large.toSorted((a, b) => b.size - a.size).slice(0, plan.files)
    this.#announced = new Map(chosen.map(({ fileHash, path }) => [fileHash, path]))
    const sampled = await this.#index.sample({ bits: plan.bits, most: plan.chunks })
    return [
      ...Array.from(this.#announced.keys(), (fileHash) => contentKeyOf(fromHex(fileHash)!)),
      ...sampled.flatMap(({ key, path }) => (this.#isPublic(path) ? [contentKey(key)] : [])),
    ]
  }

  /** Where the announced file with this hash is. */
  pathOf(fileHash: Uint8Array): string | undefined {
    return this.#announced.get(toHex(fileHash))
  }
}

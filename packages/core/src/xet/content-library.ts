// What of the files of public torrents is announced by its content, and where the announced files are.

import { fromHex, toHex } from '@ccbt/primitives'
import type { XetFileName } from '@ccbt/wire-protocol'
import type { ChunkIndex } from '@ccbt/xet'

import { contentKey, contentKeyOf, LEAST_FILE_BYTES, planKeys } from './content-keys.ts'

/** What a file is called by, wherever it is. */
export type FileName = Exclude<XetFileName, { by: 'number' }>

/** The files that strangers may have. */
export class ContentLibrary {
  readonly #index: Pick<ChunkIndex, 'files' | 'sample' | 'size'>
  readonly #isPublic: (path: string) => boolean
  /** Paths of announced files, by their names. */
  #announced: ReadonlyMap<string, string> = new Map()

  constructor(index: Pick<ChunkIndex, 'files' | 'sample' | 'size'>, isPublic: (path: string) => boolean) {
    this.#index = index
    this.#isPublic = isPublic
  }

  /** The keys to announce, `budget` at most. Rejects with XET_INDEX_FAILED. */
  async keys(budget: number): Promise<Uint8Array[]> {
    const { chunks } = await this.#index.size()
    const large = (await this.#index.files()).filter(
      ({ path, size }) => size >= LEAST_FILE_BYTES && this.#isPublic(path),
    )
    const names = new Map<string, { readonly hash: string; readonly path: string }>()
    for (const { path, fileHash, root } of large.toSorted((a, b) => b.size - a.size)) {
      if (fileHash !== undefined) names.set(`file-hash ${fileHash}`, { hash: fileHash, path })
      if (root !== undefined) names.set(`root ${root}`, { hash: root, path })
    }
    const plan = planKeys({ fileKeys: names.size, chunks }, budget)
    const chosen = [...names].slice(0, plan.files)
    this.#announced = new Map(chosen.map(([name, { path }]) => [name, path]))
    const sampled = await this.#index.sample({ bits: plan.bits, most: plan.chunks })
    return [
      ...chosen.map(([, { hash }]) => contentKeyOf(fromHex(hash)!)),
      ...sampled.flatMap(({ key, path }) => (this.#isPublic(path) ? [contentKey(key)] : [])),
    ]
  }

  /** Where the announced file with this name is. */
  pathOf({ by, hash }: FileName): string | undefined {
    return this.#announced.get(`${by} ${toHex(hash)}`)
  }
}

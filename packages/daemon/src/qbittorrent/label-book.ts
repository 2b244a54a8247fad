// qBittorrent's categories and tags over our labels. A torrent's category is its first label, when there is a category of that
// name; all others are its tags. Categories and tags that no torrent has yet are kept here.

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import type { Engine } from '../engine/engine.ts'
import { invalidRequest } from '../errors.ts'
import type { SettingTable } from '../state/setting-table.ts'

const MAX_NAMES = 1000
const MAX_NAME_LENGTH = 255

/** A category as clients see it. */
export interface Category {
  readonly name: string
  /** Where torrents of it go that name no folder; '' = where others go. */
  readonly savePath: string
}

/** Both together, as they are now. */
export interface LabelLists {
  readonly categories: ReadonlyMap<string, Category>
  readonly tags: ReadonlySet<string>
}

interface Kept {
  readonly categories: readonly Category[]
  readonly tags: readonly string[]
}

/** Categories and tags. */
export class LabelBook {
  readonly #engine: Engine
  readonly #table: SettingTable
  readonly #categories: Map<string, Category>
  readonly #tags: Set<string>

  constructor(engine: Engine, table: SettingTable) {
    this.#engine = engine
    this.#table = table
    const { categories, tags } = (table.read('labels') as Kept | undefined) ?? { categories: [], tags: [] }
    this.#categories = new Map(categories.map((category) => [category.name, category]))
    this.#tags = new Set(tags)
  }

  /** All, with the tags that only torrents have. */
  lists(): LabelLists {
    const tags = new Set(this.#tags)
    for (const torrent of this.#engine.torrents()) for (const tag of this.of(torrent).tags) tags.add(tag)
    return { categories: new Map(this.#categories), tags }
  }

  category(name: string): Category | undefined {
    return this.#categories.get(name)
  }

  /** Category ('' = none) and tags of a torrent. */
  of({ settings: { labels } }: EngineTorrent): { readonly category: string; readonly tags: readonly string[] } {
    const [first] = labels
    return first !== undefined && this.#categories.has(first)
      ? { category: first, tags: labels.slice(1) }
      : { category: '', tags: labels }
  }

  /** Makes a category or changes its folder. @throws DAEMON_REQUEST_INVALID */
  setCategory(category: Category): void {
    checkName(category.name)
    if (!this.#categories.has(category.name)) checkRoom(this.#categories.size)
    this.#categories.set(category.name, category)
    this.#save()
  }

  /** Takes categories away, from their torrents as well. */
  async removeCategories(names: ReadonlySet<string>): Promise<void> {
    const members = this.#engine.torrents().filter((torrent) => names.has(this.of(torrent).category))
    for (const torrent of members) await this.assign(torrent, { category: '' })
    for (const name of names) this.#categories.delete(name)
    this.#save()
  }

  /** @throws DAEMON_REQUEST_INVALID */
  addTags(tags: readonly string[]): void {
    for (const tag of tags) {
      checkName(tag)
      if (!this.#tags.has(tag)) checkRoom(this.#tags.size)
      this.#tags.add(tag)
    }
    this.#save()
  }

  /** Takes tags away, from their torrents as well. */
  async removeTags(gone: ReadonlySet<string>): Promise<void> {
    for (const torrent of this.#engine.torrents()) {
      const { tags } = this.of(torrent)
      if (tags.some((tag) => gone.has(tag))) await this.assign(torrent, { tags: tags.filter((tag) => !gone.has(tag)) })
    }
    for (const tag of gone) this.#tags.delete(tag)
    this.#save()
  }

  /** Gives a torrent another category (one that there is, or '') or other tags. */
  async assign(
    torrent: EngineTorrent,
    changes: { readonly category?: string; readonly tags?: readonly string[] },
  ): Promise<void> {
    const { category, tags } = { ...this.of(torrent), ...changes }
    await torrent.setLabels(labelsOf(category, tags))
  }

  #save(): void {
    this.#table.write('labels', { categories: [...this.#categories.values()], tags: [...this.#tags] })
  }
}

/** The labels of a torrent with a category ('' = none) and tags. */
export function labelsOf(category: string, tags: readonly string[]): string[] {
  return [...new Set(category === '' ? tags : [category, ...tags])]
}

/** Whether a category or tag may be called so. */
export function isLabelName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME_LENGTH && !/[,\\]|^\/|\/\/|\/$|\p{Cc}/u.test(name)
}

function checkName(name: string): void {
  if (!isLabelName(name))
    throw invalidRequest('the name of a category or tag must be short, not empty and without commas')
}

function checkRoom(count: number): void {
  if (count >= MAX_NAMES) throw invalidRequest(`there are at most ${MAX_NAMES} categories and tags`)
}

// Which torrents each tracker has, and when that changed: for clients that list torrents by tracker. A torrent whose trackers
// are those of the last look costs one comparison, however many there are.

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { knownTrackers } from './torrent-info.ts'

/** Trackers without torrents that are remembered, so that clients learn that they have gone. */
const MAX_GONE = 10_000

type Tiers = ReturnType<typeof knownTrackers>

/** What matters of a torrent here. */
export type TrackedTorrent = Pick<EngineTorrent, 'infoHash' | 'settings' | 'handle'>

interface Entry {
  /** None when the tracker has gone. */
  readonly hashes: Set<string>
  /** Of its last change. */
  revision: number
}

/** What changed, in the words of `sync/maindata`. */
export interface TrackerChanges {
  /** All torrents of each, by info-hash. */
  readonly trackers: Readonly<Record<string, readonly string[]>>
  readonly removed: readonly string[]
}

/** The trackers of all torrents by revisions. */
export class TrackerBook {
  readonly #entries = new Map<string, Entry>()
  readonly #seen = new Map<string, Tiers>()
  #revision = 0

  /** The number of the last change. */
  get revision(): number {
    return this.#revision
  }

  /** Looks at the torrents. False = it has forgotten what was before: every client has to begin anew. */
  update(torrents: readonly TrackedTorrent[]): boolean {
    const next = this.#revision + 1
    for (const torrent of torrents) this.#follow(torrent.infoHash, knownTrackers(torrent), next)
    if (this.#seen.size > torrents.length) {
      const present = new Set(torrents.map(({ infoHash }) => infoHash))
      for (const hash of this.#seen.keys()) if (!present.has(hash)) this.#drop(hash, next)
    }
    const gone = [...this.#entries].filter(([, { hashes }]) => hashes.size === 0)
    if (gone.length <= MAX_GONE) return true
    for (const [url] of gone) this.#entries.delete(url)
    return false
  }

  /** What changed after a revision; everything without one. */
  since(revision = -1): TrackerChanges {
    const changed = [...this.#entries].filter(([, entry]) => entry.revision > revision)
    return {
      trackers: Object.fromEntries(
        changed.flatMap(([url, { hashes }]) => (hashes.size === 0 ? [] : [[url, [...hashes]]])),
      ),
      removed: changed.flatMap(([url, { hashes }]) => (hashes.size === 0 ? [url] : [])),
    }
  }

  #follow(hash: string, tiers: Tiers, revision: number): void {
    const before = this.#seen.get(hash)
    if (before === tiers) return
    this.#seen.set(hash, tiers)
    const urls = new Set(tiers.flat())
    for (const url of before?.flat() ?? []) if (!urls.has(url)) this.#change(url, revision).hashes.delete(hash)
    for (const url of urls)
      if (this.#entries.get(url)?.hashes.has(hash) !== true) this.#change(url, revision).hashes.add(hash)
  }

  #drop(hash: string, revision: number): void {
    for (const url of this.#seen.get(hash)?.flat() ?? []) this.#change(url, revision).hashes.delete(hash)
    this.#seen.delete(hash)
  }

  #change(url: string, revision: number): Entry {
    this.#revision = revision
    let entry = this.#entries.get(url)
    if (entry === undefined) this.#entries.set(url, (entry = { hashes: new Set(), revision }))
    entry.revision = revision
    return entry
  }
}

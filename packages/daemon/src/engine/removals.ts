// Torrents that are gone, for clients which ask for what changed: a few of the latest.

/** Ids that are remembered. */
const MAX_REMOVED = 1000
/** How long a client may not have seen them. */
const RECENT_MS = 60_000

/** Remembers removed torrents. */
export class Removals {
  readonly #removed: { readonly id: number; readonly atMs: number }[] = []

  add(id: number): void {
    this.#removed.push({ id, atMs: Date.now() })
    if (this.#removed.length > MAX_REMOVED) this.#removed.shift()
  }

  /** Ids of torrents that were removed in the last minute. */
  recent(): number[] {
    const since = Date.now() - RECENT_MS
    return this.#removed.filter(({ atMs }) => atMs >= since).map(({ id }) => id)
  }
}

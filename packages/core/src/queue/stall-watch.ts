// Whether a torrent that runs gets anywhere: not when no payload has passed for a minute.

/** So long nothing may pass; a torrent that has just started has as much time. */
const STALL_MS = 60_000

/** Watches the byte counts of torrents. */
export class StallWatch {
  readonly #seen = new Map<string, { bytes: number; sinceMs: number }>()

  /** Notes the payload a running torrent has moved so far; returns whether it is stalled. */
  look(key: string, bytes: number, nowMs: number): boolean {
    const seen = this.#seen.get(key)
    if (seen?.bytes === bytes) return nowMs - seen.sinceMs >= STALL_MS
    this.#seen.set(key, { bytes, sinceMs: nowMs })
    return false
  }

  /** The torrent does not run, or is gone: its time begins anew. */
  forget(key: string): void {
    this.#seen.delete(key)
  }
}

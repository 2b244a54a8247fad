// Room on the disk of a folder, looked up in the background.

import { statfs } from 'node:fs/promises'

import type { MetricText } from './metric-text.ts'

const EVERY_MS = 5000

/** The free space of one folder's disk, at most five seconds old when it is asked often. */
export class FreeSpace {
  readonly #path: string
  #bytes = -1
  #lookedAtMs = -EVERY_MS

  constructor(path: string) {
    this.#path = path
    this.#look()
  }

  /** Bytes; -1 = unknown, as of a folder that does not exist yet. */
  get bytes(): number {
    this.#look()
    return this.#bytes
  }

  write(out: MetricText): void {
    const { bytes } = this
    out.family('ccbt_free_space_bytes', 'gauge', 'Room on the disk of the download folder.')
    if (bytes >= 0) out.sample('ccbt_free_space_bytes', { path: this.#path }, bytes)
  }

  #look(): void {
    const now = performance.now()
    if (now - this.#lookedAtMs < EVERY_MS) return
    this.#lookedAtMs = now
    statfs(this.#path).then(
      ({ bavail, bsize }) => (this.#bytes = bavail * bsize),
      // The folder does not exist yet, or its disk is gone.
      () => (this.#bytes = -1),
    )
  }
}

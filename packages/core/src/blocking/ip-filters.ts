// All files of blocked addresses of a session. They are looked at every few seconds, because a change may come by a
// rename, over a network or into a folder that is mounted later: none of which is told reliably by the system.

import type { Cancel, Clock } from '@ccbt/primitives'

import type { SessionEvent } from '../events.ts'
import { IpFilterFile } from './ip-filter-file.ts'

const POLL_MS = 5000

/** The IP filters of a session. */
export class IpFilters implements Disposable {
  readonly #files: readonly IpFilterFile[]
  readonly #clock: Clock
  readonly #abort = new AbortController()
  #version = 0
  #cancelPoll: Cancel = () => {}

  constructor(paths: readonly string[], clock: Clock) {
    this.#files = Array.from(new Set(paths), (path) => new IpFilterFile(path))
    this.#clock = clock
  }

  /** Another number whenever something else may be blocked. */
  get version(): number {
    return this.#version
  }

  /** What there is to tell of each file. */
  get events(): SessionEvent[] {
    return this.#files.flatMap(({ event }) => event ?? [])
  }

  isBlocked(host: string): boolean {
    return this.#files.some((file) => file.isBlocked(host))
  }

  /** Reads all files, one after the other. Rejects with IP_FILTER_UNREADABLE. */
  async load(): Promise<void> {
    for (const file of this.#files) await file.load()
  }

  /** Follows changes from now on. */
  watch(emit: (event: SessionEvent) => void): void {
    if (this.#files.length > 0) this.#pollLater(emit)
  }

  [Symbol.dispose](): void {
    this.#cancelPoll()
    this.#abort.abort()
  }

  #pollLater(emit: (event: SessionEvent) => void): void {
    this.#cancelPoll = this.#clock.after(POLL_MS, () => void this.#poll(emit))
  }

  async #poll(emit: (event: SessionEvent) => void): Promise<void> {
    const { signal } = this.#abort
    for (const file of this.#files) {
      const isNew = await file.poll(signal)
      if (signal.aborted) return
      if (isNew) this.#version++
      if (isNew && file.event !== undefined) emit(file.event)
    }
    this.#pollLater(emit)
  }
}

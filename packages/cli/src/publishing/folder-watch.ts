import { watch } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Changes come in bursts: a version is made when nothing has changed for so long. */
const SETTLE_MS = 2000

/** Notices changes below a folder. */
export class FolderWatch implements Disposable {
  readonly #watcher
  #changedAtMs: number | undefined
  #wake: () => void = () => {}

  /** `onFailed` hears when changes are not noticed any more. */
  constructor(path: string, onFailed: (error: Error) => void) {
    this.#watcher = watch(path, { recursive: true }, () => this.touch())
    this.#watcher.on('error', onFailed)
  }

  /** As if something had changed. */
  touch(): void {
    this.#changedAtMs = performance.now()
    this.#wake()
  }

  /** Fulfilled when something has changed and is at rest, or by `signal`. */
  async settled(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#changedAtMs === undefined) await this.#changed(signal)
      else {
        const leftMs = this.#changedAtMs + SETTLE_MS - performance.now()
        if (leftMs <= 0) break
        // An end by the signal is seen by the loop.
        await setTimeout(leftMs, undefined, { signal }).catch(() => undefined)
      }
    }
    this.#changedAtMs = undefined
  }

  [Symbol.dispose](): void {
    this.#watcher.close()
  }

  async #changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
  }
}
